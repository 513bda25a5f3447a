"""An array a row: of .npz files, images, sound."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pyrnn.data.layouts.cells import Cells
from pyrnn.data.layouts.columns import SequenceColumns
from pyrnn.data.layouts.record import Beside, Record
from pyrnn.data.layouts.text import a_row
from pyrnn.data.readers import read_rows

FRAMES = "frames"


def frames(
    source: Any, columns: SequenceColumns, beside: Beside, cells: Cells, **how: Any
) -> Iterator[Record]:
    """The frames of a column, each (N, I)."""
    column = columns.frames or FRAMES
    wanted = tuple(dict.fromkeys((column, *beside.constant, *beside.varying)))
    for row in read_rows(source, wanted, **how):
        yield a_row(row, cells.frames(row, column), beside, cells)
