"""The affine map."""

from __future__ import annotations

from typing import Any

from pyrnn.autograd import Context, Function, Tensor
from pyrnn.autograd.operands import Operand, common
from pyrnn.autograd.operations.linear_algebra import as_rows
from pyrnn.kernels import arrays as xp
from pyrnn.kernels.arrays import Array


class Linear(Function):
    """y = x W^T + b;  dx = dy W, dW = dy^T x, db = sum of dy over all rows."""

    gives_views = False

    @staticmethod
    def forward(ctx: Context, x: Array, weight: Array, bias: Array | None) -> Array:
        ctx.save(x, weight)
        y = xp.affine(as_rows(x), weight, bias)  # (rows, O)
        return y if x.ndim == 2 else y.reshape((*x.shape[:-1], weight.shape[0]))

    @staticmethod
    def backward(ctx: Context, dy: Array) -> Any:
        x, weight = ctx.saved
        needs_x, needs_weight, needs_bias = ctx.needs_input_grad
        rows = as_rows(dy)  # (rows, O)
        return (
            xp.matmul(rows, weight).reshape(x.shape) if needs_x else None,
            xp.matmul(rows.T, as_rows(x)) if needs_weight else None,
            xp.sum(rows, axis=0) if needs_bias else None,
        )


def linear(x: Operand, weight: Operand, bias: Operand | None = None) -> Tensor:
    """x W^T + b, in PyTorch's layout.

    x (..., I), weight (O, I), bias (O,) or None; gives (..., O). ValueError where shapes disagree.
    """
    if bias is None:
        x, weight = common(x, weight)
        given, shape = x.shape, weight.shape
    else:
        x, weight, bias = common(x, weight, bias)
        given, shape = x.shape, weight.shape
        if bias.shape != shape[:1]:
            raise ValueError(f"bias: expected shape (O,) = {shape[:1]}; got {bias.shape}")
    if len(shape) != 2:
        raise ValueError(f"weight: expected shape (O, I); got {shape}")
    if not given or given[-1] != shape[1]:
        raise ValueError(f"x: expected shape (..., I) with I = {shape[1]}; got {given}")
    return Linear.apply(x, weight, bias)
