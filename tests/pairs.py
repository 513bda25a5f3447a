"""What a test is parametrized by where it has several axes that do not depend on each other.

A full product grows with every value of every axis, and most of it says the same again: what goes
wrong, goes wrong for one value or for two that meet. So every two values of any two axes meet here,
in about as many rows as the two longest axes have pairs.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from typing import Any


def every_pair(*axes: Sequence[Any]) -> list[tuple[Any, ...]]:
    """Rows of one value of each axis; for any two axes each value of one meets each of the other.

    The same rows for the same lengths of the axes, no row twice.
    """
    unmet = {
        (i, a, j, b): None
        for i, j in combinations(range(len(axes)), 2)
        for a in range(len(axes[i]))
        for b in range(len(axes[j]))
    }  # as a set that keeps its order
    rows = []
    while unmet:
        i, a, j, b = next(iter(unmet))
        row = {i: a, j: b}
        for k in range(len(axes)):
            if k not in row:
                gains = [len(_pairs(row | {k: v}) & unmet.keys()) for v in range(len(axes[k]))]
                row[k] = gains.index(max(gains))
        for pair in _pairs(row):
            unmet.pop(pair, None)
        rows.append(tuple(axes[k][row[k]] for k in range(len(axes))))
    return rows


def _pairs(row: dict[int, int]) -> set[tuple[int, int, int, int]]:
    return {(*first, *second) for first, second in combinations(sorted(row.items()), 2)}
