"""Texts out of cells of a table, and whether what is read is sound."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from pyrnn.data.readers import is_frame, read_rows
from pyrnn.data.readers.readers import known_end
from pyrnn.models.examples import Examples
from pyrnn.models.transcriber.symbols import check_target

SOUND = ".wav"
HOP = 0.010  # seconds from a frame of sound to the next: see `pyrnn.data.log_mel`


@dataclass(frozen=True)
class Timed(Examples):
    """Examples whose frames are `hop` seconds apart."""

    hop: float = HOP


def target_of(cell: Any, place: str) -> Any:
    """The text or the labels of a cell. Raises ValueError, naming the place, for none."""
    if isinstance(cell, float) and cell.is_integer():  # of a data frame with gaps elsewhere
        cell = int(cell)
    try:
        check_target(cell, place)
    except TypeError as error:
        raise ValueError(str(error)) from error
    return cell.tolist() if isinstance(cell, np.ndarray) else cell


def is_sound(file: Any, column: str) -> bool:
    """Whether the frames of a file's first row come out of a WAV file. column: of frames."""
    if not is_frame(file) and known_end(file.name) == SOUND:
        return True
    row = next(iter(read_rows(file, None)), None)
    if row is None:
        return False
    cell = row.values.get(column)
    return any(isinstance(each, str) and known_end(each) == SOUND for each in (row.file, cell))
