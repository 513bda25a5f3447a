"""A recurrent layer that attends to a memory at each step, in plain NumPy: what the kernels match.

    q_t = W_q h_{t-1}     c_t = attention(q_t)     h_t = cell([x_t, c_t], h_{t-1})

Bahdanau et al. 2015 (arXiv 1409.0473). Without a projection W_q the query is h itself. Letters as
in `attention`; I width of x, H hidden. The layer's stack has I + E inputs, those of x first.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from pyrnn.kernels import attention_preconditions, preconditions
from pyrnn.kernels.attention import Memory, attend, attend_backward
from pyrnn.kernels.cells import Backward, Weights, recurrence
from pyrnn.kernels.reference import Packed, dense_backward
from pyrnn.kernels.stack import Array, Lookup, TableGradient


class Decoded(NamedTuple):
    """What a forward call returns. Past a target's length the first three are 0."""

    y: Array  # (T, B, H)
    context: Array  # (T, B, E)
    weights: Array  # (T, B, S)
    h_n: Array  # (1, B, H)
    c_n: Array | None  # (1, B, H), for cells that have c
    workspace: Any  # what backward needs; None unless saved


class DecoderGradients(NamedTuple):
    """What a backward call returns. What was not asked for is None."""

    x: Array | None  # (T, B, I), 0 past a length
    table: TableGradient | None  # of a Lookup
    weights: list[Array] | None  # in the order of Stack.weight_names
    h0: Array | None  # (1, B, H)
    c0: Array | None  # (1, B, H), for cells that have c
    keys: Array | None  # (S, B, A)
    values: Array | None  # (S, B, E)
    projection: Array | None  # (A, H)
    weight: Array | None  # (A,)


class Step(NamedTuple):
    """One step, as backward needs it. N sequences take part."""

    rows: Array  # (N,)
    h: Array  # (N, H) before the step
    query: Array  # (1, N, A)
    memory: Memory
    weights: Array  # (1, N, S)
    backward: Backward


@dataclass
class Workspace:
    """What forward leaves for backward."""

    packed: Packed
    x: Array | Lookup
    memory: Memory
    projection: Array | None
    steps: list[Step] | None  # (T); None once consumed


def decode(
    packed: Packed,
    x: Array | Lookup,
    memory: Memory,
    projection: Array | None = None,
    h0: Array | None = None,
    c0: Array | None = None,
    lengths: Array | None = None,
    *,
    save: bool = False,
) -> Decoded:
    """Run a decoder over a batch of targets.

    x (T, B, I) or a Lookup of it; projection (A, H); h0 and c0 (1, B, H), None for zeros; lengths
    (B,) int64, those of the targets. Errors: see `attention_preconditions`.
    """
    stack, dtype = packed.stack, packed.dtype
    attention_preconditions.check_decoder(stack, dtype, x, memory, projection, (h0, c0), lengths)
    T, B, _ = x.shape
    H, w, cell = stack.hidden_size, packed.weights[0], recurrence(stack)
    h = np.zeros((B, H), dtype) if h0 is None else h0[0].copy()
    c = np.zeros((B, H), dtype) if stack.has_cell_state else None
    if c0 is not None:
        c = c0[0].copy()
    y = np.zeros((T, B, H), dtype)
    context = np.zeros((T, B, memory.values.shape[2]), dtype)
    weights = np.zeros((T, B, len(memory.keys)), dtype)
    steps = []
    for t in range(T):
        rows = np.arange(B) if lengths is None else np.flatnonzero(t < lengths)
        query = h[None, rows] if projection is None else (h[rows] @ projection.T)[None]
        mine = _of_rows(memory, rows)
        context[t, rows], weights[t, rows] = (part[0] for part in attend(query, mine))
        x_t = x.table[x.ids[t, rows]] if isinstance(x, Lookup) else x[t, rows]
        read = np.concatenate([x_t, context[t, rows]], axis=1)
        before = h[rows]
        h[rows], c_t, back = cell(w, read, before, None if c is None else c[rows])
        if c is not None:
            c[rows] = c_t
        y[t, rows] = h[rows]
        steps.append(Step(rows, before, query, mine, weights[None, t, rows], back))
    workspace = Workspace(packed, x, memory, projection, steps) if save else None
    return Decoded(y, context, weights, h[None], None if c is None else c[None], workspace)


