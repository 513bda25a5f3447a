"""A text a row."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pyrnn.data.layouts.cells import Cells
from pyrnn.data.layouts.columns import SequenceColumns
from pyrnn.data.layouts.record import Beside, Record
from pyrnn.data.readers import Row, read_rows

TEXT = "text"


def texts(
    source: Any, columns: SequenceColumns, beside: Beside, cells: Cells, **how: Any
) -> Iterator[Record]:
    """The texts of a column."""
    column = columns.text or TEXT
    wanted = tuple(dict.fromkeys((column, *beside.constant, *beside.varying)))
    for row in read_rows(source, wanted, **how):
        text = row.values[column]
        if not isinstance(text, str):
            raise ValueError(
                f"{cells.place(row)}, column {column!r:.80}: expected a text; got "
                f"{type(text).__name__} {text!r:.80}"
            )
        yield a_row(row, text, beside, cells)


def a_row(row: Row, value: Any, beside: Beside, cells: Cells) -> Record:
    """The record of a row that is a sequence by itself."""
    constant = {column: row.values[column] for column in beside.constant}
    varying = cells.targets(row, beside.varying) if beside.varying else None
    return Record(cells.place(row), value, constant, varying, row.file)
