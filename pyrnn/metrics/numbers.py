"""The arrays that metrics take in, read and checked."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np

Shape: TypeAlias = tuple[int | str, ...]  # a letter stands for any length


def numbers(name: str, value: Any, *shapes: Shape) -> np.ndarray:
    """Numbers as float64, of one of these shapes; truth values count as 0 and 1.

    Raises TypeError for what are no real numbers, ValueError for another shape and for NaN, naming
    the argument.
    """
    expected = " or ".join(_in_words(shape) for shape in shapes)
    try:
        array = np.asarray(value)
    except ValueError:  # lists of unequal lengths
        raise ValueError(f"{name}: expected {expected}; got rows of unequal lengths") from None
    if array.dtype.kind not in "biuf":
        raise TypeError(f"{name}: expected numbers, {expected}; got {array.dtype}")
    if not any(_fits(array.shape, shape) for shape in shapes):
        raise ValueError(f"{name}: expected {expected}; got {array.shape}")
    read = array.astype(np.float64)
    check_all(name, read, ~np.isnan(read), "numbers")
    return read


def check_all(name: str, values: np.ndarray, right: np.ndarray, expected: str) -> None:
    """Raise ValueError for the first of the values that is not right; both of one shape."""
    if not right.all():
        place = tuple(np.argwhere(~right)[0].tolist())
        raise ValueError(f"{name}: expected {expected}; got {values[place]:g} at {place}")


def check_rows(targets: np.ndarray, output: np.ndarray, name: str = "output") -> None:
    """Raise ValueError unless both have as many rows."""
    if len(targets) != len(output):
        raise ValueError(
            f"{name}: expected as many rows as targets, {len(targets)}; got {len(output)}"
        )


def _fits(found: tuple[int, ...], shape: Shape) -> bool:
    return len(found) == len(shape) and all(
        isinstance(expected, str) or length == expected
        for length, expected in zip(found, shape, strict=True)
    )


def _in_words(shape: Shape) -> str:
    if not shape:
        return "one"
    return f"({', '.join(map(str, shape))}{',' if len(shape) == 1 else ''})"
