"""Arithmetic, elementwise and broadcasting."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pyrnn.autograd.function import Context, Function
from pyrnn.autograd.operands import Operand, common, floating
from pyrnn.autograd.operations.broadcasting import unbroadcast
from pyrnn.kernels import arrays as xp
from pyrnn.kernels.arrays import Array

if TYPE_CHECKING:
    from pyrnn.autograd.tensor import Tensor


class Add(Function):
    """y = a + b."""

    gives_views = False

    @staticmethod
    def forward(ctx: Context, a: Array, b: Array) -> Array:
        ctx.save(a.shape, b.shape)
        return a + b

    @staticmethod
    def backward(ctx: Context, dy: Array) -> Any:
        a_shape, b_shape = ctx.saved
        needs_a, needs_b = ctx.needs_input_grad
        return (
            unbroadcast(dy, a_shape) if needs_a else None,
            unbroadcast(dy, b_shape) if needs_b else None,
        )


class Subtract(Function):
    """y = a - b."""

    gives_views = False

    @staticmethod
    def forward(ctx: Context, a: Array, b: Array) -> Array:
        ctx.save(a.shape, b.shape)
        return a - b

    @staticmethod
    def backward(ctx: Context, dy: Array) -> Any:
        a_shape, b_shape = ctx.saved
        needs_a, needs_b = ctx.needs_input_grad
        return (
            unbroadcast(dy, a_shape) if needs_a else None,
            unbroadcast(-dy, b_shape) if needs_b else None,
        )


class Multiply(Function):
    """y = a b;  da = dy b, db = dy a."""

    gives_views = False

    @staticmethod
    def forward(ctx: Context, a: Array, b: Array) -> Array:
        needs_a, needs_b = ctx.needs_input_grad
        ctx.save(a if needs_b else None, b if needs_a else None, a.shape, b.shape)
        return a * b

    @staticmethod
    def backward(ctx: Context, dy: Array) -> Any:
        a, b, a_shape, b_shape = ctx.saved
        return (
            None if b is None else unbroadcast(dy * b, a_shape),
            None if a is None else unbroadcast(dy * a, b_shape),
        )


class Divide(Function):
    """y = a / b;  da = dy / b, db = -dy y / b."""

    gives_views = False

    @staticmethod
    def forward(ctx: Context, a: Array, b: Array) -> Array:
        y = a / b
        ctx.save(b, y if ctx.needs_input_grad[1] else None, a.shape)
        return y

    @staticmethod
    def backward(ctx: Context, dy: Array) -> Any:
        b, y, a_shape = ctx.saved
        da = dy / b
        return (
            unbroadcast(da, a_shape) if ctx.needs_input_grad[0] else None,
            None if y is None else unbroadcast(-da * y, b.shape),
        )


class Power(Function):
    """y = a^b;  da = dy b a^(b-1), db = dy y log(a)."""

    @staticmethod
    def forward(ctx: Context, a: Array, b: Array) -> Array:
        # NumPy has short cuts for 2, 1/2, -1 ... as Python's numbers only.
        y = a ** (b.item() if b.ndim == 0 else b)
        ctx.save(a, b, y if ctx.needs_input_grad[1] else None)
        return y

    @staticmethod
    def backward(ctx: Context, dy: Array) -> Any:
        a, b, y = ctx.saved
        da = db = None
        if ctx.needs_input_grad[0]:
            if b.ndim == 0:
                exponent = b.item()
                da = dy * (exponent * a ** (exponent - 1)) if exponent else xp.zeros_like(dy)
            else:  # a^0 is flat everywhere, at a = 0 too
                da = dy * xp.where(b == 0, 0, b * a ** xp.where(b == 0, 1, b - 1))
            da = unbroadcast(da, a.shape)
        if ctx.needs_input_grad[1]:  # 0^b is flat where b > 0; there y = 0
            db = unbroadcast(dy * y * xp.log(xp.where(y == 0, 1, a)), b.shape)
        return da, db


class Negative(Function):
    """y = -x."""

    @staticmethod
    def forward(ctx: Context, x: Array) -> Array:
        return -x

    @staticmethod
    def backward(ctx: Context, dy: Array) -> Array:
        return -dy


def add(a: Operand, b: Operand) -> Tensor:
    """a + b, broadcasting."""
    return Add.apply(*common(a, b))


def subtract(a: Operand, b: Operand) -> Tensor:
    """a - b, broadcasting."""
    return Subtract.apply(*common(a, b))


def multiply(a: Operand, b: Operand) -> Tensor:
    """a b, elementwise, broadcasting."""
    return Multiply.apply(*common(a, b))


def divide(a: Operand, b: Operand) -> Tensor:
    """a / b, elementwise, broadcasting; of integers too, in float32."""
    a, b = common(a, b)
    return Divide.apply(floating(a), floating(b))


def power(a: Operand, b: Operand) -> Tensor:
    """a^b, elementwise, broadcasting. With respect to b differentiable where a >= 0."""
    return Power.apply(*common(a, b))


def negative(x: Operand) -> Tensor:
    """-x."""
    return Negative.apply(*common(x))
