"""Losses. How a loss is reduced is always said: a learning rate or a clipping bound means one
thing with a mean and another with a sum."""

from __future__ import annotations

from typing import Literal, TypeAlias

from pyrnn.autograd import Context, Function, Tensor
from pyrnn.autograd.operands import (
    Operand,
    as_array,
    as_integers,
    as_tensor,
    common,
    floating,
)
from pyrnn.autograd.operations.linear_algebra import as_rows
from pyrnn.kernels import arrays as xp
from pyrnn.kernels.arrays import Array
from pyrnn.kernels.scalars import integer, real

Reduction: TypeAlias = Literal["mean", "sum", "none"]
REDUCTIONS: tuple[Reduction, ...] = ("mean", "sum", "none")


class CrossEntropy(Function):
    """The losses of rows n with targets t, where p = softmax(logits_n) and w is the class weight:

        loss_n = -w_t log p_t        dlogits_n = w_t (p - onehot(t)) dloss_n

    and, with label smoothing e (Szegedy et al. 2016), over the V classes c:

        q_c    = (1 - e) w_t onehot(t)_c + e / V w_c        Q = sum_c q_c
        loss_n = -sum_c q_c log p_c                         dlogits_n = (Q p - q) dloss_n

    "sum" adds the losses up, "mean" divides that by the sum of the w_t, smoothed or not.
    """

    @staticmethod
    def forward(
        ctx: Context,
        logits: Array,
        targets: Array,
        weight: Array | None,
        ignore_index: int,
        reduction: Reduction,
        label_smoothing: float,
    ) -> Array:
        given = as_rows(logits), targets.reshape(-1), weight, ignore_index
        gradient = any(ctx.needs_input_grad)
        if label_smoothing:
            losses, weights, dlogits = _smoothed(*given, label_smoothing, gradient)
        else:
            losses, weights, dlogits = xp.softmax_cross_entropy(*given, gradient=gradient)
        if reduction == "none":
            ctx.save(dlogits, logits.shape, None)
            return losses.reshape(targets.shape)
        # Added in float64: a batch has many more tokens than float32 has digits.
        total = losses.sum(dtype=xp.float64)
        divisor = float(weights.sum(dtype=xp.float64)) if reduction == "mean" else 1.0
        ctx.save(dlogits, logits.shape, divisor)
        loss = total / divisor if divisor != 0 else xp.nan
        return xp.asarray(loss, logits.dtype)

    @staticmethod
    def backward(ctx: Context, dy: Array) -> Array:
        dlogits, shape, divisor = ctx.saved
        if divisor is None:
            scale = dy.reshape(-1, 1)
        else:
            scale = dy / divisor if divisor != 0 else dy.dtype.type(0)
        if ctx.retain_graph:
            return (dlogits * scale).reshape(shape)
        ctx.save()  # nobody needs the saved array again: scale it in its place
        dlogits *= scale
        return dlogits.reshape(shape)


def _smoothed(
    logits: Array,
    targets: Array,
    weight: Array | None,
    ignore_index: int,
    e: float,
    gradient: bool,
) -> tuple[Array, Array, Array | None]:
    """losses (N,), weights w_t (N,), dlogits (N, V) with smoothed labels; ignored rows count 0.

    The kernel is asked for the likeliest class m, in the place of the target: so

        -log p_c = -log p_m + (logits_m - logits_c)

    adds what is not negative, and no digits cancel.
    """
    logits = xp.ascontiguousarray(logits)  # each sum over classes in one order
    rows, V = xp.arange(len(targets)), logits.shape[1]
    w = xp.ones(V, logits.dtype) if weight is None else weight  # (V,)
    kept = targets != ignore_index
    t = xp.where(kept, targets, 0)
    weights = kept * w[t]
    q = kept[:, None] * (e / V * w)  # (N, V)
    q[rows, t] += (1 - e) * weights
    m = logits.argmax(axis=1)
    least, _, dlogits = xp.softmax_cross_entropy(logits, m, gradient=gradient)
    with xp.errstate(invalid="ignore"):  # rows without a finite logit: NaN, as without smoothing
        nats = least[:, None] + (logits[rows, m][:, None] - logits)  # -log p, (N, V)
    nats[q == 0] = 0  # what does not count may be impossible: 0 log 0 = 0
    losses = (q * nats).sum(axis=1)
    if dlogits is not None:
        dlogits[rows, m] += 1  # p
        dlogits *= q.sum(axis=1)[:, None]
        dlogits -= q
    return losses, weights, dlogits


