"""Softmax and its relatives; the elementwise activations are a tensor's own methods."""

from __future__ import annotations

from pyrnn.autograd import Context, Function, Tensor
from pyrnn.autograd.keywords import numpys_keywords
from pyrnn.autograd.operands import Operand, floating
from pyrnn.kernels import arrays as xp
from pyrnn.kernels.arrays import Array


class Softmax(Function):
    """y = e^x / sum e^x;  dx = y (dy - sum dy y)."""

    gives_views = False

    @staticmethod
    def forward(ctx: Context, x: Array, axis: int) -> Array:
        y = xp.softmax(x, axis)
        ctx.save(y, axis)
        return y

    @staticmethod
    def backward(ctx: Context, dy: Array) -> Array:
        y, axis = ctx.saved
        return y * (dy - xp.sum(dy * y, axis=axis, keepdims=True))


class LogSoftmax(Function):
    """y = x - log sum e^x;  dx = dy - e^y sum dy."""

    gives_views = False

    @staticmethod
    def forward(ctx: Context, x: Array, axis: int) -> Array:
        y = x - xp.max(x, axis=axis, keepdims=True)
        y -= xp.log(xp.sum(xp.exp(y), axis=axis, keepdims=True))
        ctx.save(y, axis)
        return y

    @staticmethod
    def backward(ctx: Context, dy: Array) -> Array:
        y, axis = ctx.saved
        return dy - xp.exp(y) * xp.sum(dy, axis=axis, keepdims=True)


class LogSumExp(Function):
    """y = log sum e^x;  dx = dy softmax(x)."""

    @staticmethod
    def forward(ctx: Context, x: Array, axis: int, keepdims: bool) -> Array:
        largest = xp.max(x, axis=axis, keepdims=True)
        exps = _exp_shifted(x, axis)
        total = xp.sum(exps, axis=axis, keepdims=True)
        exps /= total
        ctx.save(exps, axis, keepdims)
        y = largest + xp.log(total)
        return y if keepdims else xp.squeeze(y, axis=axis)

    @staticmethod
    def backward(ctx: Context, dy: Array) -> Array:
        softmax_x, axis, keepdims = ctx.saved
        return softmax_x * (dy if keepdims else xp.expand_dims(dy, axis))


class Softplus(Function):
    """y = log(1 + e^x);  dx = dy sigmoid(x)."""

    @staticmethod
    def forward(ctx: Context, x: Array) -> Array:
        ctx.save(x)
        return xp.maximum(x, 0) + xp.log1p(xp.exp(-xp.abs(x)))

    @staticmethod
    def backward(ctx: Context, dy: Array) -> Array:
        (x,) = ctx.saved
        return dy * xp.sigmoid(x)


@numpys_keywords
def softmax(x: Operand, axis: int = -1) -> Tensor:
    """e^x / sum e^x along an axis, without overflow. Elements -inf get probability 0."""
    return Softmax.apply(floating(x), axis=axis)


@numpys_keywords
def log_softmax(x: Operand, axis: int = -1) -> Tensor:
    """The logarithm of softmax along an axis, accurate where softmax is near 0."""
    return LogSoftmax.apply(floating(x), axis=axis)


@numpys_keywords
def logsumexp(x: Operand, axis: int = -1, keepdims: bool = False) -> Tensor:
    """log sum e^x along an axis, without overflow."""
    return LogSumExp.apply(floating(x), axis=axis, keepdims=keepdims)


def softplus(x: Operand) -> Tensor:
    """log(1 + e^x), elementwise, without overflow; log sigmoid(x) is -softplus(-x)."""
    return Softplus.apply(floating(x))


def _exp_shifted(x: Array, axis: int) -> Array:
    """e^(x - max x) along an axis: a new array, its largest element 1."""
    shifted = x - xp.max(x, axis=axis, keepdims=True)
    return xp.exp(shifted, out=shifted)
