"""Cells as numbers."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from numbers import Real
from pathlib import Path
from typing import Any

import numpy as np

from pyrnn.data.layouts.columns import SequenceColumns
from pyrnn.data.readers import Row, read_rows
from pyrnn.data.readers.numbers import number_of
from pyrnn.data.readers.readers import known_end


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

    def key(self, row: Row, column: str) -> Hashable:
        """The name of a sequence, in a cell. Raises ValueError where there is none."""
        cell = row.values[column]
        if isinstance(cell, Hashable):
            if cell is not None and cell == cell and str(cell).strip():
                return cell.strip() if isinstance(cell, str) else cell
            got = "an empty cell"
        else:
            got = f"{type(cell).__name__} {cell!r:.80}"
        raise ValueError(
            f"{self.place(row)}, column {column!r:.80}: expected the name of a sequence; got {got}"
        )

    def is_empty(self, row: Row, column: str) -> bool:
        """Whether there is nothing in a cell; of a data frame that is NaN, too."""
        cell = row.values[column]
        return cell is None or cell == "" or (isinstance(cell, float) and cell != cell)

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
        place = f"{self.place(row)}, column {column!r:.80}"
        try:
            return frames_of(self._of_file(cell, place) if isinstance(cell, str) else cell, place)
        except TypeError as error:
            raise ValueError(str(error)) from error

    def _of_file(self, path: str, place: str) -> Any:
        wanted = f"{place}: expected frames, or the path of a .wav or .npy file with them"
        if (end := known_end(path)) not in (".wav", ".npy"):
            raise ValueError(f"{wanted}; got {path!r:.80}")
        try:
            rows = [
                row.values["frames"]
                for row in read_rows((self.folder or Path()) / path, ["frames"])
            ]
        except (OSError, ValueError) as error:
            raise ValueError(f"{wanted}: {error!s:.400}") from error
        return rows if end == ".npy" else rows[0]  # an array's rows are its steps


def frames_of(value: Any, name: str) -> np.ndarray:
    """Frames (N, I) of what may be such: an array (N, I) or (N,), lists of numbers.

    They keep their dtype where it is float32 or float64, and are float64 else. None is NaN.
    Raises TypeError for no numbers, ValueError for another shape; name: what to call them.
    """
    if isinstance(value, np.ma.MaskedArray):
        value = np.ma.filled(value.astype(np.float64), np.nan)
    try:
        array = np.asarray(value)
    except ValueError as error:
        raise ValueError(
            f"{name}: expected frames (N, I), steps of one length; got steps of several"
        ) from error
    if array.dtype == object and array.ndim:
        array = _with_gaps(array)
    if array.dtype.kind not in "iufb" or array.dtype.itemsize > 8:
        got = f"{type(value).__name__} {value!r:.80}" if array.ndim == 0 else f"{array.dtype}"
        raise TypeError(f"{name}: expected frames (N, I) of numbers; got {got}")
    if array.ndim == 1:
        array = array[:, None]
    if array.ndim != 2 or array.shape[1] == 0:
        raise ValueError(f"{name}: expected frames (N, I), or (N,) for one number a step; got "
                         f"{array.shape}")  # fmt: skip
    return array if array.dtype in (np.float32, np.float64) else array.astype(np.float64)


def _with_gaps(array: np.ndarray) -> np.ndarray:
    """An array of numbers and None, with NaN in place of None; of anything else, as it is."""
    try:
        if all(each is None or isinstance(each, Real) for each in array.flat):
            return array.astype(np.float64)
    except OverflowError:  # a whole number, as 10**400
        pass
    return array
