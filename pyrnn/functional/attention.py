"""Attention: what each of several queries wants to know of a sequence."""

from __future__ import annotations

from pyrnn.autograd import Context, Function, Tensor
from pyrnn.autograd.operands import Operand, as_tensor, common, floating
from pyrnn.functional.lengths import all_lengths
from pyrnn.kernels import native_decoder as native
from pyrnn.kernels.arrays import Array
from pyrnn.kernels.attention import Memory
from pyrnn.kernels.native import plain


class Attend(Function):
    """c and a of all queries: see ``kernels.attention``."""

    gives_views = False

    @staticmethod
    def forward(
        ctx: Context, query: Array, keys: Array, values: Array, weight: Array | None, lengths: Array
    ) -> tuple[Array, Array]:
        query = plain(query)
        v = None if weight is None else plain(weight)
        memory = Memory(plain(keys), plain(values), lengths, v)
        context, weights = native.attend(query, memory)
        ctx.save(query, *memory, weights)
        return context, weights

    @staticmethod
    def backward(
        ctx: Context, dcontext: Array | None, dweights: Array | None
    ) -> tuple[Array | None, ...]:
        query, *memory, weights = ctx.saved
        for_query, for_keys, for_values, for_weight = ctx.needs_input_grad
        return native.attend_backward(
            query,
            Memory(*memory),
            weights,
            None if dcontext is None else plain(dcontext),
            None if dweights is None else plain(dweights),
            needs_query=for_query,
            needs_keys=for_keys,
            needs_values=for_values,
            needs_weight=for_weight,
        )


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
    steps has weights and a context of 0. A sequence has the same bits in every batch.

    TypeError, ValueError: an argument of another kind or shape; the message names it.

    >>> context, weights = attention([[[1.0]]], [[[2.0]], [[1.0]]], [[[5.0]], [[7.0]]], [1])
    >>> context.numpy(), weights.numpy()
    (array([[[5.]]], dtype=float32), array([[[1., 0.]]], dtype=float32))
    """
    operands = (query, keys, values) if weight is None else (query, keys, values, weight)
    q, k, m, *rest = (as_tensor(floating(operand)) for operand in common(*operands))
    if q.ndim != 3:
        raise ValueError(f"query: expected shape (T, B, A); got {q.shape}")
    if k.ndim != 3 or k.shape[1:] != q.shape[1:]:
        raise ValueError(
            f"keys: expected shape (S, B, A) with B, A = {q.shape[1]}, {q.shape[2]}, as in query; "
            f"got {k.shape}"
        )
    if m.ndim != 3 or m.shape[:2] != k.shape[:2]:
        raise ValueError(
            f"values: expected shape (S, B, E) with S, B = {k.shape[0]}, {k.shape[1]}, as in keys; "
            f"got {m.shape}"
        )
    if rest and rest[0].shape != q.shape[2:]:
        raise ValueError(f"weight: expected shape (A,) = {q.shape[2:]}; got {rest[0].shape}")
    known = plain(all_lengths(lengths, k.shape[0], k.shape[1], "S"))
    context, weights = Attend.apply(q, k, m, rest[0] if rest else None, lengths=known)
    return context, weights
