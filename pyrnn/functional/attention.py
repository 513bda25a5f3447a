"""Attention: what each of several queries wants to know of a sequence."""

from __future__ import annotations

from pyrnn.autograd import Tensor
from pyrnn.autograd.operands import Operand, as_tensor, common, floating
from pyrnn.autograd.operations.elementwise import where
from pyrnn.autograd.operations.linear_algebra import matmul
from pyrnn.functional.lengths import all_lengths, masked_softmax, within
from pyrnn.functional.linear import linear
from pyrnn.kernels import arrays as xp


def attention(
    query: Operand,
    keys: Operand,
    values: Operand,
    lengths: Operand | None = None,
    *,
    weight: Operand | None = None,
) -> tuple[Tensor, Tensor]:
    """The weighted means of a sequence's values, with weights by how well its keys fit a query.

    ::

        u_s = q . k_s                            or, with a weight v,   u_s = v . tanh(q + k_s)
        a   = softmax of u over s < length       c = sum over s of a_s values_s

    Luong et al. 2015 (arXiv 1508.04025) and, additive, Bahdanau et al. 2015 (arXiv 1409.0473).
    Letters: T queries, S steps of the sequence, B batch, A width of a key, E width of a value.
    query: (T, B, A), keys: (S, B, A), values: (S, B, E), weight: (A,) or None. lengths: (B,)
    integers from 0 to S, None for S: the steps of each sequence.

    Gives the context (T, B, E) and the weights (T, B, S). What stands past a length changes
    nothing, NaN included: its weights are exactly 0, and so are its gradients. A sequence without
    steps has weights and a context of 0.

    TypeError, ValueError: an argument of another kind or shape; the message names it.

    >>> context, weights = attention([[[1.0]]], [[[2.0]], [[1.0]]], [[[5.0]], [[7.0]]], [1])
    >>> context.numpy(), weights.numpy()
    (array([[[5.]]], dtype=float32), array([[[1., 0.]]], dtype=float32))
    """
    operands = (query, keys, values) if weight is None else (query, keys, values, weight)
    q, k, v, *rest = (as_tensor(floating(operand)) for operand in common(*operands))
    if q.ndim != 3:
        raise ValueError(f"query: expected shape (T, B, A); got {q.shape}")
    if k.ndim != 3 or k.shape[1:] != q.shape[1:]:
        raise ValueError(
            f"keys: expected shape (S, B, A) with B, A = {q.shape[1]}, {q.shape[2]}, as in query; "
            f"got {k.shape}"
        )
    if v.ndim != 3 or v.shape[:2] != k.shape[:2]:
        raise ValueError(
            f"values: expected shape (S, B, E) with S, B = {k.shape[0]}, {k.shape[1]}, as in keys; "
            f"got {v.shape}"
        )
    if rest and rest[0].shape != q.shape[2:]:
        raise ValueError(f"weight: expected shape (A,) = {q.shape[2:]}; got {rest[0].shape}")
    known = all_lengths(lengths, k.shape[0], k.shape[1])
    valid = within(known, k.shape[0])[:, :, None]  # (S, B, 1)
    k, v = where(valid, k, 0.0), where(valid, v, 0.0)
    if rest:
        fits = (q.expand_dims(1) + k.expand_dims(0)).tanh()  # (T, S, B, A)
        scores = linear(fits, rest[0].expand_dims(0)).squeeze(3).transpose(2, 0, 1)
    else:
        scores = matmul(q.transpose(1, 0, 2), k.transpose(1, 2, 0))
    weights = masked_softmax(scores, known, axis=2)  # (B, T, S)
    context = matmul(weights, v.swapaxes(0, 1)).swapaxes(0, 1)
    context = where((known > 0)[:, None], context, xp.zeros((), context.dtype))
    return context, weights.swapaxes(0, 1)