def decode_backward(
    workspace: Workspace,
    dy: Array | None = None,
    dcontext: Array | None = None,
    dh_n: Array | None = None,
    dc_n: Array | None = None,
    *,
    retain: bool = False,
) -> DecoderGradients:
    """Back-propagate through the call that saved this workspace.

    dy (T, B, H), dcontext (T, B, E), dh_n and dc_n (1, B, H); an absent one counts as zero, and
    what arrives past a length is not read. Consumes the workspace unless `retain`; RuntimeError if
    an earlier call consumed it.
    """
    if not isinstance(workspace, Workspace):
        preconditions.refuse_foreign_workspace(workspace)
    if workspace.steps is None:
        preconditions.refuse_consumed_workspace()
    stack, memory, projection = workspace.packed.stack, workspace.memory, workspace.projection
    x, dtype = workspace.x, workspace.packed.dtype
    (T, B, width), E = x.shape, memory.values.shape[2]
    attention_preconditions.check_decoder_gradients(
        stack, dtype, (T, B, E), dy, dcontext, (dh_n, dc_n)
    )
    dx, dk, dm = np.zeros((T, B, width), dtype), *map(np.zeros_like, memory[:2])
    dw = {name: np.zeros_like(weight) for name, weight in workspace.packed.weights[0].items()}
    dW_q = None if projection is None else np.zeros_like(projection)
    dv = None if memory.weight is None else np.zeros_like(memory.weight)
    dh = np.zeros((B, stack.hidden_size), dtype) if dh_n is None else dh_n[0].copy()
    dc = np.zeros_like(dh) if stack.has_cell_state else None
    if dc_n is not None:
        dc = dc_n[0].copy()
    taken = workspace.steps
    for t in reversed(range(T)):
        rows, h, query, mine, weights, step_backward = taken[t]
        dh_t = dh[rows] if dy is None else dh[rows] + dy[t, rows]
        step = step_backward(dh_t, None if dc is None else dc[rows])
        for name, dweight in step.weights.items():
            dw[name] += dweight
        dx[t, rows] = step.x[:, :width]
        dcontext_t = step.x[:, width:]
        if dcontext is not None:
            dcontext_t = dcontext_t + dcontext[t, rows]
        part = attend_backward(query, mine, weights, np.ascontiguousarray(dcontext_t[None]))
        dk[:, rows] += part.keys
        dm[:, rows] += part.values
        dq = part.query[0]
        if dv is not None:
            dv += part.weight
        if dW_q is not None:
            dW_q += dq.T @ h
            dq = dq @ projection
        dh[rows] = step.h + dq
        if dc is not None:
            dc[rows] = step.c
    if not retain:
        workspace.steps = None
    table = None
    if isinstance(x, Lookup):
        valid = np.zeros((T, B), bool)
        for t, step in enumerate(taken):
            valid[t, step.rows] = True
        dx, table = dense_backward(x, valid, dx)
    dc0 = None if dc is None else dc[None]
    dweights = _unpack(workspace, dw)
    return DecoderGradients(dx, table, dweights, dh[None], dc0, dk, dm, dW_q, dv)


def _of_rows(memory: Memory, rows: Array) -> Memory:
    """The memory of some sequences."""
    return memory._replace(
        keys=np.ascontiguousarray(memory.keys[:, rows]),
        values=np.ascontiguousarray(memory.values[:, rows]),
        lengths=None if memory.lengths is None else memory.lengths[rows],
    )


def _unpack(workspace: Workspace, dw: Weights) -> list[Array]:
    """Gradients block by block -> a list in the order and shapes of `stack.weight_names()`."""
    stack = workspace.packed.stack
    shapes = stack.weight_shapes()
    return [dw[kind.name].reshape(shape) for kind, shape in zip(stack.kinds, shapes, strict=True)]
