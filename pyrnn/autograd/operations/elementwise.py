"""Functions of one element at a time."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from pyrnn.autograd.function import Context, Function
from pyrnn.autograd.operands import (
    Operand,
    as_array,
    as_tensor,
    common,
    floating,
    real_dtype,
)
from pyrnn.autograd.operations.broadcasting import unbroadcast
from pyrnn.kernels import arrays as xp
from pyrnn.kernels.arrays import Array, DTypeLike

if TYPE_CHECKING:
    from pyrnn.autograd.tensor import Tensor


class Exp(Function):
    """y = e^x;  dx = dy y."""

    gives_views = False

    @staticmethod
    def forward(ctx: Context, x: Array) -> Array:
        y = xp.exp(x)
        ctx.save(y)
        return y

    @staticmethod
    def backward(ctx: Context, dy: Array) -> Array:
        (y,) = ctx.saved
        return dy * y


class Log(Function):
    """y = log x;  dx = dy / x."""

    @staticmethod
    def forward(ctx: Context, x: Array) -> Array:
        ctx.save(x)
        return xp.log(x)

    @staticmethod
    def backward(ctx: Context, dy: Array) -> Array:
        (x,) = ctx.saved
        return dy / x


class Sqrt(Function):
    """y = sqrt(x);  dx = dy / (2 y)."""

    @staticmethod
    def forward(ctx: Context, x: Array) -> Array:
        y = xp.sqrt(x)
        ctx.save(y)
        return y

    @staticmethod
    def backward(ctx: Context, dy: Array) -> Array:
        (y,) = ctx.saved
        return dy / (2 * y)


class Tanh(Function):
    """y = tanh(x);  dx = dy (1 - y^2)."""

    gives_views = False

    @staticmethod
    def forward(ctx: Context, x: Array) -> Array:
        y = xp.tanh(x)
        ctx.save(y)
        return y

    @staticmethod
    def backward(ctx: Context, dy: Array) -> Array:
        (y,) = ctx.saved
        return dy * (1 - y * y)


class Sigmoid(Function):
    """y = 1 / (1 + e^-x);  dx = dy y (1 - y)."""

    gives_views = False

    @staticmethod
    def forward(ctx: Context, x: Array) -> Array:
        y = xp.sigmoid(x)
        ctx.save(y)
        return y

    @staticmethod
    def backward(ctx: Context, dy: Array) -> Array:
        (y,) = ctx.saved
        return dy * (y * (1 - y))


class Relu(Function):
    """y = max(x, 0);  dx = dy [y > 0]."""

    gives_views = False

    @staticmethod
    def forward(ctx: Context, x: Array) -> Array:
        y = xp.relu(x)
        ctx.save(y)
        return y

    @staticmethod
    def backward(ctx: Context, dy: Array) -> Array:
        (y,) = ctx.saved
        return dy * (y > 0)


class Absolute(Function):
    """y = |x|;  dx = dy sign(x)."""

    @staticmethod
    def forward(ctx: Context, x: Array) -> Array:
        ctx.save(x)
        return xp.abs(x)

    @staticmethod
    def backward(ctx: Context, dy: Array) -> Array:
        (x,) = ctx.saved
        return dy * xp.sign(x)


class Clip(Function):
    """y = min(max(x, low), high);  dx = dy [low <= x <= high]."""

    @staticmethod
    def forward(ctx: Context, x: Array, low: float | None, high: float | None) -> Array:
        y = xp.clip(x, low, high)
        ctx.save(y == x)
        return y

    @staticmethod
    def backward(ctx: Context, dy: Array) -> Array:
        (inside,) = ctx.saved
        return dy * inside


class Extreme(Function):
    """y = max(a, b) or min(a, b);  the chosen one gets dy, equal ones half each."""

    @staticmethod
    def forward(ctx: Context, a: Array, b: Array, choose: Callable[..., Any]) -> Array:
        y: Array = choose(a, b)
        ctx.save(a, b, y)
        return y

    @staticmethod
    def backward(ctx: Context, dy: Array) -> Any:
        a, b, y = ctx.saved
        share = ((a == y).astype(dy.dtype) + (b != y)) / 2  # of a: 1, 1/2 or 0
        return unbroadcast(dy * share, a.shape), unbroadcast(dy * (1 - share), b.shape)


class Where(Function):
    """y = a where the condition holds, b elsewhere."""

    @staticmethod
    def forward(ctx: Context, a: Array, b: Array, condition: Array) -> Array:
        ctx.save(condition, a.shape, b.shape)
        return xp.where(condition, a, b)

    @staticmethod
    def backward(ctx: Context, dy: Array) -> Any:
        condition, a_shape, b_shape = ctx.saved
        # Chosen rather than multiplied: an infinite dy on the other side must not become NaN.
        return (
            unbroadcast(xp.where(condition, dy, 0), a_shape),
            unbroadcast(xp.where(condition, 0, dy), b_shape),
        )


class AsType(Function):
    """The same numbers in another dtype."""

    @staticmethod
    def forward(ctx: Context, x: Array, dtype: DTypeLike) -> Array:
        return x.astype(dtype)

    @staticmethod
    def backward(ctx: Context, dy: Array) -> Array:
        return dy  # the backward pass casts a gradient to its input's dtype


def exp(x: Operand) -> Tensor:
    """e^x."""
    return Exp.apply(floating(x))


def log(x: Operand) -> Tensor:
    """The natural logarithm."""
    return Log.apply(floating(x))


def sqrt(x: Operand) -> Tensor:
    """The square root."""
    return Sqrt.apply(floating(x))


def tanh(x: Operand) -> Tensor:
    """The hyperbolic tangent."""
    return Tanh.apply(floating(x))


def sigmoid(x: Operand) -> Tensor:
    """1 / (1 + e^-x), without overflow."""
    return Sigmoid.apply(floating(x))


def relu(x: Operand) -> Tensor:
    """max(x, 0), with slope 0 at 0."""
    return Relu.apply(as_tensor(x))


def absolute(x: Operand) -> Tensor:
    """|x|, with slope 0 at 0."""
    return Absolute.apply(as_tensor(x))


def clip(x: Operand, low: float | None = None, high: float | None = None) -> Tensor:
    """x limited to [low, high]; None is no limit. Slope 0 outside, 1 inside and at a limit.

    ValueError if both limits are None or low > high.
    """
    if low is None and high is None:
        raise ValueError("low, high: expected a limit; got None and None")
    if low is not None and high is not None and low > high:
        raise ValueError(f"low: expected at most high = {high}; got {low}")
    return Clip.apply(as_tensor(x), low=low, high=high)


def maximum(a: Operand, b: Operand) -> Tensor:
    """The larger of a and b, elementwise, broadcasting; equal ones share the gradient equally."""
    return Extreme.apply(*common(a, b), choose=xp.maximum)


def minimum(a: Operand, b: Operand) -> Tensor:
    """The smaller of a and b, elementwise, broadcasting; equal ones share the gradient equally."""
    return Extreme.apply(*common(a, b), choose=xp.minimum)


def where(condition: Operand, a: Operand, b: Operand) -> Tensor:
    """a where the condition (boolean, no gradient) holds, b elsewhere; all three broadcast.

    TypeError unless the condition is boolean.
    """
    return Where.apply(*common(a, b), condition=_boolean(condition, "condition"))


def masked_fill(x: Operand, mask: Operand, value: Operand) -> Tensor:
    """The number ``value`` where a mask holds, x elsewhere; no gradient flows to what is filled.

    mask: boolean, of x's shape or one that broadcasts to it; no gradient. Its positive form is
    ``where``. TypeError for another dtype, ValueError for another shape or more than one value.
    """
    x, filled = as_tensor(x, "x"), _boolean(mask, "mask")
    number = as_array(value, name="value")
    if number.ndim != 0:
        raise ValueError(f"value: expected one number; got shape {number.shape}")
    lengths = zip(reversed(filled.shape), reversed(x.shape), strict=False)
    if filled.ndim > x.ndim or any(length not in (1, whole) for length, whole in lengths):
        raise ValueError(
            f"mask: expected shape {x.shape} or one that broadcasts to it; got {filled.shape}"
        )
    return where(filled, value, x)


def _boolean(value: Operand, name: str) -> Array:
    array = as_array(value, name=name)
    if array.dtype != xp.bool_:
        raise TypeError(f"{name}: expected dtype bool; got {array.dtype}")
    return array


def astype(x: Operand, dtype: DTypeLike) -> Tensor:
    """x in another dtype; x itself where it has that dtype already."""
    x = as_tensor(x)
    dtype = real_dtype(dtype)
    return x if x.dtype == dtype else AsType.apply(x, dtype=dtype)