class BinaryCrossEntropy(Function):
    """loss = (1 - t) x + k softplus(-x), k = 1 + (q - 1) t;  dx = dloss (1 - t - k sigmoid(-x)).

    x logits, t targets, q the weight of the positive class; k = 1 where q = 1.
    """

    @staticmethod
    def forward(ctx: Context, x: Array, t: Array, q: Array | None) -> Array:
        k = 1 if q is None else 1 + (q - 1) * t
        ctx.save(x, t, k)
        return (1 - t) * x + k * (xp.maximum(-x, 0) + xp.log1p(xp.exp(-xp.abs(x))))

    @staticmethod
    def backward(ctx: Context, dy: Array) -> tuple[Array, None, None]:
        x, t, k = ctx.saved
        return dy * ((1 - t) - k * xp.sigmoid(-x)), None, None


def cross_entropy(
    logits: Operand,
    targets: Operand,
    weight: Operand | None = None,
    ignore_index: int = -100,
    *,
    label_smoothing: float = 0.0,
    reduction: Reduction,
) -> Tensor:
    """The cross-entropy, in nats, of softmax(logits) against class numbers.

    logits (..., V): the classes lie along the last axis. targets: integers (...), each in [0, V) or
    equal to ignore_index, which counts nothing. weight (V,): what each class counts, a constant.
    label_smoothing: e, from 0 (the default) to 1: the target is 1 - e of its class and e / V of
    every class (Szegedy et al. 2016, Rethinking the Inception architecture for computer vision),
    each class with its own weight, as in PyTorch.
    reduction: "none" gives the weighted losses (...), "sum" their sum, "mean" that sum divided by
    the sum of the targets' weights, as PyTorch does (NaN where nothing counts).

    TypeError: targets are not integers. ValueError: shapes disagree, a weight is not finite, or
    label_smoothing is outside [0, 1]. IndexError: a target is outside [0, V).
    """
    check_reduction(reduction)
    label_smoothing = check_label_smoothing(label_smoothing)
    logits = floating(logits)
    if logits.ndim == 0 or logits.shape[-1] == 0:
        raise ValueError(f"logits: expected shape (..., V) with V > 0; got {logits.shape}")
    classes = logits.shape[-1]
    ignore_index = integer("ignore_index", ignore_index)
    labels = as_integers(targets, "targets", IndexError)
    check_targets(labels, logits.shape[:-1], classes, ignore_index, "logits")
    weights = None if weight is None else as_array(weight, logits.dtype, "weight")
    if weights is not None and weights.shape != (classes,):
        raise ValueError(f"weight: expected shape (V,) = {(classes,)}; got {weights.shape}")
    if weights is not None and not xp.isfinite(weights).all():
        wrong = int(xp.argwhere(~xp.isfinite(weights))[0, 0])
        raise ValueError(f"weight: expected finite numbers; got {weights[wrong]} at {wrong}")
    return CrossEntropy.apply(
        logits,
        targets=labels,
        weight=weights,
        ignore_index=ignore_index,
        reduction=reduction,
        label_smoothing=label_smoothing,
    )


