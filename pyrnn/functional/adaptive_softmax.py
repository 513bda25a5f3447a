"""The softmax over many classes: frequent ones in a head, the others in clusters of a tail.

Grave, Joulin, Cissé, Grangier and Jégou 2017 (arXiv 1609.04309). The classes are numbered by
falling frequency, and cut at c_0 < c_1 < ... < c_K = V. With the hidden vector h (I,):

    q    = softmax(W_0 h + b_0)          (c_0 + K): the frequent classes, then one for each cluster
    p(v) = q[v]                                                       v < c_0
    p(v) = q[c_0 + k - 1] softmax(U_k P_k h)[v - c_{k-1}]             c_{k-1} <= v < c_k

P_k (E_k, I) is narrow, E_k < I: rare classes have short vectors. Nothing is approximated: the p(v)
add up to 1. It is cheap since a cluster's product is done for the rows alone whose target lies in
it. With K = 0 this is the plain softmax of an affine map.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from pyrnn.autograd import Context, Function, Tensor
from pyrnn.autograd.operands import Operand, as_integers, common
from pyrnn.autograd.operations.indexing import concatenate
from pyrnn.autograd.operations.linear_algebra import as_rows
from pyrnn.functional.activations import log_softmax
from pyrnn.functional.linear import linear
from pyrnn.functional.losses import Reduction, check_reduction, check_targets
from pyrnn.kernels import arrays as xp
from pyrnn.kernels.arrays import Array

IGNORED = -100  # the target of a row that does not count, inside here


class Member(NamedTuple):
    """What backward needs of a cluster and of the n rows whose targets lie in it."""

    rows: Array  # (n,) their numbers
    x: Array  # (n, I)
    narrow: Array  # (n, E_k) = x P_k^T
    dlogits: Array | None  # (n, c_k - c_{k-1}), where a gradient is wanted


class AdaptiveCrossEntropy(Function):
    """loss_n = -log p(target_n | x_n); head and clusters as above, one node for all of it.

    With dz = s_n (softmax - onehot), s_n the factor of row n:  dW = dz^T x, db = sum dz, dx = dz W.
    The logits become dz where they stand: they are the largest arrays by far. s_n goes to x and to
    dx, which are narrow, rather than to dz.
    """

    @staticmethod
    def forward(
        ctx: Context,
        x: Array,
        weight: Array,
        bias: Array | None,
        *tail: Array,
        targets: Array,
        cutoffs: tuple[int, ...],
        ignore_index: int,
        reduction: Reduction,
    ) -> Array:
        rows, labels = xp.ascontiguousarray(as_rows(x)), targets.reshape(-1)  # (N, I), (N,)
        kept = labels != ignore_index
        divisor = int(xp.count_nonzero(kept)) if reduction == "mean" else 1
        options: Any = {
            "gradient": any(ctx.needs_input_grad),
            "scale": 1 / divisor if divisor else 0.0,
            "overwrite": True,
        }
        cluster = xp.searchsorted(xp.asarray(cutoffs[:-1], xp.int64), labels, side="right")  # (N,)
        heads = xp.where(cluster > 0, cutoffs[0] + cluster - 1, labels)
        heads = xp.where(kept, heads, IGNORED)
        losses, _, dhead = xp.softmax_cross_entropy(
            xp.affine(rows, weight, bias), heads, None, IGNORED, **options
        )
        members = []
        for k, (P, U) in enumerate(zip(tail[::2], tail[1::2], strict=True), start=1):
            at = xp.flatnonzero(kept & (cluster == k))
            chosen = rows[at]
            narrow = xp.affine(chosen, P, None)
            own, _, dlogits = xp.softmax_cross_entropy(
                xp.affine(narrow, U, None), labels[at] - cutoffs[k - 1], None, IGNORED, **options
            )
            losses[at] += own
            members.append(Member(at, chosen, narrow, dlogits))
        ctx.save(rows, weight, *tail, dhead, members, x.shape, reduction)
        if reduction == "none":
            return losses.reshape(targets.shape)
        # Added in float64: a batch has many more tokens than float32 has digits.
        total = losses.sum(dtype=xp.float64)
        return xp.asarray(total / divisor if divisor else xp.nan, x.dtype)

    @staticmethod
    def backward(ctx: Context, dy: Array) -> Any:
        rows, weight, *tail, dhead, members, shape, reduction = ctx.saved
        needs_x, needs_weight, needs_bias, *needs_tail = ctx.needs_input_grad
        s = dy.reshape(-1, 1) if reduction == "none" else xp.full((len(rows), 1), dy, dy.dtype)
        dx = xp.matmul(dhead, weight) * s if needs_x else None
        dweight = xp.matmul(dhead.T, rows * s) if needs_weight else None
        dbias = xp.matmul(s.T, dhead).reshape(-1) if needs_bias else None
        dtail = []
        for k, member in enumerate(members):
            P, U = tail[2 * k : 2 * k + 2]
            at = s[member.rows]
            dnarrow = xp.matmul(member.dlogits, U) * at  # (n, E_k)
            dtail.append(xp.matmul(dnarrow.T, member.x) if needs_tail[2 * k] else None)
            dU = xp.matmul(member.dlogits.T, member.narrow * at) if needs_tail[2 * k + 1] else None
            dtail.append(dU)
            if dx is not None:
                dx[member.rows] += xp.matmul(dnarrow, P)
        return (None if dx is None else dx.reshape(shape), dweight, dbias, *dtail)


def linear_cross_entropy(
    x: Operand,
    weight: Operand,
    bias: Operand | None,
    targets: Operand,
    ignore_index: int = -100,
    *,
    reduction: Reduction,
) -> Tensor:
    """``cross_entropy(linear(x, weight, bias), targets)``, in nats, as one node without logits.

    x (..., I), weight (V, I), bias (V,) or None; targets: integers (...), each in [0, V) or equal
    to ignore_index, which counts nothing. reduction: "none" gives the losses (...), "sum" their
    sum, "mean" that sum divided by the number of rows that count (NaN where nothing does).

    The gradient of the logits takes their place in memory, so the larger V, the more it saves.
    Errors: those of `linear` and of `cross_entropy`.
    """
    return adaptive_cross_entropy(
        x, weight, bias, (), targets, (), ignore_index, reduction=reduction
    )


def adaptive_cross_entropy(
    x: Operand,
    weight: Operand,
    bias: Operand | None,
    tail: Sequence[tuple[Operand, Operand]],
    targets: Operand,
    cutoffs: Sequence[int],
    ignore_index: int = -100,
    *,
    reduction: Reduction,
) -> Tensor:
    """The cross-entropy, in nats, of the adaptive softmax above, as one node.

    x (..., I). weight (c_0 + K, I) and bias (c_0 + K,) or None of the head. tail: for each of the K
    clusters the matrices (P_k (E_k, I), U_k (c_k - c_{k-1}, E_k)). cutoffs: c_0 ... c_{K-1}; V
    follows from the shapes. targets: integers (...), each in [0, V) or equal to ignore_index.
    reduction: as in `linear_cross_entropy`.

    TypeError: targets are not integers. ValueError: shapes disagree. IndexError: a target is
    outside [0, V).
    """
    check_reduction(reduction)
    rows, *matrices = _operands(x, weight, bias, tail)
    bounds = _bounds(rows, *matrices, cutoffs=tuple(int(cut) for cut in cutoffs))
    labels = as_integers(targets, "targets", IndexError)
    check_targets(labels, rows.shape[:-1], bounds[-1], ignore_index, "x")
    return AdaptiveCrossEntropy.apply(
        rows,
        *matrices,
        targets=labels,
        cutoffs=bounds,
        ignore_index=ignore_index,
        reduction=reduction,
    )


def adaptive_log_softmax(
    x: Operand,
    weight: Operand,
    bias: Operand | None,
    tail: Sequence[tuple[Operand, Operand]],
    cutoffs: Sequence[int],
) -> Tensor:
    """log p of all classes, (..., V): see `adaptive_cross_entropy` for the arguments.

    Each row costs what all clusters cost: for a loss, `adaptive_cross_entropy` is much cheaper.
    """
    rows, weight, bias, *flat = _operands(x, weight, bias, tail)
    first = _bounds(rows, weight, bias, *flat, cutoffs=tuple(int(cut) for cut in cutoffs))[0]
    head = log_softmax(linear(rows, weight, bias))  # (..., c_0 + K)
    parts = [head[..., :first]]
    for k, (P, U) in enumerate(zip(flat[::2], flat[1::2], strict=True)):
        own = log_softmax(linear(linear(rows, P), U))
        parts.append(own + head[..., first + k : first + k + 1])
    return concatenate(parts, axis=-1)


def _operands(x: Any, weight: Any, bias: Any, tail: Sequence[tuple[Any, Any]]) -> list[Any]:
    """x, weight, bias, then the tail's matrices in a row, all in one dtype."""
    flat = [matrix for pair in tail for matrix in pair]
    if bias is not None:
        return list(common(x, weight, bias, *flat))
    x, weight, *flat = common(x, weight, *flat)
    return [x, weight, None, *flat]


