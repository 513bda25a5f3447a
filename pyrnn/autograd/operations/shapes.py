"""The same elements in another shape. Results may share memory with their operand."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from pyrnn.autograd.function import Context, Function
from pyrnn.autograd.operands import Axis, Operand, as_tensor
from pyrnn.autograd.operations.broadcasting import unbroadcast
from pyrnn.kernels import arrays as xp
from pyrnn.kernels.arrays import Array

if TYPE_CHECKING:
    from pyrnn.autograd.tensor import Tensor


class Reshape(Function):
    """y = x in another shape."""

    @staticmethod
    def forward(ctx: Context, x: Array, shape: tuple[int, ...]) -> Array:
        ctx.save(x.shape)
        return x.reshape(shape)

    @staticmethod
    def backward(ctx: Context, dy: Array) -> Array:
        (shape,) = ctx.saved
        return dy.reshape(shape)


class Transpose(Function):
    """y = x with its axes in another order."""

    @staticmethod
    def forward(ctx: Context, x: Array, axes: tuple[int, ...]) -> Array:
        ctx.save(axes)
        return xp.transpose(x, axes)

    @staticmethod
    def backward(ctx: Context, dy: Array) -> Array:
        (axes,) = ctx.saved
        return xp.transpose(dy, [axes.index(axis) for axis in range(len(axes))])


class BroadcastTo(Function):
    """y = x, repeated along axes;  dx = dy, added up along them."""

    @staticmethod
    def forward(ctx: Context, x: Array, shape: tuple[int, ...]) -> Array:
        ctx.save(x.shape)
        return xp.broadcast_to(x, shape)

    @staticmethod
    def backward(ctx: Context, dy: Array) -> Array:
        (shape,) = ctx.saved
        return unbroadcast(dy, shape)


def reshape(x: Operand, shape: int | Sequence[int]) -> Tensor:
    """x in another shape; one length may be -1. ValueError unless the sizes agree."""
    lengths = (shape,) if isinstance(shape, int) else tuple(shape)
    return Reshape.apply(as_tensor(x), shape=lengths)


def transpose(x: Operand, axes: Sequence[int] | None = None) -> Tensor:
    """x with its axes in another order, reversed by default.

    ValueError unless axes lists each of x's axes once.
    """
    x = as_tensor(x)
    order = tuple(reversed(range(x.ndim))) if axes is None else tuple(axes)
    positive = tuple(axis + x.ndim if axis < 0 else axis for axis in order)
    if sorted(positive) != list(range(x.ndim)):
        raise ValueError(f"axes: expected each of {x.ndim} axes once; got {order}")
    return Transpose.apply(x, axes=positive)


def swapaxes(x: Operand, first: int, second: int) -> Tensor:
    """x with two axes exchanged. ValueError for an axis that x does not have."""
    x = as_tensor(x)
    for name, axis in (("first", first), ("second", second)):
        if not -x.ndim <= axis < x.ndim:
            raise ValueError(f"{name}: expected one of {x.ndim} axes; got {axis}")
    axes = list(range(x.ndim))
    axes[first], axes[second] = axes[second], axes[first]
    return Transpose.apply(x, axes=tuple(axes))


def squeeze(x: Operand, axis: Axis = None) -> Tensor:
    """x without its axes of length 1, or without the given ones. ValueError if one is longer."""
    x = as_tensor(x)
    return Reshape.apply(x, shape=xp.squeeze(_outline(x.shape), axis=axis).shape)


def expand_dims(x: Operand, axis: int | tuple[int, ...]) -> Tensor:
    """x with new axes of length 1 at these places of the result."""
    x = as_tensor(x)
    return Reshape.apply(x, shape=xp.expand_dims(_outline(x.shape), axis).shape)


def broadcast_to(x: Operand, shape: Sequence[int]) -> Tensor:
    """x repeated along axes of length 1, and along new leading axes, to a shape."""
    return BroadcastTo.apply(as_tensor(x), shape=tuple(shape))


def _outline(shape: tuple[int, ...]) -> Array:
    """An array of this shape that takes no memory: NumPy's own checks then apply to it."""
    return xp.broadcast_to(xp.zeros((), xp.bool_), shape)
