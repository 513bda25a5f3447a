"""Taking tensors apart and putting them together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from pyrnn.autograd.function import Context, Function
from pyrnn.autograd.keywords import numpys_keywords
from pyrnn.autograd.operands import Operand, as_tensor, common
from pyrnn.autograd.variable import Variable
from pyrnn.kernels import arrays as xp
from pyrnn.kernels.arrays import Array

if TYPE_CHECKING:
    from pyrnn.autograd.tensor import Tensor


class GetItem(Function):
    """y = x[index];  dx[index] += dy on zeros, elements taken twice adding up."""

    @staticmethod
    def forward(ctx: Context, x: Array, index: Any) -> Array:
        ctx.save(x.shape, index)
        return x[index]

    @staticmethod
    def backward(ctx: Context, dy: Array) -> Array:
        shape, index = ctx.saved
        if isinstance(index, xp.ndarray) and index.dtype.kind in "iu":
            rows = index.astype(xp.int64)  # a narrower dtype may not hold the number of rows
            rows[rows < 0] += shape[0]
            return xp.scatter_add_rows(shape, rows, dy)
        dx = xp.zeros(shape, dy.dtype)
        if _takes_once(index):
            dx[index] = dy
        else:
            xp.add_at(dx, index, dy)
        return dx


class Concatenate(Function):
    """y = the operands one after another along an axis."""

    gives_views = False

    @staticmethod
    def forward(ctx: Context, *parts: Array, axis: int) -> Array:
        ctx.save([part.shape[axis] for part in parts], axis)
        return xp.concatenate(parts, axis=axis)

    @staticmethod
    def backward(ctx: Context, dy: Array) -> tuple[Array, ...]:
        lengths, axis = ctx.saved
        dy = xp.moveaxis(dy, axis, 0)
        pieces, start = [], 0
        for length in lengths:
            pieces.append(xp.moveaxis(dy[start : start + length], 0, axis))
            start += length
        return tuple(pieces)


class Stack(Function):
    """y = the operands side by side along a new axis."""

    gives_views = False

    @staticmethod
    def forward(ctx: Context, *parts: Array, axis: int) -> Array:
        ctx.save(axis)
        return xp.stack(parts, axis=axis)

    @staticmethod
    def backward(ctx: Context, dy: Array) -> tuple[Array, ...]:
        (axis,) = ctx.saved
        return tuple(xp.moveaxis(dy, axis, 0))


class Unstack(Function):
    """y_k = x[k] along an axis, for every k;  dx = the dy_k side by side, 0 for an absent one."""

    @staticmethod
    def forward(ctx: Context, x: Array, axis: int) -> tuple[Array, ...]:
        ctx.save(x.shape, x.dtype, axis)
        return tuple(xp.moveaxis(x, axis, 0))

    @staticmethod
    def backward(ctx: Context, *dys: Array | None) -> Array:
        shape, dtype, axis = ctx.saved
        dx = xp.zeros(shape, dtype)
        slices = xp.moveaxis(dx, axis, 0)
        for k, dy in enumerate(dys):
            if dy is not None:
                slices[k] = dy
        return dx


def getitem(x: Operand, index: Any) -> Tensor:
    """x[index] with all of NumPy's indices: numbers, slices, None, ..., boolean and integer arrays
    (or tensors or lists of those). A gradient adds up where an element is taken more than once."""
    return GetItem.apply(as_tensor(x), index=_plain(index))


@numpys_keywords
def concatenate(parts: Sequence[Operand], axis: int = 0) -> Tensor:
    """Tensors one after another along an axis; their other axes agree. ValueError otherwise."""
    if len(parts) == 0:
        raise ValueError("parts: expected at least one tensor; got none")
    return Concatenate.apply(*common(*parts), axis=axis)


@numpys_keywords
def stack(parts: Sequence[Operand], axis: int = 0) -> Tensor:
    """Tensors of one shape side by side along a new axis. ValueError where shapes differ."""
    if len(parts) == 0:
        raise ValueError("parts: expected at least one tensor; got none")
    return Stack.apply(*common(*parts), axis=axis)


@numpys_keywords
def unstack(x: Operand, axis: int = 0) -> tuple[Tensor, ...]:
    """The slices of x along an axis, as one recorded call: a loop over time costs one node, where
    indexing each step would cost a zero-filled gradient of x for each."""
    x = as_tensor(x)
    if x.ndim == 0:
        raise TypeError("x: expected a tensor with an axis to take apart; got one of shape ()")
    return Unstack.apply(x, axis=axis)


def _plain(index: Any) -> Any:
    """An index with arrays in place of tensors and lists, each its own: backward reads them too."""
    if isinstance(index, (int, slice)):
        return index
    if isinstance(index, tuple):
        return tuple(_plain(part) for part in index)
    if isinstance(index, (Variable, xp.ndarray)):
        return xp.array(index.data if isinstance(index, Variable) else index)
    if isinstance(index, (list, range)):
        array = xp.asarray(index)
        return array if array.size else array.astype(xp.int64)
    return index


def _takes_once(index: Any) -> bool:
    """Whether an index cannot take an element twice: it has no arrays of integers."""
    parts = index if isinstance(index, tuple) else (index,)
    return not any(isinstance(part, xp.ndarray) and part.dtype.kind != "b" for part in parts)