def binary_cross_entropy_with_logits(
    logits: Operand,
    targets: Operand,
    weight: Operand | None = None,
    pos_weight: Operand | None = None,
    *,
    reduction: Reduction,
) -> Tensor:
    """The cross-entropy, in nats, of sigmoid(logits) against targets from 0 to 1.

    logits and targets of one shape. weight: multiplies each loss; pos_weight: multiplies what the
    positive class contributes; both broadcast to that shape. Only logits get a gradient.
    reduction: "none", "sum", or "mean" over all elements (weights do not enter the divisor).

    ValueError: shapes disagree, or a target is outside [0, 1].
    """
    check_reduction(reduction)
    logits = floating(logits)
    labels = as_array(targets, logits.dtype, "targets")
    _check_same_shape(labels.shape, logits.shape)
    wrong = ~((labels >= 0) & (labels <= 1))  # catches NaN too
    if wrong.any():
        place = tuple(int(i) for i in xp.argwhere(wrong)[0])
        raise ValueError(f"targets: expected values from 0 to 1; got {labels[place]} at {place}")
    positive = _constant_weight("pos_weight", pos_weight, logits)
    losses: Tensor = BinaryCrossEntropy.apply(logits, labels, positive)
    factor = _constant_weight("weight", weight, logits)
    return _reduce(losses if factor is None else losses * factor, reduction)


def mse_loss(predictions: Operand, targets: Operand, *, reduction: Reduction) -> Tensor:
    """The squared error (predictions - targets)^2 of two tensors of one shape.

    reduction: "none", "sum", or "mean" over all elements. ValueError where shapes disagree.
    """
    check_reduction(reduction)
    return _reduce(_difference(predictions, targets) ** 2, reduction)


def l1_loss(predictions: Operand, targets: Operand, *, reduction: Reduction) -> Tensor:
    """The absolute error |predictions - targets| of two tensors of one shape.

    reduction: "none", "sum", or "mean" over all elements. ValueError where shapes disagree.
    """
    check_reduction(reduction)
    return _reduce(abs(_difference(predictions, targets)), reduction)


def _difference(predictions: Operand, targets: Operand) -> Tensor:
    a, b = common(predictions, targets)
    _check_same_shape(b.shape, a.shape)  # broadcasting here is nearly always a mistake
    return as_tensor(floating(a)) - floating(b)


def _constant_weight(name: str, weight: Operand | None, logits: Tensor | Array) -> Array | None:
    """A weight as an array of the logits' shape and dtype."""
    if weight is None:
        return None
    array = as_array(weight, logits.dtype, name)
    try:
        return xp.broadcast_to(array, logits.shape)
    except ValueError:
        raise ValueError(
            f"{name}: expected a shape that broadcasts to {logits.shape}; got {array.shape}"
        ) from None


def check_targets(
    labels: Array, shape: tuple[int, ...], classes: int, ignore_index: int, name: str
) -> None:
    """Raise ValueError unless labels have this shape, that of the argument `name` without its last
    axis; IndexError unless each is in [0, classes) or equal to ignore_index."""
    if labels.shape != shape:
        whole = (*shape, classes)
        second = len(whole) > 2 and labels.shape == (whole[0], *whole[2:])  # PyTorch's (N, C, T)
        order = ", ".join(map(str, (0, *range(2, len(whole)), 1)))
        hint = f" (classes stand last here: pass {name}.transpose({order}))" if second else ""
        raise ValueError(
            f"targets: expected shape {shape}, that of {name} without its last axis; "
            f"got {labels.shape}{hint}"
        )
    wrong = ((labels < 0) | (labels >= classes)) & (labels != ignore_index)
    if wrong.any():
        place = tuple(int(i) for i in xp.argwhere(wrong)[0])
        raise IndexError(
            f"targets: expected values from 0 to V - 1 = {classes - 1}, or ignore_index = "
            f"{ignore_index}; got {int(labels[place])} at {place}"
        )


def check_label_smoothing(label_smoothing: float) -> float:
    """It as a float. TypeError for what is no number, ValueError for one outside [0, 1]."""
    return real("label_smoothing", label_smoothing, least=0, most=1)


def check_reduction(reduction: str) -> None:
    """Raise ValueError unless it is one of REDUCTIONS."""
    if reduction not in REDUCTIONS:
        raise ValueError(
            f"reduction: expected one of {', '.join(REDUCTIONS)}; got {reduction!r:.80}"
        )


def _check_same_shape(targets: tuple[int, ...], expected: tuple[int, ...]) -> None:
    if targets != expected:
        raise ValueError(f"targets: expected shape {expected}; got {targets}")


def _reduce(losses: Tensor, reduction: Reduction) -> Tensor:
    if reduction == "none":
        return losses
    return losses.mean() if reduction == "mean" else losses.sum()
