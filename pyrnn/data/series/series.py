"""A series: rows in equal steps of time, and which of them follow one another without a gap."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from pyrnn.data.frames import numbers
from pyrnn.kernels.scalars import integer


@dataclass(init=False, repr=False, eq=False)
class Series:
    """N rows in the order of time.

    y: the targets, float64 (N, K), or (N,) for one. NaN stands for a number that is missing, and in
        the rows ahead.
    name: what its file calls it; None for the only one.
    past: what is known up to the present alone, (N, P). known: what is known of the future, too,
        (N, F). static: what describes the whole series, numbers or categories, S of them.
    times: int64 (N,), as `Times` has them; None where rows are all that is known of time.
    ahead: A, how many of the last rows are still to come: only `known` and `times` hold there.
    runs: int64 (G, 2), begin and end of each stretch of rows without a gap; what is left out is
        missing. Default: told from the numbers that are missing, not from the times.
    filled: (N,), True in a row that holds numbers which nobody measured. Default: none does.

    Raises TypeError for what are no numbers, ValueError for other shapes, infinite numbers, and
    runs that are not in order.
    """

    y: np.ndarray
    name: Any
    past: np.ndarray
    known: np.ndarray
    static: tuple[Any, ...]
    times: np.ndarray | None
    ahead: int
    runs: np.ndarray
    filled: np.ndarray

    def __init__(
        self,
        y: Any,
        name: Any = None,
        *,
        past: Any = None,
        known: Any = None,
        static: Sequence[Any] = (),
        times: Any = None,
        ahead: int = 0,
        runs: Any = None,
        filled: Any = None,
    ) -> None:
        named = "series" if name is None else f"series {name!r:.80}"
        self.name, self.static = name, tuple(static)
        self.y = _matrix(f"{named}: y", y)
        rows = len(self.y)
        self.past = _matrix(f"{named}: past", np.empty((rows, 0)) if past is None else past, rows)
        self.known = _matrix(
            f"{named}: known", np.empty((rows, 0)) if known is None else known, rows
        )
        self.ahead = integer(f"{named}: ahead", ahead, least=0, most=rows)
        self.times = None if times is None else _whole(f"{named}: times", times, (rows,))
        self.filled = np.zeros(rows, bool) if filled is None else np.asarray(filled, bool)
        if self.filled.shape != (rows,):
            raise ValueError(f"{named}: filled: expected ({rows},); got {self.filled.shape}")
        found = stretches(self.complete) if runs is None else np.asarray(runs, np.int64)
        self.runs = found.reshape(-1, 2)
        flat = self.runs.ravel()
        if (np.diff(flat) < 0).any() or (len(flat) and (flat[0] < 0 or flat[-1] > len(self))):
            raise ValueError(f"{named}: runs: expected rising rows up to {len(self)}; got {found}")

    def __repr__(self) -> str:
        named = "" if self.name is None else f"{self.name!r:.80}, "
        ahead = f", {self.ahead} ahead" if self.ahead else ""
        return f"Series({named}{len(self)} rows{ahead}, {self.y.shape[1]} targets)"

    def __len__(self) -> int:
        """N - A: the rows that have been."""
        return len(self.y) - self.ahead

    def until(self, row: int) -> Series:
        """The rows before one."""
        runs = np.minimum(self.runs, row)
        return replace(
            self,
            y=self.y[:row],
            past=self.past[:row],
            known=self.known[:row],
            times=None if self.times is None else self.times[:row],
            ahead=max(0, min(row, len(self.y)) - len(self)),
            runs=runs[runs[:, 0] < runs[:, 1]],
            filled=self.filled[:row],
        )

    @property
    def longest(self) -> int:
        """The rows of the longest stretch without a gap."""
        return int(np.diff(self.runs).max(initial=0))

    @property
    def complete(self) -> np.ndarray:
        """Of each row that has been, whether no number is missing, (N - A,)."""
        parts = (part[: len(self)] for part in (self.y, self.past, self.known))
        found = np.ones(len(self), bool)
        for part in parts:
            found &= ~np.isnan(part).any(axis=1)
        return found


def stretches(whole: np.ndarray, breaks: np.ndarray | None = None) -> np.ndarray:
    """Begin and end of each stretch of True, int64 (G, 2).

    whole: (N,). breaks: (N - 1,), True where two neighbours do not follow one another.
    """
    whole = np.asarray(whole, bool)
    if not len(whole):
        return np.empty((0, 2), np.int64)
    joined = whole[:-1] & whole[1:]
    if breaks is not None:
        joined &= ~np.asarray(breaks, bool)
    begin = whole & ~np.concatenate([[False], joined])
    end = whole & ~np.concatenate([joined, [False]])
    return np.stack([np.flatnonzero(begin), np.flatnonzero(end) + 1], axis=1)


def _whole(name: str, value: Any, shape: tuple[int, ...]) -> np.ndarray:
    """Whole numbers of a shape, int64."""
    array = np.asarray(value)
    if array.dtype.kind not in "iu" or array.shape != shape:
        raise ValueError(f"{name}: expected int64 {shape}; got {array.dtype} {array.shape}")
    return array.astype(np.int64, copy=False)


def _matrix(name: str, value: Any, rows: int | None = None) -> np.ndarray:
    """Numbers (N,) or (N, K) as float64 (N, K)."""
    array = numbers(name, value)
    if array.ndim == 1:
        array = array[:, None]
    if array.ndim != 2 or (rows is not None and len(array) != rows):
        wanted = "(N,) or (N, K)" if rows is None else f"({rows},) or ({rows}, ...)"
        raise ValueError(f"{name}: expected numbers of shape {wanted}; got {array.shape}")
    return array
