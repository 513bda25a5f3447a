"""Ragged batches outside of the recurrent layers: masks, and what reads the steps within a length.

Letters: T time, B batch. lengths (B,): integers from 0 to T, in any order; None stands for T.
"""

from __future__ import annotations

from typing import Any

from pyrnn.autograd import Context, Function, Tensor
from pyrnn.autograd.keywords import numpys_keywords
from pyrnn.autograd.operands import Operand, as_integers, floating
from pyrnn.kernels import arrays as xp
from pyrnn.kernels.arrays import Array
from pyrnn.kernels.scalars import integer


class MaskedSoftmax(Function):
    """y = e^x / sum e^x over the valid x, 0 elsewhere;  dx = y (dy - sum dy y), 0 elsewhere."""

    @staticmethod
    def forward(ctx: Context, x: Array, valid: Array, axis: int) -> Array:
        y = xp.where(valid, x, x.dtype.type(-xp.inf))
        # In a batch without steps nothing is the largest
        largest = xp.max(y, axis=axis, keepdims=True) if y.size else y
        with xp.errstate(invalid="ignore"):  # of a network that has diverged
            y -= xp.where(xp.isfinite(largest), largest, 0)  # -inf where nothing is valid
            xp.exp(y, out=y)
        total = xp.expand_dims(sum_over_time(xp.moveaxis(y, axis, 0)), axis)
        y /= xp.where(total == 0, total.dtype.type(1), total)
        ctx.save(y, valid, axis)
        return y

    @staticmethod
    def backward(ctx: Context, dy: Array) -> Array:
        y, valid, axis = ctx.saved
        dy = xp.where(valid, dy, dy.dtype.type(0))
        return y * (dy - xp.sum(dy * y, axis=axis, keepdims=True))


def mask(lengths: Operand, steps: int | None = None, *, batch_first: bool = False) -> Tensor:
    """Which steps lie within the lengths: bool (T, B), or (B, T) if ``batch_first``.

    lengths: (B,). steps: T; None for the longest length. `where` reads it:
    ``functional.where(functional.mask(lengths, T)[..., None], y, 0.0)``.

    TypeError: lengths are no integers. ValueError: they are not (B,), or outside [0, T].

    >>> mask([2, 0, 1]).numpy()
    array([[ True, False,  True],
           [ True, False, False]])
    """
    array = as_integers(lengths, "lengths")
    if array.ndim != 1:
        raise ValueError(f"lengths: expected 1 axes (B,); got shape {array.shape}")
    if steps is None:
        steps = max(int(array.max()), 0) if array.size else 0
    steps = integer("steps", steps, least=0)
    valid = within(check_lengths(array, steps, len(array)), steps)
    return Tensor(xp.ascontiguousarray(valid.T) if batch_first else valid)


@numpys_keywords
def masked_softmax(scores: Operand, lengths: Operand | None, axis: int = 0) -> Tensor:
    """e^x / sum e^x along an axis, the sum over the steps within each length alone.

    scores: time lies along ``axis``, the batch along the first of the others, so (T, B, ...) with
    axis 0 and (B, T, ...) with axis 1; (B, Q, T) with axis -1 holds the scores of Q queries.
    lengths: (B,) or None. Gives exactly 0 past a length, whatever stands there, and 0 everywhere in
    a row of length 0; the gradient past a length is exactly 0 too.

    TypeError, ValueError: lengths or axis do not fit scores.

    >>> masked_softmax([[0.0, 0.0], [0.0, 9.0]], [2, 1]).numpy()
    array([[0.5, 1. ],
           [0.5, 0. ]], dtype=float32)
    """
    x = floating(scores)
    axis = integer("axis", axis)
    if x.ndim < 2 or not -x.ndim <= axis < x.ndim:
        raise ValueError(
            f"scores: expected an axis of time, axis={axis}, and one of the batch; "
            f"got shape {x.shape}"
        )
    axis %= x.ndim
    batch = 1 if axis == 0 else 0
    known = all_lengths(lengths, x.shape[axis], x.shape[batch])
    valid = within(known, x.shape[axis])  # (T, B)
    shape = [1] * x.ndim
    shape[axis], shape[batch] = valid.shape
    return MaskedSoftmax.apply(
        x, valid=(valid if axis < batch else valid.T).reshape(shape), axis=axis
    )


def sum_over_time(x: Array, valid: Array | None = None) -> Array:
    """The sum over the first axis, (T, ...) -> (...), its elements added one after the other.

    valid: which count; None: all. So zeros at the end change no bit, and a sequence has the same
    sum in every batch. NumPy adds a single column in another order, by halves.
    """
    x = xp.ascontiguousarray(x)
    if x.size != len(x) or x.size == 0:
        return xp.sum(x, axis=0) if valid is None else xp.sum(x, axis=0, where=valid)
    if valid is not None:
        x = xp.where(valid, x, x.dtype.type(0))
    return xp.cumsum(x, axis=0)[-1]


def within(lengths: Array, steps: int) -> Array:
    """bool (T, B): whether step t lies within length b."""
    return xp.arange(steps)[:, None] < lengths


def all_lengths(lengths: Any, steps: int, batch: int, letter: str = "T") -> Array:
    """lengths int64 (B,) out of an argument; None stands for T. Errors as in `check_lengths`."""
    if lengths is None:
        return xp.full(batch, steps, dtype=xp.int64)
    return check_lengths(as_integers(lengths, "lengths"), steps, batch, letter)


def check_lengths(lengths: Array, steps: int, batch: int, letter: str = "T") -> Array:
    """The same, or ValueError unless they are (B,) and from 0 to T, or what the letter says."""
    if lengths.ndim != 1:
        raise ValueError(f"lengths: expected 1 axes (B,); got shape {lengths.shape}")
    if len(lengths) != batch:
        raise ValueError(f"lengths: expected shape (B,) = ({batch},); got {lengths.shape}")
    wrong = xp.flatnonzero((lengths < 0) | (lengths > steps))
    if len(wrong):
        row = int(wrong[0])
        raise ValueError(
            f"lengths: expected values from 0 to {letter} = {steps}; got {int(lengths[row])} at "
            f"row {row}"
        )
    return lengths
