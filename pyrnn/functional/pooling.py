"""One vector for a sequence: what its steps are pooled to, those within the length alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, TypeAlias

from pyrnn.autograd import Context, Function, Tensor
from pyrnn.autograd.operands import Operand, as_tensor, floating
from pyrnn.functional.lengths import all_lengths, within
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
        out = xp.sum(y, axis=0, where=valid)
        return out / number if mean else out

    @staticmethod
    def backward(ctx: Context, dout: Array) -> Array:
        valid, number, _, mean = ctx.saved
        return xp.where(valid, dout / number if mean else dout, dout.dtype.type(0))


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
