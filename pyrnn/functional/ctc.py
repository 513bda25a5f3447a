"""Connectionist temporal classification: Graves et al. 2006. The equations stand in
``kernels.ctc``.

Letters: T time, B batch, C symbols and the blank, L symbols of a target.
"""

from __future__ import annotations

from typing import Any, Literal, NoReturn, TypeAlias

from pyrnn.autograd import Context, Function, Tensor
from pyrnn.autograd.operands import Operand, as_integers, floating
from pyrnn.functional.lengths import all_lengths
from pyrnn.functional.losses import Reduction, check_reduction
from pyrnn.kernels import arrays as xp
from pyrnn.kernels import ctc, native
from pyrnn.kernels.arrays import Array
from pyrnn.kernels.ctc_preconditions import check_target_lengths
from pyrnn.kernels.native import plain
from pyrnn.kernels.scalars import integer

Impossible: TypeAlias = Literal["error", "infinite", "zero"]
IMPOSSIBLE: tuple[Impossible, ...] = ("error", "infinite", "zero")


class CtcLoss(Function):
    """The losses of a batch, or their sum or mean, with the gradient that forward has made."""

    @staticmethod
    def forward(
        ctx: Context,
        logits: Array,
        targets: Array,
        lengths: Array,
        target_lengths: Array,
        blank: int,
        reduction: Reduction,
        normalized: bool,
        impossible: Impossible,
    ) -> Array:
        scale = 1.0 / len(lengths) if reduction == "mean" and len(lengths) else 1.0
        losses, dlogits = native.ctc_loss(
            plain(logits),
            targets,
            lengths,
            target_lengths,
            blank,
            normalized=normalized,
            gradient=any(ctx.needs_input_grad),
            scale=scale,
        )
        never = losses == xp.inf
        if impossible == "error" and never.any():
            _refuse(int(xp.flatnonzero(never)[0]), targets, lengths, target_lengths)
        if impossible == "zero":
            losses[never] = 0
        ctx.save(dlogits, reduction == "none")
        if reduction == "none":
            return losses
        # Added in float64, as all losses are.
        total = losses.sum(dtype=xp.float64)
        if reduction == "mean":
            total = total / len(losses) if len(losses) else xp.nan
        return xp.asarray(total, logits.dtype)

    @staticmethod
    def backward(ctx: Context, dy: Array) -> Array:
        dlogits, each = ctx.saved
        if each:
            dy = dy.reshape(-1, 1)
        if ctx.retain_graph:
            return dlogits * dy
        ctx.save()  # nobody needs the saved array again: scale it in its place
        if (dy != 1).any():
            dlogits *= dy
        return dlogits


def ctc_loss(
    logits: Operand,
    targets: Any,
    lengths: Operand | None = None,
    target_lengths: Operand | None = None,
    *,
    blank: int = 0,
    reduction: Reduction = "none",
    normalized: bool = False,
    impossible: Impossible = "error",
) -> Tensor:
    """-ln p(target | frames), in nats, of each sequence: (B,), or their sum or mean.

    Connectionist temporal classification of Graves, Fernández, Gomez and Schmidhuber 2006 (ICML):
    each frame has a symbol or the blank, and a target's probability is that of all labellings of
    the frames that become the target when repeats are merged and blanks taken out. The softmax is
    part of it: the gradient by the logits is p less the share of the labellings that have a symbol
    at a frame.

    logits: (T, B, C); a frame's symbols and the blank lie along the last axis. targets: integers
    (B, L), each in [0, C) and not the blank, or a list of B sequences of any lengths. lengths: (B,)
    integers, the frames of each sequence, from 0 to T; None for T. target_lengths: (B,) integers
    from 0 to L; None for all. Frames and symbols past a length are not read, and have gradients of
    exactly 0.
    blank: which class is the blank.
    reduction: "none" gives (B,), "sum" their sum, "mean" that divided by B. (PyTorch's mean divides
    each loss by the length of its target first.)
    normalized: logits are ln p already, and the gradient is by ln p. (PyTorch returns the gradient
    by logits whose softmax p is.)
    impossible: what becomes of a target that no labelling of its frames stands for, as one longer
    than they are (`ctc_required`): "error" raises, "infinite" gives the loss inf, "zero" the loss
    0; its gradient is 0 in both.

    TypeError, ValueError: an argument of another kind or shape, a symbol that is the blank or
    outside [0, C), or with "error" an impossible target; the message names sequence and place.

    >>> import numpy as np
    >>> uniform = np.zeros((3, 1, 3))  # T = 3, B = 1, C = 3
    >>> ctc_loss(uniform, [[1]]).numpy().round(4), ctc_loss(uniform, [[1, 2]]).numpy().round(4)
    (array([1.5041]), array([1.6864]))
    """
    check_reduction(reduction)
    check_impossible(impossible)
    x = floating(logits)
    if x.ndim != 3:
        raise ValueError(f"logits: expected shape (T, B, C); got {x.shape}")
    steps, batch, _ = x.shape
    symbols, known = _targets(targets, target_lengths, batch)
    frames = all_lengths(lengths, steps, batch)
    result: Tensor = CtcLoss.apply(
        x,
        targets=symbols,
        lengths=plain(frames),
        target_lengths=known,
        blank=integer("blank", blank),
        reduction=reduction,
        normalized=bool(normalized),
        impossible=impossible,
    )
    return result


