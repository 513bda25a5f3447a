"""The array namespace of every layer above the kernels.

    from pyrnn.kernels import arrays as xp

``autograd``, ``functional``, ``nn`` and ``optim`` reach arrays through this module only, so the
same code runs wherever these names exist. Most of them are NumPy's own. The functions defined here
are the operations that a fused kernel may take over without a caller noticing.

They take float32 or float64 and give what they take. The order of every sum depends on shapes and
dtype alone.
"""

# ruff: noqa: A001, A004  (some of NumPy's names are builtins' too)

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy

# "as" makes a name part of this namespace.
from numpy import abs as abs
from numpy import any as any
from numpy import arange as arange
from numpy import argmax as argmax
from numpy import argwhere as argwhere
from numpy import array as array
from numpy import array_equal as array_equal
from numpy import asarray as asarray
from numpy import ascontiguousarray as ascontiguousarray
from numpy import bool_ as bool_
from numpy import broadcast_to as broadcast_to
from numpy import clip as clip
from numpy import concatenate as concatenate
from numpy import copyto as copyto
from numpy import count_nonzero as count_nonzero
from numpy import cumsum as cumsum
from numpy import dtype as dtype
from numpy import empty as empty
from numpy import errstate as errstate
from numpy import exp as exp
from numpy import expand_dims as expand_dims
from numpy import eye as eye
from numpy import flatnonzero as flatnonzero
from numpy import float32 as float32
from numpy import float64 as float64
from numpy import full as full
from numpy import generic as generic
from numpy import inf as inf
from numpy import int64 as int64
from numpy import isfinite as isfinite
from numpy import isnan as isnan
from numpy import log as log
from numpy import log1p as log1p
from numpy import maximum as maximum
from numpy import may_share_memory as may_share_memory
from numpy import mean as mean
from numpy import min as min
from numpy import minimum as minimum
from numpy import moveaxis as moveaxis
from numpy import nan as nan
from numpy import ndarray as ndarray
from numpy import ones as ones
from numpy import promote_types as promote_types
from numpy import result_type as result_type
from numpy import searchsorted as searchsorted
from numpy import sign as sign
from numpy import sqrt as sqrt
from numpy import squeeze as squeeze
from numpy import stack as stack
from numpy import swapaxes as swapaxes
from numpy import transpose as transpose
from numpy import where as where
from numpy import zeros as zeros
from numpy import zeros_like as zeros_like
from numpy.typing import ArrayLike as ArrayLike
from numpy.typing import DTypeLike as DTypeLike
from numpy.typing import NDArray

from pyrnn.kernels import native, updates
from pyrnn.kernels.stack import FLOATS as FLOATS
from pyrnn.kernels.updates import rmsprop_update as rmsprop_update

Array: TypeAlias = NDArray[Any]
Axis: TypeAlias = int | tuple[int, ...] | None

# What the memory of the kernels' arrays hangs on: their base.
Capsule = type(native.sigmoid(numpy.zeros(1, numpy.float32)).base)


def _real(first: Array, *others: Array | None) -> bool:
    """Whether all arrays (None aside) are of one floating dtype: the kernels take such, a copy of
    what is not contiguous, so that no result depends on how its operands lie in memory."""
    dtype = first.dtype
    for other in others:
        if other is not None and other.dtype != dtype:
            return False
    return dtype in FLOATS


def _fits_kernels(first: Array, *others: Array | None) -> bool:
    """Whether all arrays (None aside) are of one floating dtype and contiguous."""
    for given in (first, *others):
        if given is not None:
            flags = given.flags
            if not (flags.c_contiguous and flags.aligned):
                return False
    return _real(first, *others)


if TYPE_CHECKING:
    from numpy import random as random
    from numpy.random import Generator as Generator
else:

    def __getattr__(name: str) -> Any:
        """random and Generator load when first used: NumPy itself does without, 9 ms sooner."""
        if name == "random":
            return numpy.random
        if name == "Generator":
            return numpy.random.Generator
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def sum(x: Array, axis: Axis = None, keepdims: bool = False, **options: Any) -> Array:
    """The sum over axes: ``numpy.sum`` itself, a microsecond sooner."""
    return numpy.add.reduce(x, axis, keepdims=keepdims, **options)


def max(x: Array, axis: Axis = None, keepdims: bool = False, **options: Any) -> Array:
    """The largest element over axes: ``numpy.max`` itself, a microsecond sooner."""
    return numpy.maximum.reduce(x, axis, keepdims=keepdims, **options)


