"""The executable specification: pack, forward and backward of a stack, one step at a time.

Layers, directions, initial states and the dropout between layers stand here once for all cells. One
direction of one layer, with ragged lengths, resets and back-propagation through time, stands in
`runs.py`; what a cell does in one step, in `cells.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from pyrnn.kernels import dropout, preconditions
from pyrnn.kernels.cells import Weights
from pyrnn.kernels.runs import Run, RunGradients, Steps, Upstream, run, run_backward
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


@dataclass
class Workspace:
    """What forward leaves for backward."""

    packed: Packed
    x: Array | Lookup
    valid: Array  # (T, B) bool: step t is within the length of sequence b
    masks: list[Array]  # (L - 1) x (T, B, D P) dropout factors; empty without dropout
    runs: list[Run] | None  # (L D); None once consumed
    needs_x: bool  # whether backward may be asked for the gradient of x
    returned: bool  # whether y was returned, so that its gradient may arrive


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
    reset: Array | None = None,
    save: bool = False,
    needs_x: bool = True,
    return_cells: bool = False,
    return_sequences: bool = True,
    recompute: bool | int = False,
) -> Forward:
    """Run a stack over a batch of sequences.

    x (T, B, I) or a Lookup; h0 (L D, B, P) and c0 (L D, B, H), None for zeros; lengths (B,) int64,
    None for all T. `reset` (T, B) bool cuts sequences: at (t, b), step t of sequence b starts from
    zeros, see `runs.py`. With a seed, the stack's masks are drawn; `sequences` (B,) int64, on which
    they depend, says which sequence a row is, None for 0 .. B-1. `save` fills the workspace that
    backward takes; without `needs_x`, that call may not ask for the gradient of x. `return_cells`
    asks for c of the last layer at every step. Without `return_sequences`, y is None.

    `recompute` is about memory alone, and so not for this module: what it keeps for backward may be
    the states at some steps, True for about sqrt(T) of them, or one every so many steps.
    Errors: see `preconditions`.
    """
    stack, dtype = packed.stack, packed.dtype
    preconditions.check_forward(stack, dtype, x, h0, c0, lengths)
    T, B, _ = x.shape
    preconditions.check_masks(T, B, seed, sequences, reset)
    preconditions.check_results(stack, return_cells, return_sequences, recompute)
    valid = np.ones((T, B), bool) if lengths is None else np.arange(T)[:, None] < lengths
    steps = Steps(valid, reset, seed, np.arange(B) if sequences is None else sequences)
    masks = dropout.masks(stack, dtype, seed, T, steps.sequences)
    h0, c0 = _states_or_zeros(stack, dtype, B, h0, c0)

    y, runs = _dense(x, valid), []
    for layer in range(stack.num_layers):
        if layer > 0 and masks:
            y = y * masks[layer - 1]
        for k in range(layer * stack.directions, (layer + 1) * stack.directions):
            c = None if c0 is None else c0[k]
            runs.append(run(stack, k, packed.weights[k], y, h0[k], c, steps))
        top = runs[-stack.directions :]
        y = np.concatenate([run.y for run in top], axis=2)  # (T, B, D P)
    return Forward(
        y=y if return_sequences else None,
        h_n=np.stack([run.h_n for run in runs]),
        c_n=_stack([run.c_n for run in runs]),
        cells=np.concatenate([run.cells for run in top], axis=2) if return_cells else None,
        workspace=Workspace(packed, x, valid, masks, runs, needs_x, return_sequences)
        if save
        else None,
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
    preconditions.check_outputs(dy, workspace.returned)
    stack, dtype = workspace.packed.stack, workspace.packed.dtype
    T, B = workspace.valid.shape
    preconditions.check_backward(stack, dtype, T, B, dy, dh_n, dc_n, dcells)
    dx = np.zeros(stack.output_shape(T, B), dtype) if dy is None else dy
    dh_n, dc_n = _states_or_zeros(stack, dtype, B, dh_n, dc_n)
    gradients: list[RunGradients] = []  # (L D), from the last layer down to the first
    for layer in reversed(range(stack.num_layers)):
        at = slice(layer * stack.directions, (layer + 1) * stack.directions)
        upstream = _upstream(stack, layer, dx, dcells, dh_n, dc_n)
        here = list(map(run_backward, workspace.packed.weights[at], workspace.runs[at], upstream))
        gradients = here + gradients
        dx, dcells = np.sum([g.x for g in here], axis=0), None  # c of the last layer alone is seen
        if layer > 0 and workspace.masks:
            dx = dx * workspace.masks[layer - 1]
    if not retain:
        workspace.runs = None
    beside, table = dense_backward(workspace.x, workspace.valid, dx) if needs_x else (None, None)
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


def _dense(x: Array | Lookup, valid: Array) -> Array:
    """The input as an array (T, B, I); of a Lookup, only the ids within the lengths are read."""
    if not isinstance(x, Lookup):
        return x
    looked_up = np.zeros((*x.ids.shape, x.table.shape[1]), x.dtype)
    looked_up[valid] = x.table[x.ids[valid]]
    return looked_up if x.beside is None else np.concatenate([looked_up, x.beside], axis=2)


def dense_backward(
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
