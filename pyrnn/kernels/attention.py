"""Attention of queries to a memory, in plain NumPy: what `native` must match.

    u_s = v . tanh(q + k_s)     additive (Bahdanau et al. 2015), where there is a weight v
    u_s = q . k_s               multiplicative (Luong et al. 2015), where there is none
    a   = softmax of u over the steps s within the length, 0 past it
    c   = sum over s of a_s m_s

Letters: T steps of queries, S steps of the memory, B batch, A width of a query and of a key, E
width of a value. Steps past a length are not read, so that their gradients are 0; without any step
c and a are 0.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from pyrnn.kernels import attention_preconditions
from pyrnn.kernels.stack import Array


class Memory(NamedTuple):
    """What queries attend to."""

    keys: Array  # k (S, B, A)
    values: Array  # m (S, B, E)
    lengths: Array | None = None  # (B,) int64; None: all are S
    weight: Array | None = None  # v (A,)

    def steps(self, b: int) -> int:
        """The length of sequence b."""
        return len(self.keys) if self.lengths is None else int(self.lengths[b])


class AttentionGradients(NamedTuple):
    """What a backward call returns. What was not asked for is None."""

    query: Array | None  # (T, B, A)
    keys: Array | None  # (S, B, A), 0 past a length
    values: Array | None  # (S, B, E), 0 past a length
    weight: Array | None  # (A,)


def attend(query: Array, memory: Memory) -> tuple[Array, Array]:
    """c (T, B, E) and a (T, B, S) for queries q (T, B, A).

    Arrays are C-contiguous, all float32 or all float64. Errors: see `attention_preconditions`.
    """
    attention_preconditions.check_attention(query, memory)
    T, B, _ = query.shape
    c = np.zeros((T, B, memory.values.shape[2]), query.dtype)
    a = np.zeros((T, B, len(memory.keys)), query.dtype)
    for b in range(B):
        n = memory.steps(b)
        if n == 0:
            continue
        keys, values = memory.keys[:n, b], memory.values[:n, b]
        if memory.weight is None:
            u = query[:, b] @ keys.T  # (T, n)
        else:
            u = np.tanh(query[:, b, None] + keys) @ memory.weight
        e = np.exp(u - u.max(axis=1, keepdims=True))
        a[:, b, :n] = e / e.sum(axis=1, keepdims=True)
        c[:, b] = a[:, b, :n] @ values
    return c, a


def attend_backward(
    query: Array,
    memory: Memory,
    weights: Array,
    dcontext: Array | None,
    dweights: Array | None = None,
) -> AttentionGradients:
    """The gradients of q, k, m and v, from dc (T, B, E) and da (T, B, S); None counts as zero.

    weights: a, as `attend` gave it. Errors: see `attention_preconditions`.
    """
    attention_preconditions.check_attention_gradient(query, memory, weights, dcontext, dweights)
    dq, dk, dm = (np.zeros_like(array) for array in (query, memory.keys, memory.values))
    dv = None if memory.weight is None else np.zeros_like(memory.weight)
    for b in range(query.shape[1]):
        n = memory.steps(b)
        q, a = query[:, b], weights[:, b, :n]  # (T, A), (T, n)
        keys, values = memory.keys[:n, b], memory.values[:n, b]
        da = np.zeros_like(a)
        if dcontext is not None:
            da += dcontext[:, b] @ values.T
            dm[:n, b] = a.T @ dcontext[:, b]
        if dweights is not None:
            da += dweights[:, b, :n]
        du = a * (da - (a * da).sum(axis=1, keepdims=True))
        if memory.weight is None:
            dq[:, b], dk[:n, b] = du @ keys, du.T @ q
        else:
            fits = np.tanh(q[:, None] + keys)  # (T, n, A)
            dsum = du[:, :, None] * memory.weight * (1 - fits * fits)
            dq[:, b], dk[:n, b] = dsum.sum(axis=1), dsum.sum(axis=0)
            dv += np.einsum("ts,tsa->a", du, fits)
    return AttentionGradients(dq, dk, dm, dv)