def matmul(a: Array, b: Array) -> Array:
    """The product of two matrices, or of two stacks of matrices.

    a (..., M, K) and b (..., K, N) give (..., M, N); leading axes broadcast. Any strides.
    """
    alike = a.ndim == b.ndim == 2 and a.dtype == b.dtype and a.shape[1] == b.shape[0]
    if alike and a.dtype in FLOATS:
        return native.product(a, b)
    return numpy.matmul(a, b)


def affine(x: Array, weight: Array, bias: Array | None) -> Array:
    """x W^T + b: x (N, I), weight (O, I), bias (O,) or None give (N, O).

    A sum starts at its bias.
    """
    if _real(x, weight, bias):
        return native.product(x, weight.T, None if bias is None else native.plain(bias))
    return matmul(x, weight.T) if bias is None else matmul(x, weight.T) + bias


def tanh(x: Array) -> Array:
    """tanh(x), elementwise."""
    return native.tanh(native.plain(x)) if _real(x) else numpy.tanh(x)


def sigmoid(x: Array) -> Array:
    """1 / (1 + exp(-x)), elementwise: no overflow; full relative accuracy as long as the result is
    a normal number."""
    if _real(x):
        return native.sigmoid(native.plain(x))
    e = numpy.exp(-numpy.abs(x))  # in (0, 1]
    one = e.dtype.type(1)  # not 1: NumPy 1 would make float64 of an array without axes
    return numpy.where(x >= 0, one, e) / (one + e)


def softmax(x: Array, axis: int) -> Array:
    """e^x / sum e^x along an axis, without overflow."""
    if (axis == -1 or axis == x.ndim - 1) and x.ndim > 0 and _real(x):
        return native.softmax(native.plain(x))
    y = x - max(x, axis, keepdims=True)
    numpy.exp(y, out=y)
    y /= sum(y, axis, keepdims=True)
    return y


def dropout(x: Array, p: float, seed: int) -> Array:
    """x times a mask that is 1 / (1 - p) with probability 1 - p, else 0: see ``kernels.dropout``.

    The seed, in [0, 2**64), tells the mask: the same call on a gradient is the backward pass.
    """
    if x.dtype in FLOATS:
        return native.dropout(x, p, seed)
    from pyrnn.kernels.dropout import masked  # seldom needed, so not loaded with the rest

    return masked(x, p, seed)


def relu(x: Array) -> Array:
    """max(x, 0), elementwise; NaN stays NaN."""
    return numpy.maximum(x, x.dtype.type(0))


def softmax_cross_entropy(
    logits: Array,
    targets: Array,
    class_weights: Array | None = None,
    ignore_index: int = -100,
    *,
    gradient: bool = True,
    scale: float = 1.0,
    overwrite: bool = False,
) -> tuple[Array, Array, Array | None]:
    """The cross-entropy of a softmax, together with its gradient.

    p      = softmax(logits[n])
    loss_n = -w_n log p[target_n]               w_n = class_weights[target_n] or 1; 0 if ignored
    d_n    = scale w_n (p - onehot(target_n))

    logits (N, V). targets (N,) int64, each in [0, V) or equal to ignore_index: not checked here.
    class_weights (V,), in the dtype of logits.
    Returns losses (N,), weights w (N,), dlogits (N, V); dlogits is None unless ``gradient``.
    With ``overwrite`` dlogits stand where the logits stood; else these stay as they are.
    """
    kept = targets != ignore_index
    safe = numpy.where(kept, targets, 0)
    weights = kept.astype(logits.dtype)
    if class_weights is not None:
        weights *= class_weights[safe]
    if _real(logits) and logits.size:
        in_place = overwrite and _fits_kernels(logits)
        losses, dlogits = native.cross_entropy(
            native.plain(logits), safe, weights, gradient, scale, in_place
        )
        if overwrite and dlogits is not None and not in_place:
            logits[...] = dlogits
            dlogits = logits
        return losses, weights, dlogits

    rows = numpy.arange(len(targets))
    largest = logits.max(axis=1, keepdims=True)
    # (N, V), shifted: the largest is 0
    exps = numpy.subtract(logits, largest, out=logits if overwrite and gradient else None)
    picked = exps[rows, safe]
    numpy.exp(exps, out=exps)
    total = exps.sum(axis=1)
    losses = numpy.log(total) - picked
    losses[weights == 0] = 0  # a row that does not count may hold an infinite loss
    losses *= weights
    if not gradient:
        return losses, weights, None
    dlogits, factors = exps, weights * weights.dtype.type(scale)
    dlogits *= (factors / total)[:, None]
    dlogits[rows, safe] -= factors
    return losses, weights, dlogits


