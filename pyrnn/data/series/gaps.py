"""Rows and numbers that are missing in a series: kept apart, filled in or passed over."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from pyrnn.data.series.series import stretches

MOST = 1_000_000  # steps of a gap that are filled in


class Rows(NamedTuple):
    """Rows of one series in the order of time, and what is known of them.

    numbers: float64 (N, columns), NaN where missing. row: int64 (N,), the row of the file, -1 for
    one that is not there. place: int64 (N,), how many steps a row lies after the first.
    ahead: A, the rows at the end that are still to come. runs: int64 (G, 2), see `Series`.
    filled: (N,), where numbers were filled in.
    """

    numbers: np.ndarray
    row: np.ndarray
    place: np.ndarray
    ahead: int
    runs: np.ndarray
    filled: np.ndarray

    def until(self, row: int) -> Rows:
        """Those before a row of the ones ahead."""
        numbers, rows, place = self.numbers[:row], self.row[:row], self.place[:row]
        ahead = self.ahead - (len(self.row) - row)
        return Rows(numbers, rows, place, ahead, self.runs, self.filled[:row])


def closed(
    numbers: np.ndarray,
    row: np.ndarray,
    place: np.ndarray,
    ahead: int,
    policy: str,
    where: Callable[[int], str] = "row {}".format,
    known: int | None = None,
) -> Rows:
    """What a policy makes of gaps.

    numbers (N, columns), row (N,), place (N,), ahead: as in `Rows`.
    policy: "split", "auto": runs end at a missing row, and at one with a missing number.
        "linear": rows are filled in, numbers on a straight line between those around; at the ends,
            where one of them is missing, the other. It looks into the future of the gap.
        "last": the same with the last number before; what has none stays missing.
        "join": rows with missing numbers are left out, and all others follow one another.
    Of the rows ahead, columns that are known there are filled in as well.
    where: what error messages call a row of the file. known: the first of those columns; None: there
        is none.
    Raises ValueError for a gap of more than MOST steps that is to be filled.
    """
    past = len(row) - ahead
    filled = np.zeros(len(row), bool)
    if policy == "join":
        keep = ~np.isnan(numbers[:past]).any(axis=1)
        keep = np.concatenate([keep, np.ones(ahead, bool)])
        runs = np.array([[0, keep.sum() - ahead]], np.int64)
        return Rows(numbers[keep], row[keep], np.arange(keep.sum()), ahead, runs, filled[keep])
    if policy in ("linear", "last") and past:
        _check_lengths(row, place, where)
        been, size = int(place[past - 1]) + 1, int(place[-1]) + 1
        spread = np.full((size, numbers.shape[1]), np.nan)
        spread[place] = numbers
        rows = np.full(size, -1, np.int64)
        rows[place] = row
        gone = np.isnan(spread)
        fill = _on_a_line if policy == "linear" else _carried
        first = numbers.shape[1] if known is None else known
        spread[:been, :first], spread[:, first:] = (
            fill(spread[:been, :first]),
            fill(spread[:, first:]),
        )
        filled = (gone & ~np.isnan(spread)).any(axis=1)
        numbers, row, place, past, ahead = spread, rows, np.arange(size), been, size - been
    whole = ~np.isnan(numbers[:past]).any(axis=1)
    runs = stretches(whole, np.diff(place[:past]) != 1)
    return Rows(numbers, row, place, ahead, runs, filled)


def over_holidays(place: np.ndarray, longest: int) -> tuple[np.ndarray, np.ndarray]:
    """Places (N,) of which the longer differences, of up to so many steps more than one, are one;
    and the rows before those, (H,)."""
    apart = np.diff(place)
    found = (apart > 1) & (apart <= longest + 1)
    return np.concatenate([place[:1], place[:1] + np.cumsum(np.where(found, 1, apart))]), (
        np.flatnonzero(found)
    )


def _check_lengths(row: np.ndarray, place: np.ndarray, where: Callable[[int], str]) -> None:
    apart = np.diff(place)
    if (apart > MOST).any():
        k = int(np.argmax(apart))
        raise ValueError(
            f"{where(int(row[k]))}: expected a gap of at most {MOST} steps behind it to fill in; "
            f"got {apart[k] - 1} (is it the time of the same series?)"
        )


def _on_a_line(numbers: np.ndarray) -> np.ndarray:
    """Missing numbers (N, columns) on straight lines between those around them."""
    found = numbers.copy()
    steps = np.arange(len(numbers))
    for column in found.T:
        known = ~np.isnan(column)
        if known.any():
            column[~known] = np.interp(steps[~known], steps[known], column[known])
    return found


def _carried(numbers: np.ndarray) -> np.ndarray:
    """Missing numbers (N, columns) as the last ones before them."""
    known = ~np.isnan(numbers)
    last = np.maximum.accumulate(np.where(known, np.arange(len(numbers))[:, None], 0), axis=0)
    return np.take_along_axis(numbers, last, axis=0)
