"""Sums, means and extremes over axes."""

# ruff: noqa: A001  (these functions have the names of the methods they stand behind)

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from pyrnn.autograd.function import Context, Function
from pyrnn.autograd.operands import Axis, Operand, as_array, as_tensor, floating
from pyrnn.autograd.variable import constant
from pyrnn.kernels import arrays as xp
from pyrnn.kernels.arrays import Array

if TYPE_CHECKING:
    from pyrnn.autograd.tensor import Tensor


class Sum(Function):
    """y = sum of x over axes;  dx = dy, repeated."""

    @staticmethod
    def forward(ctx: Context, x: Array, axis: Axis, keepdims: bool) -> Array:
        ctx.save(x.shape, axis, keepdims)
        return xp.sum(x, axis=axis, keepdims=keepdims)

    @staticmethod
    def backward(ctx: Context, dy: Array) -> Array:
        shape, axis, keepdims = ctx.saved
        return xp.broadcast_to(_restore(dy, len(shape), axis, keepdims), shape)


class Mean(Function):
    """y = sum of x over axes / n;  dx = dy / n, repeated."""

    @staticmethod
    def forward(ctx: Context, x: Array, axis: Axis, keepdims: bool) -> Array:
        y = xp.mean(x, axis=axis, keepdims=keepdims)
        ctx.save(x.shape, axis, keepdims, x.size // xp.asarray(y).size if x.size else 1)
        return y

    @staticmethod
    def backward(ctx: Context, dy: Array) -> Array:
        shape, axis, keepdims, n = ctx.saved
        return xp.broadcast_to(_restore(dy / n, len(shape), axis, keepdims), shape)


class Extreme(Function):
    """y = max or min of x over axes;  the elements equal to y share dy equally."""

    @staticmethod
    def forward(
        ctx: Context, x: Array, axis: Axis, keepdims: bool, choose: Callable[..., Any]
    ) -> Array:
        y: Array = choose(x, axis=axis, keepdims=True)
        chosen = x == y
        ctx.save(chosen, xp.sum(chosen, axis=axis, keepdims=True), axis, keepdims)
        return y if keepdims else xp.squeeze(y, axis=axis)

    @staticmethod
    def backward(ctx: Context, dy: Array) -> Array:
        chosen, count, axis, keepdims = ctx.saved
        return chosen * (_restore(dy, chosen.ndim, axis, keepdims) / count.astype(dy.dtype))


def _restore(dy: Array, ndim: int, axis: Axis, keepdims: bool) -> Array:
    """dy with an axis of length 1 where a reduction over ``axis`` of ``ndim`` took one away."""
    if keepdims:
        return dy
    return xp.expand_dims(dy, tuple(range(ndim)) if axis is None else axis)


def sum(x: Operand, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """The sum over axes: None (all), a number or a tuple."""
    return Sum.apply(as_tensor(x), axis=axis, keepdims=keepdims)


def mean(x: Operand, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """The mean over axes: None (all), a number or a tuple."""
    return Mean.apply(floating(x), axis=axis, keepdims=keepdims)


def max(x: Operand, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """The largest element over axes; equal ones share the gradient equally."""
    return Extreme.apply(as_tensor(x), axis=axis, keepdims=keepdims, choose=xp.max)


def min(x: Operand, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """The smallest element over axes; equal ones share the gradient equally."""
    return Extreme.apply(as_tensor(x), axis=axis, keepdims=keepdims, choose=xp.min)


def argmax(x: Operand, axis: int | None = None) -> Tensor:
    """The place of the first largest element, int64, along an axis or in the flat tensor."""
    return constant(xp.argmax(as_array(x), axis=axis))


def argmin(x: Operand, axis: int | None = None) -> Tensor:
    """The place of the first smallest element, int64, along an axis or in the flat tensor."""
    return constant(xp.argmin(as_array(x), axis=axis))
