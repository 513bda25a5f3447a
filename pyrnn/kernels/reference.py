"""The executable specification: pack, forward and backward of a stack, one step at a time.

Layers, directions, ragged lengths, initial states, dropout and back-propagation through time stand
here once for all cells; what a cell does in one step stands in `cells.py`.

A sequence b of length n takes the steps t = 0 .. n-1, in the reverse direction t = n-1 .. 0. At a
step only the sequences that reach it take part; the others keep their state. So a sequence of
length 0 ends in its initial state, and nothing past a length is ever read or written.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from pyrnn.kernels import dropout, preconditions
from pyrnn.kernels.cells import Backward, Weights, recurrence
from pyrnn.kernels.stack import (
    Array,
    Forward,
    Gradients,
    Lookup,
    Stack,
    TableGradient,
    look_up,
)


@dataclass(frozen=True)
class Packed:
    """A stack with a copy of its weights, block by block."""

    stack: Stack
    dtype: np.dtype[Any]
    weights: list[Weights]  # (L D), layer by layer, forward before reverse


class Step(NamedTuple):
    """One step of one direction, as backward needs it."""

    t: int
    rows: Array  # (N,) the sequences that take part
    backward: Backward


class Run(NamedTuple):
    """One direction of one layer over all steps."""

    y: Array  # (T, B, P), 0 past a length
    cells: Array | None  # (T, B, H), 0 past a length
    h_n: Array  # (B, P)
    c_n: Array | None  # (B, H)
    steps: list[Step]  # in the order in which they were taken


class Upstream(NamedTuple):
    """The gradients that arrive at one run, each of its own field's shape."""

    dy: Array
    dcells: Array | None
    dh: Array
    dc: Array | None


class RunGradients(NamedTuple):
    """The gradients that leave one run."""

    x: Array  # (T, B, I)
    weights: Weights
    h0: Array  # (B, P)
    c0: Array | None  # (B, H)


@dataclass
class Workspace:
    """What forward leaves for backward."""

    packed: Packed
    x: Array | Lookup
    valid: Array  # (T, B) bool: step t is within the length of sequence b
    masks: list[Array]  # (L - 1) x (T, B, D P) dropout factors; empty without dropout
    runs: list[Run] | None  # (L D); None once consumed
    needs_x: bool  # whether backward may be asked for the gradient of x


def pack(stack: Stack, weights: Sequence[Array]) -> Packed:
    """Copy weights, in the order and shapes of `stack.weight_names()`, for calls of forward.

    Weights are C-contiguous, all float32 or all float64. Errors: see `preconditions`.
    """
    dtype = preconditions.check_weights(stack, weights)
    zeros = {
        kind.name: np.zeros((kind.blocks, stack.hidden_size), dtype)
        for kind in look_up(stack.cell).weights
        if kind.is_bias and not stack.bias
    }
    packed: list[Weights] = []
    each = len(stack.kinds)
    for first in range(0, len(weights), each):
        arrays = weights[first : first + each]
        blocks = {
            kind.name: w.reshape(kind.blocks, -1, *w.shape[1:]).copy()
            for kind, w in zip(stack.kinds, arrays, strict=True)
        }
        packed.append(zeros | blocks)
    return Packed(stack, dtype, packed)


