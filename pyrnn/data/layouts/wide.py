"""A series a row: each column is a step."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from pyrnn.data.layouts.cells import Cells
from pyrnn.data.layouts.columns import SequenceColumns
from pyrnn.data.layouts.names import expanded, header_of
from pyrnn.data.layouts.record import Beside, Record
from pyrnn.data.layouts.rows import each_row
from pyrnn.data.readers import Row


def series(
    source: Any, columns: SequenceColumns, beside: Beside, cells: Cells, **how: Any
) -> Iterator[Record]:
    """One number a step, (N, 1); empty cells at a row's end are beyond its series."""
    assert columns.series is not None
    header = header_of(source, **how)
    steps = () if header is None else expanded(columns.series, header, cells.name)

    def numbers(row: Row) -> np.ndarray:
        length = len(steps)
        while length and cells.is_empty(row, steps[length - 1]):
            length -= 1
        return np.array(cells.numbers(row, steps[:length]), np.float64)[:, None]

    return each_row(source, steps, numbers, beside, cells, **how)
