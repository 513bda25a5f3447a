"""Products of matrices and vectors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pyrnn.autograd.function import Context, Function
from pyrnn.autograd.operands import Operand, common
from pyrnn.autograd.operations.broadcasting import unbroadcast
from pyrnn.kernels import arrays as xp
from pyrnn.kernels.arrays import Array

if TYPE_CHECKING:
    from pyrnn.autograd.tensor import Tensor


class MatMul(Function):
    """y = a b;  da = dy b^T, db = a^T dy.   a (..., M, K), b (..., K, N), y (..., M, N).

    A vector a is one row and y has no axis M; a vector b is one column and y has no axis N.
    """

    gives_views = False

    @staticmethod
    def forward(ctx: Context, a: Array, b: Array) -> Array:
        row, column = a.ndim == 1, b.ndim == 1
        ctx.save(a, b)
        if not (row or column):
            return product(a, b)
        y = product(a[None] if row else a, b[:, None] if column else b)
        return y.squeeze((-2,) * row + (-1,) * column)

    @staticmethod
    def backward(ctx: Context, dy: Array) -> Any:
        a, b = ctx.saved
        needs_a, needs_b = ctx.needs_input_grad
        shapes = a.shape, b.shape
        if b.ndim == 1:
            b, dy = b[:, None], xp.expand_dims(dy, -1)
        if a.ndim == 1:
            a, dy = a[None], xp.expand_dims(dy, -2)
        da = db = None
        if needs_a:
            da = unbroadcast(product(dy, b.swapaxes(-1, -2)), a.shape).reshape(shapes[0])
        if needs_b and b.ndim == 2:  # one product with K = all rows, not one for each matrix of a
            db = xp.matmul(as_rows(a).T, as_rows(dy)).reshape(shapes[1])
        elif needs_b:
            db = unbroadcast(xp.matmul(a.swapaxes(-1, -2), dy), b.shape)
        return da, db


def product(a: Array, b: Array) -> Array:
    """a b; where b is one matrix, as a single product over all rows of a."""
    if b.ndim > 2 or a.ndim == 2:
        return xp.matmul(a, b)
    return xp.matmul(as_rows(a), b).reshape((*a.shape[:-1], b.shape[1]))


def as_rows(x: Array) -> Array:
    """(..., K) -> (rows, K); reshape(-1, K) cannot tell the number of rows where K is 0."""
    if x.ndim == 2:
        return x
    rows = 1
    for length in x.shape[:-1]:
        rows *= length
    return x.reshape((rows, x.shape[-1]))


def matmul(a: Operand, b: Operand) -> Tensor:
    """The product of matrices (M, K) and (K, N), of stacks of them, or with vectors (K,).

    Leading axes broadcast. A vector on the left is a row, on the right a column, and its axis is
    missing from the result. ValueError where the shapes do not fit.
    """
    a, b = common(a, b)
    left, right = a.shape, b.shape
    if not left or not right or left[-1] != right[-2 if len(right) > 1 else 0]:
        raise ValueError(
            f"matmul: expected shapes (..., M, K) and (..., K, N); got {left} and {right}"
        )
    return MatMul.apply(a, b)