def forward(
    packed: Packed,
    x: Array | Lookup,
    h0: Array | None = None,
    c0: Array | None = None,
    lengths: Array | None = None,
    *,
    seed: int | None = None,
    sequences: Array | None = None,
    save: bool = False,
    needs_x: bool = True,
    return_cells: bool = False,
) -> Forward:
    """Run a stack over a batch of sequences.

    x (T, B, I) or a Lookup; h0 (L D, B, P) and c0 (L D, B, H), None for zeros; lengths (B,) int64,
    None for all T. Dropout between layers acts only with a seed; `sequences` (B,) int64, of which
    its masks depend, says which sequence a row is, None for 0 .. B-1. `save` fills the workspace
    that backward takes; without `needs_x`, that call may not ask for the gradient of x.
    `return_cells` asks for c of the last layer at every step. Errors: see `preconditions`.
    """
    stack, dtype = packed.stack, packed.dtype
    preconditions.check_forward(stack, dtype, x, h0, c0, lengths, seed, sequences, return_cells)
    T, B, _ = x.shape
    valid = np.ones((T, B), bool) if lengths is None else np.arange(T)[:, None] < lengths
    masks = dropout.masks(stack, dtype, seed, T, np.arange(B) if sequences is None else sequences)
    h0, c0 = _states_or_zeros(stack, dtype, B, h0, c0)

    y, runs = _dense(x, valid), []
    for layer in range(stack.num_layers):
        if layer > 0 and masks:
            y = y * masks[layer - 1]
        for k in range(layer * stack.directions, (layer + 1) * stack.directions):
            runs.append(_run(packed, k, y, valid, h0[k], None if c0 is None else c0[k]))
        top = runs[-stack.directions :]
        y = np.concatenate([run.y for run in top], axis=2)  # (T, B, D P)
    return Forward(
        y=y,
        h_n=np.stack([run.h_n for run in runs]),
        c_n=_stack([run.c_n for run in runs]),
        cells=np.concatenate([run.cells for run in top], axis=2) if return_cells else None,
        workspace=Workspace(packed, x, valid, masks, runs, needs_x) if save else None,
    )


def backward(
    workspace: Workspace,
    dy: Array | None = None,
    dh_n: Array | None = None,
    dc_n: Array | None = None,
    dcells: Array | None = None,
    *,
    needs_x: bool = True,
    needs_state: bool = True,
    needs_weights: bool = True,
    retain: bool = False,
) -> Gradients:
    """Back-propagate through the call of forward that saved this workspace.

    dy (T, B, D P), dcells (T, B, D H), dh_n (L D, B, P) and dc_n (L D, B, H) are the gradients that
    arrive; an absent one counts as zero, and what arrives past a length is not read. Consumes the
    workspace unless `retain`; RuntimeError if an earlier call consumed it.
    """
    if not isinstance(workspace, Workspace):
        preconditions.refuse_foreign_workspace(workspace)
    if workspace.runs is None:
        preconditions.refuse_consumed_workspace()
    preconditions.check_needs(needs_x, workspace.needs_x)
    stack, dtype = workspace.packed.stack, workspace.packed.dtype
    T, B = workspace.valid.shape
    preconditions.check_backward(stack, dtype, T, B, dy, dh_n, dc_n, dcells)
    dx = np.zeros(stack.output_shape(T, B), dtype) if dy is None else dy
    dh_n, dc_n = _states_or_zeros(stack, dtype, B, dh_n, dc_n)
    gradients: list[RunGradients] = []  # (L D), from the last layer down to the first
    for layer in reversed(range(stack.num_layers)):
        at = slice(layer * stack.directions, (layer + 1) * stack.directions)
        upstream = _upstream(stack, layer, dx, dcells, dh_n, dc_n)
        here = list(map(_run_backward, workspace.packed.weights[at], workspace.runs[at], upstream))
        gradients = here + gradients
        dx, dcells = np.sum([g.x for g in here], axis=0), None  # c of the last layer alone is seen
        if layer > 0 and workspace.masks:
            dx = dx * workspace.masks[layer - 1]
    if not retain:
        workspace.runs = None
    beside, table = _dense_backward(workspace.x, workspace.valid, dx) if needs_x else (None, None)
    return Gradients(
        x=beside,
        table=table,
        weights=_unpack(stack, [g.weights for g in gradients]) if needs_weights else None,
        h0=np.stack([g.h0 for g in gradients]) if needs_state else None,
        c0=_stack([g.c0 for g in gradients]) if needs_state else None,
    )


def _states_or_zeros(
    stack: Stack, dtype: np.dtype[Any], B: int, h: Array | None, c: Array | None
) -> tuple[Array, Array | None]:
    """h (L D, B, P) and c (L D, B, H), zeros where absent; c stays None for a cell without one."""
    h = np.zeros(stack.state_shape(B), dtype) if h is None else h
    if c is None and stack.has_cell_state:
        c = np.zeros(stack.cell_state_shape(B), dtype)
    return h, c


