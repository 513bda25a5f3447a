"""Rows that are a sequence each."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from pyrnn.data.layouts.cells import Cells
from pyrnn.data.layouts.record import Beside, Record
from pyrnn.data.readers import Row, read_rows


def each_row(
    source: Any,
    columns: Sequence[str],
    value: Callable[[Row], Any],
    beside: Beside,
    cells: Cells,
    **how: Any,
) -> Iterator[Record]:
    """A record a row. columns: that `value` makes the input of."""
    wanted = (*columns, *beside.constant, *beside.varying, *beside.steps)
    for row in read_rows(source, tuple(dict.fromkeys(wanted)), **how):
        found = value(row)
        constant = {column: row.values[column] for column in beside.constant}
        for column in beside.steps:
            constant[column] = cells.labels(row, column, found)
        varying = cells.targets(row, beside.varying) if beside.varying else None
        yield Record(cells.place(row), found, constant, varying, row.file)
