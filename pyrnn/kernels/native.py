"""The compiled kernels.

`pack`, `forward` and `backward` do what their namesakes in `reference` specify, as do those of a
convolution in `convolution`, of a random field in `crf` and of temporal classification in `ctc`.
What chooses how they run stands in files of its own, under the same names here: instruction set,
threads, memory, and (for tests) the schedule.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from pyrnn.kernels import (
    convolution_preconditions,
    crf_preconditions,
    ctc_preconditions,
    preconditions,
)
from pyrnn.kernels.extension import _core
from pyrnn.kernels.instruction_sets import available_isas as available_isas
from pyrnn.kernels.instruction_sets import build_config as build_config
from pyrnn.kernels.instruction_sets import isa as isa
from pyrnn.kernels.instruction_sets import set_isa as set_isa
from pyrnn.kernels.memory import empty_cache as empty_cache
from pyrnn.kernels.memory import failing_allocation as failing_allocation
from pyrnn.kernels.memory import fresh_blocks as fresh_blocks
from pyrnn.kernels.memory import get_cache_limit as get_cache_limit
from pyrnn.kernels.memory import idle_memory as idle_memory
from pyrnn.kernels.memory import set_cache_limit as set_cache_limit
from pyrnn.kernels.memory import used_memory as used_memory
from pyrnn.kernels.schedule import schedule as schedule
from pyrnn.kernels.stack import Array, Forward, Gradients, Lookup, Stack, TableGradient
from pyrnn.kernels.threads import ThreadLimit as ThreadLimit
from pyrnn.kernels.threads import get_num_threads as get_num_threads
from pyrnn.kernels.threads import set_num_threads as set_num_threads

_LEAST_WINDOW = 64  # steps; fewer save no memory that counts


class Packed(NamedTuple):
    """A stack with its weights in the kernels' layout. The arrays given to `pack` must stay as
    they are until the first forward call with `save`, which packs from them what backward needs."""

    stack: Stack
    dtype: np.dtype[Any]
    handle: _core.PackedWeights


class Workspace(NamedTuple):
    """What forward leaves for backward."""

    packed: Packed
    time: int
    batch: int
    needs_x: bool  # whether backward may be asked for the gradient of x
    returned: bool  # whether y was returned, so that its gradient may arrive
    handle: _core.Workspace


def pack(stack: Stack, weights: Sequence[Array]) -> Packed:
    """Pack weights, in the order and shapes of `stack.weight_names()`, for calls of forward.

    Weights are C-contiguous, all float32 or all float64. Errors: see `preconditions`.
    """
    dtype = preconditions.check_weights(stack, weights)
    handle = _core.pack(
        stack.cell,
        stack.input_size,
        stack.hidden_size,
        stack.num_layers,
        stack.bidirectional,
        stack.bias,
        stack.dropout,
        stack.proj_size,
        *stack.zoneout,
        stack.recurrent_dropout,
        list(weights),
    )
    return Packed(stack, dtype, handle)


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
    """Run a stack over a batch of sequences: see `reference.forward`.

    With `save`, y is read-only and x, h0, c0 must stay as they are until backward has run. With
    `recompute`, what lies between the steps that it keeps is computed again in backward, with the
    same bits.
    """
    stack = packed.stack
    preconditions.check_forward(stack, packed.dtype, x, h0, c0, lengths)
    time, batch, _ = x.shape
    preconditions.check_masks(time, batch, seed, sequences, reset)
    preconditions.check_results(stack, return_cells, return_sequences, recompute)
    if seed is not None:
        seed = preconditions.check_seed(seed)
    ids, table, dense = x if isinstance(x, Lookup) else (None, None, x)
    y, h_n, c_n, cells, handle = _core.forward(
        packed.handle,
        dense,
        ids,
        table,
        h0,
        c0,
        lengths,
        seed,
        sequences,
        reset,
        save,
        needs_x,
        return_cells,
        return_sequences,
        _window(recompute, time),
    )
    workspace = None
    if handle is not None:
        workspace = Workspace(packed, time, batch, needs_x, return_sequences, handle)
    return Forward(y, h_n, c_n, cells, workspace)


def _window(recompute: bool | int, time: int) -> int:
    """The steps of a window that backward runs again; 0 where all is kept.

    States before T / W windows and the workspace of W steps take least where W is about
    sqrt(T / 3); longer ones cost little more and make larger products of the weights' gradients.
    """
    if recompute is True:
        return max(_LEAST_WINDOW, math.isqrt(time))
    return int(recompute)


def cell_step(
    packed: Packed, x: Array, h: Array | None, c: Array | None
) -> tuple[Array, Array | None]:
    """h' and c' (None where the cell has none) after one step of a stack of one layer in one
    direction, without a seed: x (B, I), h (B, P), c (B, H), None for zeros, or each without B.

    Any strides. The extension itself checks shapes and dtypes, in fewer words than `forward`,
    whose checks take as long as the step.
    """
    return _core.cell_step(packed.handle, x, h, c)


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
    """Back-propagate through the call that saved this workspace: see `reference.backward`."""
    if not isinstance(workspace, Workspace):
        preconditions.refuse_foreign_workspace(workspace)
    if workspace.handle.consumed:
        preconditions.refuse_consumed_workspace()
    preconditions.check_needs(needs_x, workspace.needs_x)
    preconditions.check_outputs(dy, workspace.returned)
    packed = workspace.packed
    preconditions.check_backward(
        packed.stack, packed.dtype, workspace.time, workspace.batch, dy, dh_n, dc_n, dcells
    )
    dx, table, weights, dh0, dc0 = _core.backward(
        workspace.handle, dy, dh_n, dc_n, dcells, needs_x, needs_state, needs_weights, retain
    )
    dtable = None if table is None else TableGradient(*table)
    return Gradients(dx, dtable, weights, dh0, dc0)


def plain(array: Array) -> Array:
    """The array as the extension reads it, C-contiguous and aligned; a copy where it is not."""
    if type(array) is np.ndarray:
        flags = array.flags
        if flags.c_contiguous and flags.aligned:
            return array
    array = np.asarray(array, order="C")
    return array if array.flags.aligned else array.copy()


def convolution_max(
    x: Array, weight: Array, bias: Array | None, lengths: Array, *, batch_first: bool = False
) -> tuple[Array, Array]:
    """Filters over sequences, and the largest activation of each: see `convolution`."""
    convolution_preconditions.check_convolution(x, weight, bias, lengths, batch_first)
    return _core.convolution_max(x, weight, bias, lengths, batch_first)


def convolution_gradient(
    x: Array,
    weight: Array,
    lengths: Array,
    steps: Array,
    dy: Array,
    *,
    batch_first: bool = False,
    needs_x: bool = True,
    needs_weight: bool = True,
    needs_bias: bool = True,
) -> tuple[Array | None, Array | None, Array | None]:
    """What flows back through those maxima: see `convolution`."""
    convolution_preconditions.check_convolution_gradient(x, weight, lengths, steps, dy, batch_first)
    return _core.convolution_gradient(
        x, weight, lengths, steps, dy, batch_first, needs_x, needs_weight, needs_bias
    )


def crf_log_likelihood(
    emissions: Array, labels: Array, transitions: Array, start: Array, end: Array, lengths: Array
) -> tuple[Array, Array]:
    """ln p of labels, and what `crf_gradient` goes on from: see `crf`."""
    crf_preconditions.check_crf(emissions, transitions, start, end, lengths)
    crf_preconditions.check_labels(labels, emissions, lengths)
    log_likelihood, alphas = _core.crf_forward(emissions, labels, transitions, start, end, lengths)
    crf_preconditions.refuse_forbidden(
        log_likelihood, emissions, labels, transitions, start, end, lengths
    )
    return log_likelihood, alphas


def crf_gradient(
    emissions: Array,
    labels: Array,
    transitions: Array,
    start: Array,
    end: Array,
    lengths: Array,
    alphas: Array,
    dy: Array,
) -> tuple[Array, Array, Array, Array]:
    """What flows back from ln p to emissions, transitions, start and end: see `crf`."""
    crf_preconditions.check_crf(emissions, transitions, start, end, lengths)
    crf_preconditions.check_labels(labels, emissions, lengths)
    crf_preconditions.check_upstream(alphas, dy, emissions)
    return _core.crf_gradient(emissions, labels, transitions, start, end, lengths, alphas, dy)


def crf_marginals(
    emissions: Array, transitions: Array, start: Array, end: Array, lengths: Array
) -> Array:
    """How likely each label is at each step: see `crf`."""
    crf_preconditions.check_crf(emissions, transitions, start, end, lengths)
    return _core.crf_marginals(emissions, transitions, start, end, lengths)


def crf_decode(
    emissions: Array, transitions: Array, start: Array, end: Array, lengths: Array, best: int = 1
) -> tuple[Array, Array]:
    """The paths of highest score: see `crf`."""
    crf_preconditions.check_crf(emissions, transitions, start, end, lengths)
    crf_preconditions.check_best(best, emissions)
    e, A, first, last = (np.asarray(a, np.float64) for a in (emissions, transitions, start, end))
    labels, scores = _core.crf_decode(e, A, first, last, lengths, best)
    return labels, np.asarray(scores, emissions.dtype)


def ctc_loss(
    logits: Array,
    targets: Array,
    lengths: Array,
    target_lengths: Array,
    blank: int = 0,
    *,
    normalized: bool = False,
    gradient: bool = True,
    scale: float = 1.0,
) -> tuple[Array, Array | None]:
    """-ln p of targets without alignment, and its gradient: see `ctc`."""
    ctc_preconditions.check_ctc(logits, targets, lengths, target_lengths, blank)
    return _core.ctc_loss(
        logits, targets, lengths, target_lengths, blank, normalized, gradient, scale
    )


def dropout(x: Array, p: float, seed: int) -> Array:
    """x times a mask that is not stored: see ``dropout.masked``. Any shape and strides."""
    return _core.dropout(plain(x), p, seed).reshape(x.shape)


def gather_rows(table: Array, ids: Array) -> Array:
    """table[ids]: table (V, E), contiguous; ids int64 of any shape and strides."""
    return _core.gather_rows(table, plain(ids))


def scatter_rows(rows: int, ids: Array, values: Array) -> Array:
    """out[ids[n]] += values[n] on zeros, n rising: ids (N,) int64, values (N, E) give (rows, E)."""
    return _core.scatter_rows(rows, plain(ids), plain(values))


def sum_rows(
    rows: int, ids: Array, values: Array, omitted: int | None = None
) -> tuple[Array, Array]:
    """See ``arrays.sum_rows``; ids (N,) and values (N, E) of any strides."""
    left_out = -1 if omitted is None else omitted
    return _core.sum_rows(rows, plain(ids), plain(values), left_out)


def likeliest(x: Array, count: int, allowed: Array | None = None) -> tuple[Array, Array, Array]:
    """See ``kernels.likeliest``; x and allowed of any strides."""
    mask = None if allowed is None else plain(allowed)
    ids, values, norms = _core.likeliest(plain(x), min(count, x.shape[-1]), mask, True)
    assert norms is not None  # as asked for
    return ids, values, norms


def largest(x: Array, count: int) -> tuple[Array, Array]:
    """See ``kernels.likeliest``; x of any strides."""
    ids, values, _ = _core.likeliest(plain(x), min(count, x.shape[-1]), None, False)
    return ids, values


# Of matrices of any strides, whose contiguous rows or columns are read as they stand, and of a bias
# (N,), contiguous, at which every sum starts. The order of every sum is that of k.
product = _core.product
# Element by element or row by row on contiguous arrays: what pyrnn.kernels.arrays says of each.
softmax = _core.softmax
sigmoid = _core.sigmoid
tanh = _core.tanh
cross_entropy = _core.cross_entropy
adam = _core.adam
sgd = _core.sgd
square_norm = _core.square_norm
