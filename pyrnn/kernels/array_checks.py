"""What kernels accept of any array: the checks that all calls share.

letters: a shape as messages write it, as "(T, B, I)".
"""

from __future__ import annotations

from typing import Any

import numpy as np

from pyrnn.kernels.stack import FLOATS, Array


def check_array(
    name: str, value: Array, dtype: np.dtype[Any], letters: str, shape: tuple[int, ...]
) -> None:
    """Check an array of one dtype and one shape."""
    check_layout(name, value, dtype, letters, len(shape))
    if value.shape != shape:
        raise ValueError(f"{name}: expected shape {letters} = {shape}; got {value.shape}")


def check_layout(name: str, value: Array, dtype: np.dtype[Any], letters: str, ndim: int) -> None:
    """Check what kernels need of any array: its dtype, its axes, and that it is contiguous."""
    if not isinstance(value, np.ndarray):
        raise TypeError(f"{name}: expected an array {letters}; got {type(value).__name__}")
    if value.dtype != dtype:
        raise TypeError(f"{name}: expected dtype {dtype}; got {value.dtype}")
    if value.ndim != ndim:
        raise ValueError(f"{name}: expected {ndim} axes {letters}; got shape {value.shape}")
    if not (value.flags.c_contiguous and value.flags.aligned):
        raise ValueError(
            f"{name}: expected a C-contiguous, aligned array; got strides {value.strides} "
            f"for shape {value.shape} (numpy.ascontiguousarray makes one)"
        )


def float_dtype(name: str, value: Array) -> np.dtype[Any]:
    """The dtype of an array of floating-point numbers."""
    if not isinstance(value, np.ndarray):
        raise TypeError(f"{name}: expected an array; got {type(value).__name__}")
    if value.dtype not in FLOATS:
        raise TypeError(f"{name}: expected dtype float32 or float64; got {value.dtype}")
    return value.dtype


def check_lengths(lengths: Array, time: int, batch: int) -> None:
    """Check how many steps each sequence has."""
    check_array("lengths", lengths, np.dtype(np.int64), "(B,)", (batch,))
    wrong = np.flatnonzero((lengths < 0) | (lengths > time))
    if wrong.size:
        row = int(wrong[0])
        raise ValueError(
            f"lengths: expected values from 0 to T = {time}; got {int(lengths[row])} at row {row}"
        )
