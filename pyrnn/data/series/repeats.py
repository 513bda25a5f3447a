"""Rows of one time made one."""

from __future__ import annotations

import numpy as np


def made_one(numbers: np.ndarray, fresh: np.ndarray, policy: str) -> tuple[np.ndarray, np.ndarray]:
    """Rows (N, columns) of which those that are not fresh repeat the time of the one before.

    fresh: (N,), the first is. policy: "mean", of the numbers that are not missing, or "last".
    Returns the numbers (M, columns) and the rows that they stand for, (M,).
    """
    begin = np.flatnonzero(fresh)
    if policy == "last":
        end = np.append(begin[1:], len(fresh)) - 1
        return numbers[end], end
    known = ~np.isnan(numbers)
    count = np.add.reduceat(known, begin, axis=0, dtype=np.int64)
    total = np.add.reduceat(np.where(known, numbers, 0), begin, axis=0)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan), begin
