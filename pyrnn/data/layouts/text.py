"""A text a row."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pyrnn.data.layouts.cells import Cells
from pyrnn.data.layouts.columns import SequenceColumns
from pyrnn.data.layouts.record import Beside, Record
from pyrnn.data.layouts.rows import each_row
from pyrnn.data.readers import Row

TEXT = "text"


def texts(
    source: Any, columns: SequenceColumns, beside: Beside, cells: Cells, **how: Any
) -> Iterator[Record]:
    """The texts of a column."""
    column = columns.text or TEXT

    def text(row: Row) -> str:
        found = row.values[column]
        if not isinstance(found, str):
            raise ValueError(
                f"{cells.place(row)}, column {column!r:.80}: expected a text; got "
                f"{type(found).__name__} {found!r:.80}"
            )
        return found

    return each_row(source, (column,), text, beside, cells, **how)
