"""Single numbers as arguments: NumPy's count as Python's, the text of a number is none."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np


def integer(name: str, value: Any) -> int:
    """`value` as Python's int; TypeError for what is no integer, True and False included."""
    if not isinstance(value, bool | np.bool_):
        try:
            return operator.index(value)
        except TypeError:
            pass
    raise TypeError(f"{name}: expected an integer; got {type(value).__name__} {value!r}")


def real(name: str, value: Any) -> float:
    """`value` as Python's float; TypeError for what is no number, text of one included."""
    if not isinstance(value, str | bytes):  # float would read them
        try:
            return float(value)
        except (TypeError, ValueError):
            pass
    raise TypeError(f"{name}: expected a number; got {type(value).__name__} {value!r}")
