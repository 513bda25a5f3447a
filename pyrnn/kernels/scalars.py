"""Single numbers as arguments: NumPy's count as Python's, the text of a number is none.

The one reading of numbers for kernels, layers, optimizers, settings and decoding alike.
"""

from __future__ import annotations

import math
import operator
from typing import Any

import numpy as np


def integer(name: str, value: Any, *, least: int | None = None, most: int | None = None) -> int:
    """`value` as Python's int.

    Raises TypeError for what is no integer, True and False included, ValueError for one outside
    [least, most].
    """
    if isinstance(value, bool | np.bool_):
        raise TypeError(_refusal(name, "an integer", value))
    try:
        result = operator.index(value)
    except TypeError:
        raise TypeError(_refusal(name, "an integer", value)) from None
    if (least is not None and result < least) or (most is not None and result > most):
        limits = bounds(least=least, most=most)
        raise ValueError(f"{name}: expected an integer {limits}; got {result}")
    return result


def real(
    name: str,
    value: Any,
    *,
    above: float | None = None,
    least: float | None = None,
    below: float | None = None,
    most: float | None = None,
) -> float:
    """`value` as Python's float; with any bound, one that is finite.

    Raises TypeError for what is no number, text of one and truth values included, ValueError for
    one outside its bounds, and for a whole number that no float holds.
    """
    if isinstance(value, str | bytes | bool | np.bool_):  # float would read them
        raise TypeError(_refusal(name, "a number", value))
    try:
        result = float(value)
    except (TypeError, ValueError):
        raise TypeError(_refusal(name, "a number", value)) from None
    except OverflowError:  # a whole number, as 10**400
        raise ValueError(f"{name}: expected a number of float64; got a larger one") from None
    if above is least is below is most is None:
        return result
    outside = (
        not math.isfinite(result)
        or (above is not None and not result > above)
        or (least is not None and not result >= least)
        or (below is not None and not result < below)
        or (most is not None and not result <= most)
    )
    if outside:
        limits = bounds(above=above, least=least, below=below, most=most)
        raise ValueError(f"{name}: expected a number {limits}; got {result:g}")
    return result


def bounds(
    *,
    above: float | None = None,
    least: float | None = None,
    below: float | None = None,
    most: float | None = None,
) -> str:
    """Bounds in words: "of at least 0 and less than 1"; empty where there are none."""
    named = {"more than": above, "at least": least, "less than": below, "at most": most}
    words = [f"{word} {bound:g}" for word, bound in named.items() if bound is not None]
    return f"of {' and '.join(words)}" if words else ""


def _refusal(name: str, expected: str, value: Any) -> str:
    return f"{name}: expected {expected}; got {type(value).__name__} {value!r:.80}"