def ctc_required(targets: Any, target_lengths: Operand | None = None) -> Array:
    """How many frames each target needs: int64 (B,).

    Its symbols, and a blank between any two equal ones that stand side by side. Arguments and
    errors as in `ctc_loss`.

    >>> ctc_required([[1, 2], [1, 1], []])
    array([2, 3, 0])
    """
    return ctc.required_frames(*_targets(targets, target_lengths, None))


def check_impossible(impossible: Impossible) -> Impossible:
    """Raise ValueError unless it is one of IMPOSSIBLE."""
    if impossible not in IMPOSSIBLE:
        raise ValueError(
            f"impossible: expected one of {', '.join(IMPOSSIBLE)}; got {impossible!r:.80}"
        )
    return impossible


def _targets(
    targets: Any, target_lengths: Operand | None, batch: int | None
) -> tuple[Array, Array]:
    """Targets (B, L) and their lengths (B,), int64, as kernels read them."""
    if isinstance(targets, list | tuple) and target_lengths is None:
        rows = [as_integers(row, f"targets[{b}]") for b, row in enumerate(targets)]
        for b, row in enumerate(rows):
            if row.ndim != 1:
                raise ValueError(
                    f"targets[{b}]: expected a sequence of symbols; got shape {row.shape}"
                )
        known = xp.asarray([len(row) for row in rows], dtype=xp.int64)
        symbols = xp.zeros((len(rows), max(map(len, rows), default=0)), xp.int64)
        for b, row in enumerate(rows):
            symbols[b, : len(row)] = row
    else:
        symbols = as_integers(targets, "targets")
        if symbols.ndim != 2:
            raise ValueError(
                f"targets: expected shape (B, L), or a list of sequences; got {symbols.shape}"
            )
        known = _target_lengths(target_lengths, symbols)
    if batch is not None and len(symbols) != batch:
        raise ValueError(f"targets: expected those of B = {batch} sequences; got {len(symbols)}")
    return plain(symbols), plain(known)


def _target_lengths(target_lengths: Operand | None, symbols: Array) -> Array:
    batch, most = symbols.shape
    if target_lengths is None:
        return xp.full(batch, most, dtype=xp.int64)
    known = as_integers(target_lengths, "target_lengths")
    check_target_lengths(plain(known), symbols)
    return known


def _refuse(b: int, symbols: Array, frames: Array, known: Array) -> NoReturn:
    """ValueError: why the target of sequence b has the probability 0."""
    required = int(ctc.required_frames(symbols, known)[b])
    if required <= frames[b]:
        raise ValueError(
            f"targets: expected possible targets; got one of probability 0 in sequence {b} (its "
            "frames exclude a symbol of it, or the blank that it needs)"
        )
    repeats = required - int(known[b])
    raise ValueError(
        f"targets: expected targets that their frames can hold; got {int(known[b])} symbols with "
        f"{repeats} repeats in sequence {b}, which need {required} frames of {int(frames[b])} "
        "(impossible='infinite' or 'zero' lets them pass)"
    )
