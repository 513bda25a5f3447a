"""One-dimensional convolution and its maximum over time, in plain NumPy: what `native` must match.

    a_t = b + sum over k = 0 .. W-1 of w_k x_{t + k - L},   L = floor((W - 1) / 2)
    y   = max over t = 0 .. N-1 of a_t,   0 where N = 0

for a sequence of N steps, with x = 0 outside 0 .. N-1: Collobert et al. 2011 (JMLR 12), section
3.3, and Kim 2014 (EMNLP), whose max-over-time pooling this is. Of equal activations the first
counts. NaN is larger than any number, so that one in a window shows in y.

Letters: T time, B batch, I input, F filters, W width of a window. x (T, B, I), or (B, T, I) if
``batch_first``; weight (F, I, W), bias (F,), lengths (B,) int64; y and the steps of the maxima
(B, F). Steps past a length are not read.
"""

from __future__ import annotations

import numpy as np

from pyrnn.kernels import convolution_preconditions
from pyrnn.kernels.stack import Array


def convolution_max(
    x: Array, weight: Array, bias: Array | None, lengths: Array, *, batch_first: bool = False
) -> tuple[Array, Array]:
    """y (B, F), and int64 (B, F): the step of each maximum, -1 for a sequence without steps.

    Arrays are C-contiguous, all float32 or all float64. Errors: see `convolution_preconditions`.
    """
    convolution_preconditions.check_convolution(x, weight, bias, lengths, batch_first)
    y = np.zeros((len(lengths), len(weight)), weight.dtype)
    steps = np.full(y.shape, -1, np.int64)
    for b, sequence in enumerate(x if batch_first else x.swapaxes(0, 1)):
        if lengths[b]:
            windows = _windows(sequence[: lengths[b]], weight.shape[2])
            a = np.einsum("tik,fik->tf", windows, weight)  # (N, F)
            if bias is not None:
                a += bias
            steps[b] = a.argmax(axis=0)
            y[b] = np.take_along_axis(a, steps[b][None], axis=0)[0]
    return y, steps


def convolution_gradient(
    x: Array,
    weight: Array,
    lengths: Array,
    steps: Array,
    dy: Array,
    *,
    batch_first: bool = False,
    needs_x: bool = True,
    needs_weight: bool = True,
    needs_bias: bool = True,
) -> tuple[Array | None, Array | None, Array | None]:
    """dx, dweight and dbias, None for what is not needed.

    dy (B, F) flows to the windows at ``steps``, and to nothing else: dx past a length is 0.
    Errors: see `convolution_preconditions`.
    """
    convolution_preconditions.check_convolution_gradient(x, weight, lengths, steps, dy, batch_first)
    dx, dweight, dbias = np.zeros_like(x), np.zeros_like(weight), np.zeros_like(weight[:, 0, 0])
    along = dx if batch_first else dx.swapaxes(0, 1)  # a view (B, T, I)
    for b, sequence in enumerate(x if batch_first else x.swapaxes(0, 1)):
        if not lengths[b]:
            continue
        windows = _windows(sequence[: lengths[b]], weight.shape[2])
        dweight += dy[b][:, None, None] * windows[steps[b]]
        dbias += dy[b]
        padded = np.zeros((lengths[b] + weight.shape[2] - 1, x.shape[2]), x.dtype)
        for f, t in enumerate(steps[b]):
            padded[t : t + weight.shape[2]] += dy[b, f] * weight[f].T
        left = (weight.shape[2] - 1) // 2
        along[b, : lengths[b]] = padded[left : left + lengths[b]]
    needed = (needs_x, dx), (needs_weight, dweight), (needs_bias, dbias)
    return tuple(array if needs else None for needs, array in needed)  # type: ignore[return-value]


def _windows(sequence: Array, width: int) -> Array:
    """The windows (N, I, W) of a sequence (N, I), with zeros around it."""
    left = (width - 1) // 2
    padded = np.pad(sequence, ((left, width - 1 - left), (0, 0)))
    return np.lib.stride_tricks.sliding_window_view(padded, width, axis=0)
