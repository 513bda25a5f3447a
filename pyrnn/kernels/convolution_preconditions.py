"""What convolutions accept; errors as those of `preconditions`."""

from __future__ import annotations

import numpy as np

from pyrnn.kernels.array_checks import check_array, check_layout, check_lengths, float_dtype
from pyrnn.kernels.stack import Array


def check_convolution(
    x: Array, weight: Array, bias: Array | None, lengths: Array, batch_first: bool
) -> None:
    """Check the arguments of a convolution over a batch of sequences."""
    dtype = float_dtype("weight", weight)
    check_layout("weight", weight, dtype, "(F, I, W)", 3)
    if 0 in weight.shape:
        raise ValueError(f"weight: expected shape (F, I, W), each at least 1; got {weight.shape}")
    check_layout("x", x, dtype, "(B, T, I)" if batch_first else "(T, B, I)", 3)
    if x.shape[2] != weight.shape[1]:
        raise ValueError(f"x: expected last axis I = {weight.shape[1]}; got {x.shape[2]}")
    if bias is not None:
        check_array("bias", bias, dtype, "(F,)", weight.shape[:1])
    time, batch = x.shape[:2][:: -1 if batch_first else 1]
    check_lengths(lengths, time, batch)


def check_convolution_gradient(
    x: Array, weight: Array, lengths: Array, steps: Array, dy: Array, batch_first: bool
) -> None:
    """Check the arguments of a convolution's backward pass."""
    check_convolution(x, weight, None, lengths, batch_first)
    shape = (len(lengths), len(weight))
    check_array("dy", dy, weight.dtype, "(B, F)", shape)
    check_array("steps", steps, np.dtype(np.int64), "(B, F)", shape)
    column = lengths[:, None]  # (B, 1)
    inside = (steps >= 0) & (steps < column)
    wrong = np.argwhere(~(inside | ((column == 0) & (steps == -1))))
    if wrong.size:
        b, f = (int(i) for i in wrong[0])
        raise ValueError(
            f"steps: expected those that forward gave; got {int(steps[b, f])} in row {b} of "
            f"length {int(lengths[b])}"
        )
