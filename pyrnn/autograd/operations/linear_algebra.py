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
    """y = a b;  da = dy b^T, db = a^T dy.   a (..., M, K), b (..., K, N), y (..., M, N)."""

    @staticmethod
    def forward(ctx: Context, a: Array, b: Array) -> Array:
        ctx.save(a, b)
        return product(a, b)

    @staticmethod
    def backward(ctx: Context, dy: Array) -> Any:
        a, b = ctx.saved
        needs_a, needs_b = ctx.needs_input_grad
        da = db = None
        if needs_a:
            da = unbroadcast(product(dy, xp.swapaxes(b, -1, -2)), a.shape)
        if needs_b and b.ndim == 2:  # one product with K = all rows, not one for each matrix of a
            db = xp.matmul(as_rows(a).T, as_rows(dy))
        elif needs_b:
            db = unbroadcast(xp.matmul(xp.swapaxes(a, -1, -2), dy), b.shape)
        return da, db


def product(a: Array, b: Array) -> Array:
    """a b; where b is one matrix, as a single product over all rows of a."""
    if b.ndim > 2 or a.ndim == 2:
        return xp.matmul(a, b)
    return xp.matmul(as_rows(a), b).reshape((*a.shape[:-1], b.shape[1]))


def as_rows(x: Array) -> Array:
    """(..., K) -> (rows, K); reshape(-1, K) cannot tell the number of rows where K is 0."""
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
    if a.ndim == 0 or b.ndim == 0 or a.shape[-1] != b.shape[max(b.ndim - 2, 0)]:
        raise ValueError(
            f"matmul: expected shapes (..., M, K) and (..., K, N); got {a.shape} and {b.shape}"
        )
    row, column = a.ndim == 1, b.ndim == 1
    if row:
        a = a.reshape(1, -1)
    if column:
        b = b.reshape(-1, 1)
    y: Tensor = MatMul.apply(a, b)
    if row or column:
        y = y.squeeze((-2,) * row + (-1,) * column)
    return y
