"""Layer normalization: Ba, Kiros and Hinton 2016 (arXiv 1607.06450)."""

from __future__ import annotations

from typing import Any

from pyrnn.autograd import Context, Function, Tensor
from pyrnn.autograd.operands import Operand, common, floating
from pyrnn.autograd.operations.linear_algebra import as_rows
from pyrnn.kernels import arrays as xp
from pyrnn.kernels.arrays import Array
from pyrnn.kernels.scalars import real


class LayerNorm(Function):
    """n = (x - mean x) r, r = 1 / sqrt(mean (x - mean x)² + eps), y = g n + b, over the last axis.

    With e = g dy:  dx = r (e - mean e - n mean e n);  dg = sum of dy n, db = sum of dy, over rows.
    """

    @staticmethod
    def forward(ctx: Context, x: Array, g: Array | None, b: Array | None, eps: float) -> Array:
        n = x - xp.mean(x, axis=-1, keepdims=True)  # (..., F)
        r = xp.mean(n * n, axis=-1, keepdims=True)  # (..., 1)
        r += r.dtype.type(eps)
        r = 1 / xp.sqrt(r)
        n *= r
        ctx.save(n, r, g)
        if g is None:
            return n.copy()  # n stays as it is for backward
        y = n * g
        if b is not None:
            y += b
        return y

    @staticmethod
    def backward(ctx: Context, dy: Array) -> Any:
        n, r, g = ctx.saved
        needs_x, needs_g, needs_b = ctx.needs_input_grad
        dx = None
        if needs_x:
            e = dy if g is None else dy * g
            dx = n * -xp.mean(e * n, axis=-1, keepdims=True)
            dx += e
            dx -= xp.mean(e, axis=-1, keepdims=True)
            dx *= r
        rows = as_rows(dy)  # (N, F)
        return (
            dx,
            xp.sum(rows * as_rows(n), axis=0) if needs_g else None,
            xp.sum(rows, axis=0) if needs_b else None,
        )


def layer_norm(
    x: Operand, weight: Operand | None = None, bias: Operand | None = None, eps: float = 1e-5
) -> Tensor:
    """(x - mean) / sqrt(variance + eps), times weight, plus bias; mean and variance of the last
    axis, the variance divided by F.

    x (..., F); weight and bias (F,) or None; a bias needs a weight. eps: more than 0. Gives
    (..., F). ValueError where shapes disagree.
    """
    eps = real("eps", eps, above=0)
    given = {"weight": weight, "bias": bias}
    given = {name: value for name, value in given.items() if value is not None}
    if "bias" in given and "weight" not in given:
        raise ValueError("bias: expected None where weight is None; got a bias")
    first, *rest = common(floating(x), *given.values())
    if first.ndim == 0 or first.shape[-1] == 0:
        raise ValueError(f"x: expected shape (..., F) with F > 0; got {first.shape}")
    for name, value in zip(given, rest, strict=True):
        if value.shape != first.shape[-1:]:
            raise ValueError(f"{name}: expected shape (F,) = {first.shape[-1:]}; got {value.shape}")
    weight, bias = (*rest, None, None)[:2]
    return LayerNorm.apply(first, weight, bias, eps=eps)
