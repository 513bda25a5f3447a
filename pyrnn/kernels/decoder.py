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
from pyrnn.kernels.cells import Backward, StepGradients, recurrence
from pyrnn.kernels.reference import Packed, dense_backward
from pyrnn.kernels.stack import Array, Lookup, Stack, TableGradient


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
    w, cell = packed.weights[0], recurrence(stack)
    h, c = _states(stack, B, dtype, h0, c0)
    y = np.zeros((T, B, stack.hidden_size), dtype)
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


class Totals:
    """The gradients of what all steps share, and those of x, added up step by step."""

    def __init__(self, workspace: Workspace) -> None:
        memory, projection = workspace.memory, workspace.projection
        self.x = np.zeros(workspace.x.shape, workspace.packed.dtype)
        self.keys, self.values = np.zeros_like(memory.keys), np.zeros_like(memory.values)
        self.weights = {name: np.zeros_like(w) for name, w in workspace.packed.weights[0].items()}
        self.projection = None if projection is None else np.zeros_like(projection)
        self.weight = None if memory.weight is None else np.zeros_like(memory.weight)

    def add(self, t: int, step: Step, cell: StepGradients, dc: Array) -> Array:
        """A step's shares, where dc (N, E) flows into its context; gives dq (N, A)."""
        rows = step.rows
        self.x[t, rows] = cell.x[:, : self.x.shape[2]]
        for name, part in cell.weights.items():
            self.weights[name] += part
        context = np.ascontiguousarray(dc[None])
        dq, dk, dm, dv = attend_backward(step.query, step.memory, step.weights, context)
        assert dq is not None
        self.keys[:, rows] += dk
        self.values[:, rows] += dm
        if self.weight is not None:
            self.weight += dv
        if self.projection is not None:
            self.projection += dq[0].T @ step.h
        return dq[0]


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
    steps = workspace.steps
    if steps is None:
        preconditions.refuse_consumed_workspace()
    stack, x, projection = workspace.packed.stack, workspace.x, workspace.projection
    dtype, (T, B, width) = workspace.packed.dtype, x.shape
    attention_preconditions.check_decoder_gradients(
        stack, dtype, (T, B, stack.input_size - width), dy, dcontext, (dh_n, dc_n)
    )
    totals = Totals(workspace)
    dh, dc = _states(stack, B, dtype, dh_n, dc_n)
    for t, step in reversed(list(enumerate(steps))):
        rows = step.rows
        dh_t = dh[rows] if dy is None else dh[rows] + dy[t, rows]
        cell = step.backward(dh_t, None if dc is None else dc[rows])
        into = cell.x[:, width:]  # what flows into the context
        dq = totals.add(t, step, cell, into if dcontext is None else into + dcontext[t, rows])
        dh[rows] = cell.h + (dq if projection is None else dq @ projection)
        if dc is not None:
            dc[rows] = cell.c
    if not retain:
        workspace.steps = None
    dx, dtable = dense_backward(x, _valid(steps, T, B), totals.x)
    dweights = [
        totals.weights[kind.name].reshape(shape)
        for kind, shape in zip(stack.kinds, stack.weight_shapes(), strict=True)
    ]
    dc0 = None if dc is None else dc[None]
    shared = totals.keys, totals.values, totals.projection, totals.weight
    return DecoderGradients(dx, dtable, dweights, dh[None], dc0, *shared)


def _states(
    stack: Stack, B: int, dtype: np.dtype[Any], h: Array | None, c: Array | None
) -> tuple[Array, Array | None]:
    """New arrays (B, H) of h and, where the cell has one, of c; zeros for None."""
    zeros = np.zeros((1, B, stack.hidden_size), dtype)
    h, c = (zeros if state is None else state for state in (h, c))
    return h[0].copy(), c[0].copy() if stack.has_cell_state else None


def _valid(steps: list[Step], T: int, B: int) -> Array:
    """bool (T, B): which sequences take part in which steps."""
    valid = np.zeros((T, B), bool)
    for t, step in enumerate(steps):
        valid[t, step.rows] = True
    return valid


def _of_rows(memory: Memory, rows: Array) -> Memory:
    """The memory of some sequences."""
    return memory._replace(
        keys=np.ascontiguousarray(memory.keys[:, rows]),
        values=np.ascontiguousarray(memory.values[:, rows]),
        lengths=None if memory.lengths is None else memory.lengths[rows],
    )