def _bounds(
    x: Any, weight: Any, bias: Any, *tail: Any, cutoffs: tuple[int, ...]
) -> tuple[int, ...]:
    """The bounds c_0 ... c_K = V of the clusters. Raises ValueError where shapes disagree."""
    if weight.ndim != 2 or weight.shape[0] == 0:
        raise ValueError(f"weight: expected shape (O, I) with O > 0; got {weight.shape}")
    size, width = weight.shape
    if x.ndim == 0 or x.shape[-1] != width:
        raise ValueError(f"x: expected shape (..., I) with I = {width}; got {x.shape}")
    if bias is not None and bias.shape != (size,):
        raise ValueError(f"bias: expected shape (O,) = {(size,)}; got {bias.shape}")
    clusters = len(tail) // 2
    if len(cutoffs) != clusters:
        raise ValueError(f"cutoffs: expected {clusters}, one for each cluster; got {len(cutoffs)}")
    bounds = [size - clusters]
    for k, (P, U) in enumerate(zip(tail[::2], tail[1::2], strict=True)):
        if P.ndim != 2 or U.ndim != 2 or P.shape != (U.shape[1], width) or U.shape[0] == 0:
            raise ValueError(
                f"tail[{k}]: expected shapes (E, I) and (O, E) with I = {width}; "
                f"got {P.shape} and {U.shape}"
            )
        bounds.append(bounds[-1] + U.shape[0])
    if bounds[0] < 1 or tuple(bounds[:-1]) != cutoffs[:clusters]:
        raise ValueError(
            f"cutoffs: expected {tuple(bounds[:-1])} by the shapes of the weights; got {cutoffs}"
        )
    return tuple(bounds)
