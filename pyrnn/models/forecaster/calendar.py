"""What a clock and a calendar show at a moment, as numbers.

day      sin, cos of the time of day            steps of less than a day
week     1 for the day of the week it is        steps of at most a day
year     sin, cos of the day of the year        steps of less than a year, of which the
                                                training data span two
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from pyrnn.data.series.clock import DAY

YEAR = 365.2425 * DAY
WIDTHS = {"day": 2, "week": 7, "year": 2}


def calendar_of(step: Any, times: Sequence[np.ndarray]) -> tuple[str, ...]:
    """Which of them there are, of the times of training series."""
    if step is None or step.unit == "number":
        return ()
    length = 27 * step.count * DAY if step.unit == "month" else step.count
    length *= DAY if step.unit in ("day", "weekday") else 1
    first, last = (f(int(each[k]) for each in times if len(each)) for f, k in ((min, 0), (max, -1)))
    there = {
        "day": step.unit == "fixed" and length < DAY,
        "week": length == DAY,
        "year": DAY <= length < YEAR * 0.8 and last - first >= 2 * YEAR - 31 * DAY,
    }
    return tuple(name for name, has in there.items() if has)


def calendar_rows(parts: Sequence[str], step: Any, times: np.ndarray) -> np.ndarray:
    """Those numbers of times int64 (N,): (N, C)."""
    if not parts:
        return np.empty((len(times), 0))
    wall = step.clock.wall(times)
    found = {
        "day": lambda: _circle(wall % DAY / DAY),
        "week": lambda: np.eye(7)[(wall // DAY + 3) % 7],  # 1970-01-01 was a Thursday
        "year": lambda: _circle(wall % YEAR / YEAR),
    }
    return np.concatenate([found[part]() for part in parts], axis=1)


def _circle(turns: np.ndarray) -> np.ndarray:
    angle = 2 * np.pi * turns
    return np.stack([np.sin(angle), np.cos(angle)], axis=1)
