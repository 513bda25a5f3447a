"""Cells as numbers."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from pyrnn.data.layouts.columns import SequenceColumns
from pyrnn.data.readers import Row, read_rows
from pyrnn.data.readers.numbers import number_of


class Cells:
    """Reads the cells of rows.

    name: of the file. folder: where the paths in it begin. columns: how its numbers are written.
    """

    def __init__(self, name: str, folder: Path | None, columns: SequenceColumns) -> None:
        self.name, self.folder = name, folder
        self.decimal, self.missing = columns.decimal, columns.missing_cells

    def place(self, row: Row) -> str:
        """Where a row stands."""
        return f"{self.name}: {row.place}"

    def number(self, row: Row, column: str) -> float:
        """The number in a cell, NaN for a missing one. Raises ValueError, naming the place."""
        try:
            return number_of(row.values[column], self.decimal, self.missing)
        except (TypeError, ValueError) as error:
            raise ValueError(f"{self.place(row)}, column {column!r:.80}: {error}") from None

    def numbers(self, row: Row, columns: Sequence[str]) -> list[float]:
        """The numbers of several cells."""
        return [self.number(row, column) for column in columns]

    def targets(self, row: Row, columns: Sequence[str]) -> np.ndarray:
        """The numbers of several cells (1, K); of one with an array, a row a step (M, K)."""
        if len(columns) == 1 and isinstance(row.values[columns[0]], np.ndarray | list):
            return self.frames(row, columns[0])
        return np.array([self.numbers(row, columns)])

    def frames(self, row: Row, column: str) -> np.ndarray:
        """The frames in a cell: an array, a list of numbers, or the path of a file with them."""
        cell = row.values[column]
        if isinstance(cell, str):
            cell = self._of_file(cell, f"{self.place(row)}, column {column!r:.80}")
        return frames_of(cell, f"{self.place(row)}, column {column!r:.80}")

    def _of_file(self, path: str, place: str) -> Any:
        # A sound is one row of frames; of an array each row is a step
        try:
            rows = read_rows((self.folder or Path()) / path, ["frames"])
            found = [row.values["frames"] for row in rows]
        except (OSError, ValueError) as error:
            raise ValueError(f"{place}: expected frames, or the path of a file with them: {error}"
                             ) from error  # fmt: skip
        return found[0] if len(found) == 1 and np.ndim(found[0]) == 2 else found


def frames_of(value: Any, name: str) -> np.ndarray:
    """Frames (N, I) of what may be such: an array (N, I) or (N,), lists of numbers.

    They keep their dtype where it is float32 or float64, and are float64 else.
    Raises TypeError for no numbers, ValueError for another shape; name: what to call them.
    """
    try:
        array = np.asarray(value)
    except ValueError as error:
        raise ValueError(
            f"{name}: expected frames (N, I), steps of one length; got steps of several"
        ) from error
    if array.dtype.kind not in "iufb" or array.dtype.itemsize > 8:
        got = f"{type(value).__name__} {value!r:.80}" if array.ndim == 0 else f"{array.dtype}"
        raise TypeError(f"{name}: expected frames (N, I) of numbers; got {got}")
    if array.ndim == 1:
        array = array[:, None]
    if array.ndim != 2 or array.shape[1] == 0:
        raise ValueError(f"{name}: expected frames (N, I), or (N,) for one number a step; got "
                         f"{array.shape}")  # fmt: skip
    return array if array.dtype in (np.float32, np.float64) else array.astype(np.float64)
