"""Rows in which every two values meet: all of them do, in few rows."""

from __future__ import annotations

from itertools import combinations

import pytest

from .pairs import every_pair


@pytest.mark.parametrize(
    "sizes", [(1, 1), (2, 3), (3, 2, 2), (2, 2, 2, 2, 2, 2), (13, 3, 2, 3, 3), (13, 6, 3, 2, 3)]
)
def test_every_two_values_meet(sizes: tuple[int, ...]) -> None:
    axes = [[(axis, n) for n in range(size)] for axis, size in enumerate(sizes)]
    rows = every_pair(*axes)
    for i, j in combinations(range(len(axes)), 2):
        assert {(row[i], row[j]) for row in rows} == {(a, b) for a in axes[i] for b in axes[j]}
    assert len(set(rows)) == len(rows)
    first, second, *_ = sorted(sizes, reverse=True)
    assert len(rows) <= 1.5 * first * second + 4
    assert rows == every_pair(*axes)


def test_values_need_not_be_hashable() -> None:
    assert every_pair([{}, []], [None]) == [({}, None), ([], None)]
