"""The same elements in another shape. Results may share memory with their operand."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from pyrnn.autograd.function import Context, Function
from pyrnn.autograd.keywords import numpys_keywords
from pyrnn.autograd.operands import Axis, Operand, as_tensor
from pyrnn.autograd.operations.broadcasting import unbroadcast
from pyrnn.kernels import arrays as xp
from pyrnn.kernels.arrays import Array
from pyrnn.kernels.scalars import integer

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


class Squeeze(Reshape):
    """y = x without axes of length 1."""

    @staticmethod
    def forward(ctx: Context, x: Array, axis: Axis) -> Array:
        ctx.save(x.shape)
        return x.squeeze(axis)  # NumPy checks the axes


class ExpandDims(Reshape):
    """y = x with new axes of length 1."""

    @staticmethod
    def forward(ctx: Context, x: Array, axis: int | tuple[int, ...]) -> Array:
        ctx.save(x.shape)
        if type(axis) is int and 0 <= axis <= x.ndim:  # for which NumPy takes a microsecond
            return x[(slice(None),) * axis + (None,)]
        return xp.expand_dims(x, axis)


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


class Flip(Function):
    """y = x, backwards along axes."""

    @staticmethod
    def forward(ctx: Context, x: Array, axes: tuple[int, ...]) -> Array:
        ctx.save(axes)
        return _backwards(x, axes)

    @staticmethod
    def backward(ctx: Context, dy: Array) -> Array:
        (axes,) = ctx.saved
        return _backwards(dy, axes)


def _backwards(x: Array, axes: tuple[int, ...]) -> Array:
    """A view of x, backwards along axes, which are positive."""
    return x[tuple(slice(None, None, -1 if k in axes else None) for k in range(x.ndim))]


def reshape(x: Operand, shape: int | Sequence[int]) -> Tensor:
    """x in another shape; one length may be -1. ValueError unless the sizes agree."""
    lengths = (shape,) if isinstance(shape, int) else tuple(shape)
    return Reshape.apply(as_tensor(x), shape=lengths)


@numpys_keywords
def transpose(x: Operand, axes: Sequence[int] | None = None) -> Tensor:
    """x with its axes in another order, reversed by default.

    ValueError unless axes lists each of x's axes once.
    """
    x = as_tensor(x)
    order = tuple(reversed(range(x.ndim))) if axes is None else tuple(axes)
    positive = tuple(axis + x.ndim if axis < 0 else axis for axis in order)
    if sorted(positive) != list(range(x.ndim)):
        hint = f"; to exchange two write x.swapaxes{order}" if len(order) == 2 else ""
        raise ValueError(f"axes: expected each of {x.ndim} axes once; got {order}{hint}")
    return Transpose.apply(x, axes=positive)


def swapaxes(x: Operand, first: int, second: int) -> Tensor:
    """x with two axes exchanged. ValueError for an axis that x does not have."""
    x = as_tensor(x)
    first, second = _axis("first", first, x.ndim), _axis("second", second, x.ndim)
    axes = list(range(x.ndim))
    axes[first], axes[second] = axes[second], axes[first]
    return Transpose.apply(x, axes=tuple(axes))


def flip(x: Operand, axis: Axis = None) -> Tensor:
    """x backwards along axes: None (all), a number or a tuple. ValueError for one that x lacks."""
    x = as_tensor(x)
    given = tuple(range(x.ndim)) if axis is None else axis if isinstance(axis, tuple) else (axis,)
    return Flip.apply(x, axes=tuple(_axis("axis", k, x.ndim) for k in given))


def flatten(x: Operand, start_axis: int = 0, end_axis: int = -1) -> Tensor:
    """x with its axes from ``start_axis`` to ``end_axis``, both included, as one.

    A tensor without axes gets one. ValueError for an axis that x does not have, or an end before
    the start.
    """
    x = as_tensor(x)
    ndim = x.ndim or 1
    start, end = _axis("start_axis", start_axis, ndim), _axis("end_axis", end_axis, ndim)
    if end < start:
        raise ValueError(f"end_axis: expected {start_axis} or one after it; got {end_axis}")
    length = 1
    for axis in x.shape[start : end + 1]:
        length *= axis
    return Reshape.apply(x, shape=(*x.shape[:start], length, *x.shape[end + 1 :]))


def squeeze(x: Operand, axis: Axis = None) -> Tensor:
    """x without its axes of length 1, or without the given ones. ValueError if one is longer."""
    return Squeeze.apply(as_tensor(x), axis=axis)


def expand_dims(x: Operand, axis: int | tuple[int, ...]) -> Tensor:
    """x with new axes of length 1 at these places of the result."""
    return ExpandDims.apply(as_tensor(x), axis=axis)


def broadcast_to(x: Operand, shape: Sequence[int]) -> Tensor:
    """x repeated along axes of length 1, and along new leading axes, to a shape."""
    return BroadcastTo.apply(as_tensor(x), shape=tuple(shape))


def _axis(name: str, axis: int, ndim: int) -> int:
    """An axis counted from the front. ValueError for one that is not among ``ndim``."""
    axis = integer(name, axis)
    if not -ndim <= axis < ndim:
        raise ValueError(f"{name}: expected one of {ndim} axes; got {axis}")
    return axis + ndim if axis < 0 else axis
