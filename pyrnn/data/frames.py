"""Frames: sequences of steps of I numbers each, which may be missing (NaN), but never infinite."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import DTypeLike


def numbers(name: str, value: Any) -> np.ndarray:
    """`value` as an array of float64, of any shape; the array itself where it is one.

    name: what error messages call it.
    Raises TypeError for what holds no real numbers, ValueError for lists of unequal length and for
    an infinite number, naming its place.
    """
    try:
        array = np.asarray(value)
    except ValueError as error:
        raise ValueError(f"{name}: expected steps of one shape; got others") from error
    if array.dtype.kind not in "iufb":
        raise TypeError(f"{name}: expected numbers; got {array.dtype}")
    with np.errstate(over="ignore"):  # of a longer type than float64: infinite, as the next line
        array = array.astype(np.float64, copy=False)
    infinite = np.isinf(array)
    if infinite.any():
        place = first_place(infinite)
        raise ValueError(f"{name}: {place}: expected a finite number; got {array[infinite][0]}")
    return array


def frames(name: str, value: Any, size: int | None = None) -> np.ndarray:
    """One sequence as float64 (N, I). N may be 0: an empty list is a sequence of I = `size`, or 0.

    size: I, where it is known. Errors: as `numbers`, and ValueError for another shape.
    """
    array = numbers(name, value)
    if array.shape == (0,):
        array = array.reshape(0, size or 0)
    if array.ndim != 2 or (size is not None and array.shape[1] != size):
        shape = f"(N, {'I' if size is None else size})"
        raise ValueError(f"{name}: expected frames of shape {shape}; got shape {array.shape}")
    return array


def first_place(found: np.ndarray, features: Sequence[str] | None = None) -> str:
    """Where the first True of (..., N, I) stands, in words. features: (I,), names of columns."""
    if not found.ndim:
        return "the number"
    *outer, feature = (int(n) for n in np.unravel_index(int(np.argmax(found)), found.shape))
    column = f"feature {feature if features is None else repr(features[feature])}"
    if not outer:
        return column
    *outer, step = outer
    return ", ".join([*(f"row {place}" for place in outer), f"step {step}", column])


def in_precision(
    name: str,
    array: np.ndarray,
    dtype: DTypeLike,
    where: Callable[[np.ndarray], str] | None = None,
) -> np.ndarray:
    """Numbers as float32 or float64. Raises ValueError for one that is beyond its range.

    where: says where the first True of an array stands.
    """
    with np.errstate(over="ignore"):
        found = array.astype(dtype)
    beyond = ~np.isfinite(found)
    if beyond.any():
        place = "" if where is None else f"{where(beyond)}: "
        raise ValueError(
            f"{name}: {place}expected numbers that {np.dtype(dtype)} holds, once they are scaled; "
            f"got {array[beyond][0]}"
        )
    return found
