"""What a hyperparameter may be: every refusal names it, what was expected and what was got."""

from __future__ import annotations

import math
from typing import Any

from pyrnn.kernels.scalars import integer, real


def number(
    name: str,
    value: Any,
    *,
    low: float = 0.0,
    high: float = math.inf,
    above: bool = False,
    below: bool = False,
) -> float:
    """Return ``value`` as a float if it is finite and within [low, high], else raise ValueError.

    ``above`` excludes ``low`` itself, ``below`` excludes ``high``. A value that is no number at
    all raises TypeError.
    """
    result = real(name, value)
    inside = (result > low if above else result >= low) and (
        result < high if below else result <= high
    )
    if not (inside and math.isfinite(result)):
        left, right = "(" if above else "[", ")" if below or math.isinf(high) else "]"
        raise ValueError(
            f"{name}: expected a finite number in {left}{low:g}, {high:g}{right}; got {value!r}"
        )
    return result


def count(name: str, value: Any, *, low: int = 0) -> int:
    """Return ``value`` if it is an integer of at least ``low``; else TypeError or ValueError."""
    result = integer(name, value)
    if result < low:
        raise ValueError(f"{name}: expected an integer of at least {low}; got {value!r}")
    return result
