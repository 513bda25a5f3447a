"""One vector for a sequence: what its steps are pooled to, those within the length alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, TypeAlias

from pyrnn.autograd import Context, Function, Tensor
from pyrnn.autograd.operands import Operand, as_tensor, common, floating
from pyrnn.functional.lengths import all_lengths, sum_over_time, within
from pyrnn.kernels import arrays as xp
from pyrnn.kernels.arrays import Array

How: TypeAlias = Literal["mean", "max", "last", "sum"]


class Sum(Function):
    """out = sum of the valid y_t, divided by their number if ``mean``;  dy_t = dout, likewise."""

    @staticmethod
    def forward(ctx: Context, y: Array, lengths: Array, mean: bool) -> Array:
        valid = within(lengths, len(y))[:, :, None]
        number = xp.maximum(lengths, 1).astype(y.dtype)[:, None]  # (B, 1)
        ctx.save(valid, number, y.shape, mean)
        out = sum_over_time(y, valid)
        return out / number if mean else out

    @staticmethod
    def backward(ctx: Context, dout: Array) -> Array:
        valid, number, _, mean = ctx.saved
        return xp.where(valid, dout / number if mean else dout, dout.dtype.type(0))


class WeightedSum(Function):
    """out = sum of w_t y_t over the valid t;  dw_t = sum over F of dout y_t,  dy_t = w_t dout."""

    @staticmethod
    def forward(ctx: Context, y: Array, weights: Array, lengths: Array) -> Array:
        valid = within(lengths, len(y))[:, :, None]  # (T, B, 1)
        ctx.save(y, weights, valid)
        return sum_over_time(y * weights[:, :, None], valid)

    @staticmethod
    def backward(ctx: Context, dout: Array) -> tuple[Array | None, Array | None]:
        y, weights, valid = ctx.saved
        zero = dout.dtype.type(0)
        for_y, for_weights = ctx.needs_input_grad[:2]
        dy = xp.where(valid, weights[:, :, None] * dout, zero) if for_y else None
        dw = xp.sum(xp.where(valid, y, zero) * dout, axis=2) if for_weights else None
        return dy, dw


class Max(Function):
    """out = the largest of the valid y_t;  those equal to it share dout equally."""

    @staticmethod
    def forward(ctx: Context, y: Array, lengths: Array) -> Array:
        valid = within(lengths, len(y))[:, :, None]
        out = xp.max(y, axis=0, where=valid, initial=-xp.inf)
        out[lengths == 0] = 0
        ctx.save(y, out, valid)
        return out

    @staticmethod
    def backward(ctx: Context, dout: Array) -> Array:
        y, out, valid = ctx.saved
        chosen = (y == out) & valid
        number = xp.maximum(xp.sum(chosen, axis=0), 1)  # 0 for a length 0, and where out is NaN
        return chosen * (dout / number.astype(dout.dtype))


class Last(Function):
    """out = y of the last valid step, 0 if there is none;  dy there = dout."""

    @staticmethod
    def forward(ctx: Context, y: Array, lengths: Array) -> Array:
        rows = xp.flatnonzero(lengths)
        ctx.save(rows, lengths[rows] - 1, y.shape)
        out = xp.zeros(y.shape[1:], y.dtype)
        out[rows] = y[lengths[rows] - 1, rows]
        return out

    @staticmethod
    def backward(ctx: Context, dout: Array) -> Array:
        rows, steps, shape = ctx.saved
        dy = xp.zeros(shape, dout.dtype)
        dy[steps, rows] = dout[rows]
        return dy


def weighted_sum(
    y: Operand, weights: Operand, lengths: Operand | None = None, *, batch_first: bool = False
) -> Tensor:
    """The sum of the steps of each sequence, each times its weight: what attention gives.

    Letters as in `pool`. y: (T, B, F), weights: (T, B), or (B, T, F) and (B, T) if ``batch_first``.
    lengths: (B,), or None for all T steps; steps past a length count nothing.

    Gives (B, F), the same bits for a sequence whatever its batch.
    TypeError, ValueError: an argument of another kind or shape; the message names it.
    """
    steps, w = (as_tensor(floating(x)) for x in common(y, weights))
    letters = "(B, T, F)" if batch_first else "(T, B, F)"
    if steps.ndim != 3:
        raise ValueError(f"y: expected shape {letters}; got {steps.shape}")
    if w.shape != steps.shape[:2]:
        raise ValueError(f"weights: expected shape {steps.shape[:2]}, as y has; got {w.shape}")
    if batch_first:
        steps, w = steps.swapaxes(0, 1), w.swapaxes(0, 1)
    known = all_lengths(lengths, steps.shape[0], steps.shape[1])
    summed: Tensor = WeightedSum.apply(steps, w, lengths=known)
    return summed


POOLS: dict[str, Callable[[Any, Array], Tensor]] = {
    "mean": lambda y, lengths: Sum.apply(y, lengths=lengths, mean=True),
    "max": lambda y, lengths: Max.apply(y, lengths=lengths),
    "last": lambda y, lengths: Last.apply(y, lengths=lengths),
    "sum": lambda y, lengths: Sum.apply(y, lengths=lengths, mean=False),
}


def pool(
    y: Operand, lengths: Operand | None = None, how: How = "mean", *, batch_first: bool = False
) -> Tensor:
    """One vector for each sequence of a ragged batch, out of the steps within its length.

    Letters: T time, B batch, F features. y: (T, B, F), or (B, T, F) if ``batch_first``. lengths:
    (B,) integers from 0 to T, in any order; None takes all T steps. how: "mean" (divides by the
    length), "max", "last" or "sum".

    Gives (B, F). What stands past a length counts nothing, NaN included, and gets a gradient of
    exactly 0. A sequence of length 0 gives 0, by whatever pool. Equal largest elements share the
    gradient of a maximum equally. "last" is what a forward direction knew at the end; a final state
    h of the layer is that for both directions.

    TypeError, ValueError: an argument of another kind or shape; the message names it.

    >>> y = [[[1.0], [2.0]], [[3.0], [9.0]]]  # T = 2, B = 2, F = 1
    >>> pool(y, [2, 1], "max").numpy()
    array([[3.],
           [2.]], dtype=float32)
    """
    if how not in POOLS:
        raise ValueError(f"how: expected one of {', '.join(POOLS)}; got {how!r:.80}")
    steps = as_tensor(floating(y))
    if steps.ndim != 3:
        letters = "(B, T, F)" if batch_first else "(T, B, F)"
        raise ValueError(f"y: expected shape {letters}; got {steps.shape}")
    if batch_first:
        steps = steps.swapaxes(0, 1)  # a view
    return POOLS[how](steps, all_lengths(lengths, steps.shape[0], steps.shape[1]))
