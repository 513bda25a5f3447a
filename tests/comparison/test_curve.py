from __future__ import annotations

import math
import statistics
from itertools import pairwise

import pytest

from pyrnn.comparison.curve import POINTS, Curve, Measurement


def measurements(n: int) -> list[Measurement]:
    return [Measurement(i + 1, 10 * i, float(i), math.sin(i)) for i in range(n)]


@pytest.mark.parametrize("n", [0, 1, POINTS - 1, POINTS, POINTS + 1, 7 * POINTS + 3])
def test_points_are_means_of_equally_many_steps(n: int) -> None:
    curve, steps = Curve(), measurements(n)
    for found in steps:
        curve.add(found)
    points = curve.points()
    assert curve.latest == (steps[-1] if steps else None)
    if n < POINTS:
        assert points == tuple(steps)
        return
    assert POINTS / 2 <= len(points) <= POINTS
    assert points[-1].step == n
    ends = [0, *(point.step for point in points)]
    assert len({b - a for a, b in pairwise(ends[:-1])}) == 1  # all but the last
    for (first, last), point in zip(pairwise(ends), points, strict=True):
        assert point[:3] == steps[last - 1][:3]
        mean = statistics.fmean(step.loss for step in steps[first:last])
        assert point.loss == pytest.approx(mean, abs=1e-12)