def _run(packed: Packed, k: int, x: Array, valid: Array, h: Array, c: Array | None) -> Run:
    """Direction k % D of layer k // D over x (T, B, I), from h (B, P) and c (B, H)."""
    T, B = valid.shape
    stack, w = packed.stack, packed.weights[k]
    step = recurrence(stack)
    h, c = h.copy(), None if c is None else c.copy()
    y = np.zeros((T, B, stack.output_size), packed.dtype)
    cells = None if c is None else np.zeros((T, B, stack.hidden_size), packed.dtype)
    steps = []
    for t in range(T) if k % stack.directions == 0 else reversed(range(T)):
        rows = np.flatnonzero(valid[t])
        h_t, c_t, step_backward = step(w, x[t, rows], h[rows], None if c is None else c[rows])
        y[t, rows] = h[rows] = h_t
        if c is not None and cells is not None:
            cells[t, rows] = c[rows] = c_t
        steps.append(Step(t, rows, step_backward))
    return Run(y, cells, h, c, steps)


def _upstream(
    stack: Stack, layer: int, dy: Array, dcells: Array | None, dh_n: Array, dc_n: Array | None
) -> list[Upstream]:
    """The share of each direction of a layer in the gradients that arrive: (D)."""
    D = stack.directions
    shares = []
    for d in range(D):
        k = layer * D + d
        outputs = slice(d * stack.output_size, (d + 1) * stack.output_size)
        units = slice(d * stack.hidden_size, (d + 1) * stack.hidden_size)
        dcells_d = None if dcells is None else dcells[:, :, units]
        shares.append(
            Upstream(dy[:, :, outputs], dcells_d, dh_n[k], None if dc_n is None else dc_n[k])
        )
    return shares


def _run_backward(w: Weights, run: Run, upstream: Upstream) -> RunGradients:
    """Back-propagation through time: the steps of a run in the opposite order."""
    T, B, _ = run.y.shape
    dx = np.zeros((T, B, w["weight_ih"].shape[2]), run.y.dtype)
    dw = {name: np.zeros_like(weight) for name, weight in w.items()}
    dh, dc = upstream.dh.copy(), None if upstream.dc is None else upstream.dc.copy()
    for t, rows, step_backward in reversed(run.steps):
        dh_t = dh[rows] + upstream.dy[t, rows]
        dc_t = None if dc is None else dc[rows]
        if dc_t is not None and upstream.dcells is not None:
            dc_t = dc_t + upstream.dcells[t, rows]
        step = step_backward(dh_t, dc_t)
        for name, part in step.weights.items():
            dw[name] += part
        dx[t, rows], dh[rows] = step.x, step.h
        if dc is not None:
            dc[rows] = step.c
    return RunGradients(dx, dw, dh, dc)


def _dense(x: Array | Lookup, valid: Array) -> Array:
    """The input as an array (T, B, I); of a Lookup, only the ids within the lengths are read."""
    if not isinstance(x, Lookup):
        return x
    looked_up = np.zeros((*x.ids.shape, x.table.shape[1]), x.dtype)
    looked_up[valid] = x.table[x.ids[valid]]
    return looked_up if x.beside is None else np.concatenate([looked_up, x.beside], axis=2)


def _dense_backward(
    x: Array | Lookup, valid: Array, dx: Array
) -> tuple[Array | None, TableGradient | None]:
    """dx (T, B, I) as the gradient of an array and that of a table, which sums it by ids."""
    if not isinstance(x, Lookup):
        return dx, None
    E = x.table.shape[1]
    ids, places = np.unique(x.ids[valid], return_inverse=True)
    rows = np.zeros((len(ids), E), x.dtype)
    np.add.at(rows, places.reshape(-1), dx[valid][:, :E])
    dtable = TableGradient(ids, rows, len(x.table))
    return None if x.beside is None else dx[:, :, E:].copy(), dtable


def _unpack(stack: Stack, weights: list[Weights]) -> list[Array]:
    """Gradients block by block -> a list in the order and shapes of `stack.weight_names()`."""
    flat = [w[kind.name] for w in weights for kind in stack.kinds]
    return [a.reshape(shape) for a, shape in zip(flat, stack.weight_shapes(), strict=True)]


def _stack(states: list[Array | None]) -> Array | None:
    """(L D) states (B, H) -> (L D, B, H), or None for a cell that has none."""
    present = [state for state in states if state is not None]
    return np.stack(present) if present else None
