"""Numbers as arguments: NumPy's count as Python's, truth values and strings are none."""

from __future__ import annotations

import math
from numbers import Integral, Real
from typing import Any


def whole(name: str, value: Any, *, least: int) -> int:
    """`value` as Python's int. Raises ValueError unless it is a whole number of at least that."""
    if isinstance(value, bool) or not isinstance(value, Integral) or value < least:
        raise ValueError(f"{name}: expected a whole number of at least {least}; got {value!r}")
    return int(value)


def positive(name: str, value: Any, *, most: float = math.inf, note: str = "") -> float:
    """`value` as Python's float. Raises ValueError unless it is above 0, finite, and at most that.

    note: what an error message says at its end.
    """
    number = isinstance(value, Real) and not isinstance(value, bool)
    if not number or not math.isfinite(value) or not 0 < value <= most:
        bound = "" if math.isinf(most) else f" and at most {most:g}"
        raise ValueError(f"{name}: expected a number above 0{bound}; got {value!r}{note}")
    return float(value)
