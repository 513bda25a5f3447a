"""An array a row: of .npz files, images, sound."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pyrnn.data.layouts.cells import Cells
from pyrnn.data.layouts.columns import SequenceColumns
from pyrnn.data.layouts.record import Beside, Record
from pyrnn.data.layouts.rows import each_row

FRAMES = "frames"


def frames(
    source: Any, columns: SequenceColumns, beside: Beside, cells: Cells, **how: Any
) -> Iterator[Record]:
    """The frames of a column, each (N, I)."""
    column = columns.frames or FRAMES
    return each_row(source, (column,), lambda row: cells.frames(row, column), beside, cells, **how)
