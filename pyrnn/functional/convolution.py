"""One-dimensional convolution with a maximum over the steps of each sequence."""

from __future__ import annotations

from pyrnn.autograd import Context, Function, Tensor
from pyrnn.autograd.operands import Operand, common, floating
from pyrnn.functional.lengths import all_lengths
from pyrnn.kernels import native
from pyrnn.kernels.arrays import Array


class Conv1dMax(Function):
    """y = max over t of a_t: see ``kernels.convolution``. Backward, dy flows to the windows of the
    maxima alone, and so costs a T-th of what forward does."""

    @staticmethod
    def forward(
        ctx: Context,
        x: Array,
        weight: Array,
        bias: Array | None,
        lengths: Array,
        batch_first: bool,
    ) -> Array:
        x, weight, lengths = native.plain(x), native.plain(weight), native.plain(lengths)
        bias = None if bias is None else native.plain(bias)
        y, steps = native.convolution_max(x, weight, bias, lengths, batch_first=batch_first)
        ctx.save(x, weight, lengths, steps, batch_first)
        return y

    @staticmethod
    def backward(ctx: Context, dy: Array) -> tuple[Array | None, Array | None, Array | None]:
        x, weight, lengths, steps, batch_first = ctx.saved
        needs_x, needs_weight, needs_bias = ctx.needs_input_grad
        return native.convolution_gradient(
            x,
            weight,
            lengths,
            steps,
            native.plain(dy),
            batch_first=batch_first,
            needs_x=needs_x,
            needs_weight=needs_weight,
            needs_bias=needs_bias,
        )


def conv1d_max(
    x: Operand,
    weight: Operand,
    bias: Operand | None = None,
    lengths: Operand | None = None,
    *,
    batch_first: bool = False,
) -> Tensor:
    """The largest activation of each filter over the steps of each sequence: (B, F).

    ::

        a_t = b + sum over k = 0 .. W-1 of w_k x_{t + k - L},   L = floor((W - 1) / 2)
        y   = max over t = 0 .. N-1 of a_t

    a 1-D convolution with "same" padding, PyTorch's ``Conv1d(I, F, W, padding="same")``, and
    max-over-time pooling: Collobert et al. 2011 (JMLR 12), Kim 2014 (EMNLP). Steps past a length N
    are read as zeros, and no a_t past it counts, so a sequence gives the same bits in every batch.
    The activations (T, B, F) are never stored.

    Letters: T time, B batch, I input, F filters, W width. x: (T, B, I), or (B, T, I) if
    ``batch_first``. weight: (F, I, W), bias: (F,) or None. lengths: (B,) integers from 0 to T, None
    for T. A width greater than a length is fine. A sequence of length 0 gives 0, and no gradient.
    Of equal activations the first has the gradient; NaN counts as the largest, and shows in y.

    TypeError, ValueError: an argument of another kind or shape; the message names it.

    >>> y = conv1d_max([[[-1.0]], [[-2.0]]], [[[1.0, 1.0, 1.0]]])  # T = 2, B = I = F = 1, W = 3
    >>> y.numpy()
    array([[-3.]], dtype=float32)
    """
    operands = (x, weight) if bias is None else (x, weight, bias)
    steps, w, *rest = (floating(operand) for operand in common(*operands))
    if steps.ndim != 3:
        letters = "(B, T, I)" if batch_first else "(T, B, I)"
        raise ValueError(f"x: expected shape {letters}; got {steps.shape}")
    time, batch = (1, 0) if batch_first else (0, 1)
    known = all_lengths(lengths, steps.shape[time], steps.shape[batch])
    y: Tensor = Conv1dMax.apply(
        steps, w, rest[0] if rest else None, lengths=known, batch_first=bool(batch_first)
    )
    return y
