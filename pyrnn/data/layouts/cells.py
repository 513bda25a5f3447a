"""Cells as numbers, words and labels."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from numbers import Real
from pathlib import Path
from typing import Any

import numpy as np

from pyrnn.data.readers import Row, read_rows
from pyrnn.data.readers.numbers import number_of
from pyrnn.data.readers.readers import known_end


class Cells:
    """Reads the cells of rows.

    name: of the file. folder: where the paths in it begin. columns: how its numbers are written,
    as `SequenceColumns` say.
    """

    def __init__(self, name: str, folder: Path | None, columns: Any) -> None:
        self.name, self.folder = name, folder
        self.decimal, self.missing = columns.decimal, columns.missing_cells
        self._once: dict[str, str] = {}  # a word stands in many rows, and is kept once

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

    def words(self, row: Row, column: str) -> tuple[str, ...]:
        """The words in a cell: a list of texts, or a text with blanks between them."""
        cell = row.values[column]
        words = cell.split() if isinstance(cell, str) else _listed(cell)
        if words is None or not all(isinstance(word, str) and word for word in words):
            raise ValueError(
                f"{self.place(row)}, column {column!r:.80}: expected a list of words, none of them "
                f"empty; got {type(cell).__name__} {cell!r:.80}"
            )
        return tuple(map(self._once.setdefault, words, words))

    def labels(self, row: Row, column: str, steps: Any) -> list[str | int | bool]:
        """The labels in a cell, one for each of the steps of a sequence: a list or an array, or a
        text with blanks between them."""
        place, cell = f"{self.place(row)}, column {column!r:.80}", row.values[column]
        if isinstance(steps, str):
            raise ValueError(
                f"{place}: expected words, or frames, to have a label each; got a text, "
                f"{steps!r:.80}"
            )
        labels = cell.split() if isinstance(cell, str) else _listed(cell)
        if labels is None:
            raise ValueError(
                f"{place}: expected a list of labels; got {type(cell).__name__} {cell!r:.80}"
            )
        if len(labels) != len(steps):
            lengths = isinstance(cell, np.ndarray) and len(labels) > len(steps)
            hint = f"; an array {column}_lengths says how many count" if lengths else ""
            raise ValueError(
                f"{place}: expected {len(steps)} labels, one a step; got {len(labels)}{hint}"
            )
        return [self.label(label, place, number) for number, label in enumerate(labels)]

    def label(self, label: Any, place: str, step: int) -> str | int | bool:
        """A label of a step. Raises ValueError for what is none."""
        if isinstance(label, str) and label.strip():
            return self._once.setdefault(label, label)
        if isinstance(label, int):
            return label
        raise ValueError(
            f"{place}, step {step}: expected a label; got "
            f"{'an empty one' if label == '' else f'{type(label).__name__} {label!r:.80}'}"
        )

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
        except OSError as error:
            raise ValueError(f"{place}: {path!r:.200}: {error.strerror or error}") from error
        except ValueError as error:
            raise ValueError(f"{place}: {error!s:.400}") from error
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


def _listed(cell: Any) -> list[Any] | None:
    """The entries of a list, or of an array of one axis; None for anything else."""
    if isinstance(cell, np.ndarray) and cell.ndim == 1:
        return cell.tolist()
    return list(cell) if isinstance(cell, list | tuple) else None


def _with_gaps(array: np.ndarray) -> np.ndarray:
    """An array of numbers and None, with NaN in place of None; of anything else, as it is."""
    try:
        if all(each is None or isinstance(each, Real) for each in array.flat):
            return array.astype(np.float64)
    except OverflowError:  # a whole number, as 10**400
        pass
    return array