def adam_update(
    p: Array,
    g: Array,
    m: Array,
    v: Array,
    vmax: Array | None,
    lr: float,
    beta1: float,
    beta2: float,
    eps: float,
    weight_decay: float,
    decoupled: bool,
    step: int,
    ids: Array | None = None,
) -> None:
    """One step of Adam, AMSGrad or AdamW in place: see ``updates.adam_update``."""
    if not _fits_kernels(p, g, m, v, vmax):
        rates = (lr, beta1, beta2, eps, weight_decay, decoupled, step)
        updates.adam_update(p, g, m, v, vmax, *rates, ids)
        return
    p, g, m, v = p.reshape(-1), g.reshape(-1), m.reshape(-1), v.reshape(-1)
    vmax = None if vmax is None else vmax.reshape(-1)
    native.adam(p, g, m, v, vmax, lr, beta1, beta2, eps, weight_decay, decoupled, step, ids)


def sgd_update(
    p: Array,
    g: Array,
    momentum_buffer: Array | None,
    lr: float,
    momentum: float,
    nesterov: bool,
    weight_decay: float,
    ids: Array | None = None,
) -> None:
    """One step of gradient descent in place: see ``updates.sgd_update``, whose bits it gives."""
    rates = (lr, momentum, nesterov, weight_decay)
    if not _fits_kernels(p, g, momentum_buffer):
        updates.sgd_update(p, g, momentum_buffer, *rates, ids)
        return
    buffer = None if momentum_buffer is None else momentum_buffer.reshape(-1)
    native.sgd(p.reshape(-1), g.reshape(-1), buffer, *rates, ids)


def square_norm(x: Array, ids: Array | None = None) -> float:
    """The sum of the squares of all elements, added in float64.

    ids: x (N, E) are these rows, distinct and rising, of a table that is zero elsewhere; the sum
    has the bits of the whole table's.
    """
    return native.square_norm(x.reshape(-1), ids) if _fits_kernels(x) else updates.square_norm(x)


def gather_rows(table: Array, ids: Array) -> Array:
    """table[ids]: table (V, E) and ids int64 of any shape S give (S, E).

    IndexError for an id that is no row.
    """
    if table.ndim == 2 and _fits_kernels(table):
        return native.gather_rows(table, ids)
    if ids.size and ids.min() < 0:
        raise IndexError(f"ids: expected rows from 0 on; got {int(ids.min())}")
    return numpy.take(table, ids, axis=0)


def scatter_add_rows(shape: tuple[int, ...], ids: Array, values: Array) -> Array:
    """out[ids[n]] += values[n] on zeros, one n after the other.

    shape (V, E) is the result's; ids int64 of any shape S; values (S, E). IndexError for an id
    that is no row.
    """
    if values.dtype in FLOATS:
        width = math.prod(shape[1:])  # E
        rows = values.reshape(ids.size, width)
        return native.scatter_rows(shape[0], ids.reshape(-1), rows).reshape(shape)
    out = numpy.zeros(shape, values.dtype)
    numpy.add.at(out, ids, values)
    return out


def sum_rows(
    count: int, ids: Array, values: Array, omitted: int | None = None
) -> tuple[Array, Array]:
    """The distinct ones of many ids, rising, and for each the sum of its values, added to zero in
    their order.

    ids (N,) int64, each in [0, count), else IndexError; values (N, E). An id that is ``omitted``
    counts for nothing. Returns ids (K,) and sums (K, E).
    """
    if values.ndim == 2 and values.dtype in FLOATS:
        return native.sum_rows(count, ids, values, omitted)
    if omitted is not None:
        ids, values = ids[ids != omitted], values[ids != omitted]
    distinct, places = numpy.unique(ids, return_inverse=True)
    shape = (distinct.size, *values.shape[1:])
    return distinct, scatter_add_rows(shape, places.reshape(-1), values)


def add_at(out: Array, index: Any, values: Array) -> None:
    """out[index] += values in place, where repeated elements add up in the order of ``values``."""
    numpy.add.at(out, index, values)
