"""A series a row: each column is a step."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from pyrnn.data.layouts.cells import Cells
from pyrnn.data.layouts.columns import SequenceColumns
from pyrnn.data.layouts.names import expanded, header_of
from pyrnn.data.layouts.record import Beside, Record
from pyrnn.data.layouts.text import a_row
from pyrnn.data.readers import read_rows


def series(
    source: Any, columns: SequenceColumns, beside: Beside, cells: Cells, **how: Any
) -> Iterator[Record]:
    """One number a step, (N, 1); empty cells at a row's end are beyond its series."""
    assert columns.series is not None
    header = header_of(source, **how)
    steps = () if header is None else expanded(columns.series, header, cells.name)
    wanted = tuple(dict.fromkeys((*steps, *beside.constant, *beside.varying)))
    for row in read_rows(source, wanted, **how):
        length = len(steps)
        while length and cells.is_empty(row, steps[length - 1]):
            length -= 1
        numbers = cells.numbers(row, steps[:length])
        yield a_row(row, np.array(numbers, np.float64)[:, None], beside, cells)
