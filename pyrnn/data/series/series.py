"""A series: rows in equal steps of time, and which of them follow one another without a gap."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from pyrnn.data.frames import numbers


@dataclass(frozen=True, eq=False)
class Series:
    """N rows in the order of time.

    name: what its file calls it; None for the only one.
    y: the targets, float64 (N, K). NaN stands for a number that is missing, and in the rows ahead.
    past: what is known up to the present alone, (N, P). known: what is known of the future, too,
        (N, F). static: what describes the whole series, numbers or categories, S of them.
    times: int64 (N,), as `Times` has them; None where rows are all that is known of time.
    ahead: A, how many of the last rows are still to come: only `known` and `times` hold there.
    runs: int64 (G, 2), begin and end of each stretch of rows without a gap; what is left out is
        missing. Default: told from the numbers that are missing, not from the times.

    Raises TypeError for what are no numbers, ValueError for other shapes, infinite numbers, and
    runs that are not in order.
    """

    y: np.ndarray
    name: Any = None
    past: np.ndarray | None = None
    known: np.ndarray | None = None
    static: tuple[Any, ...] = ()
    times: np.ndarray | None = None
    ahead: int = 0
    runs: np.ndarray = field(default=None)  # type: ignore[assignment]

    def __post_init__(self) -> None:
        named = "series" if self.name is None else f"series {self.name!r:.80}"
        y = _matrix(f"{named}: y", self.y, None)
        keep = {"y": y}
        for name in ("past", "known"):
            value = getattr(self, name)
            if value is None:
                value = np.empty((len(y), 0))
            keep[name] = _matrix(f"{named}: {name}", value, len(y))
        if not 0 <= self.ahead <= len(y):
            raise ValueError(f"{named}: ahead: expected from 0 to {len(y)} rows; got {self.ahead}")
        for name, value in keep.items():
            object.__setattr__(self, name, value)
        if self.times is not None:
            times = np.asarray(self.times)
            if times.dtype != np.int64 or times.shape != (len(y),):
                raise ValueError(
                    f"{named}: times: expected int64 ({len(y)},); got {times.dtype} {times.shape}"
                )
            object.__setattr__(self, "times", times)
        runs = stretches(self.complete) if self.runs is None else np.asarray(self.runs, np.int64)
        runs = runs.reshape(-1, 2)
        flat = runs.ravel()
        if (np.diff(flat) < 0).any() or (len(flat) and (flat[0] < 0 or flat[-1] > len(self))):
            raise ValueError(f"{named}: runs: expected rising rows up to {len(self)}; got {runs}")
        object.__setattr__(self, "runs", runs)

    def __len__(self) -> int:
        """N - A: the rows that have been."""
        return len(self.y) - self.ahead

    @property
    def complete(self) -> np.ndarray:
        """Of each row that has been, whether no number is missing, (N - A,)."""
        assert self.past is not None
        assert self.known is not None
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


def _matrix(name: str, value: Any, rows: int | None) -> np.ndarray:
    """Numbers (N,) or (N, K) as float64 (N, K)."""
    array = numbers(name, value)
    if array.ndim == 1:
        array = array[:, None]
    if array.ndim != 2 or (rows is not None and len(array) != rows):
        wanted = "(N,) or (N, K)" if rows is None else f"({rows},) or ({rows}, ...)"
        raise ValueError(f"{name}: expected numbers of shape {wanted}; got {array.shape}")
    return array
