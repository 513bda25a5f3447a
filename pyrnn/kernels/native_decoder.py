"""Attention and decoders by the compiled kernels: what `attention` and `decoder` specify."""

from __future__ import annotations

from typing import NamedTuple

from pyrnn.kernels import attention_preconditions, preconditions
from pyrnn.kernels.attention import AttentionGradients, Memory
from pyrnn.kernels.decoder import Decoded, DecoderGradients
from pyrnn.kernels.extension import _core
from pyrnn.kernels.native import Packed
from pyrnn.kernels.stack import Array, Lookup, TableGradient


def attend(query: Array, memory: Memory) -> tuple[Array, Array]:
    """Context and weights of queries (T, B, A): see `attention.attend`."""
    attention_preconditions.check_attention(query, memory)
    return _core.attend(query, memory.keys, memory.values, memory.weight, memory.lengths)


def attend_backward(
    query: Array,
    memory: Memory,
    weights: Array,
    dcontext: Array | None,
    dweights: Array | None = None,
    *,
    needs_query: bool = True,
    needs_keys: bool = True,
    needs_values: bool = True,
    needs_weight: bool = True,
) -> AttentionGradients:
    """What flows back through them: see `attention.attend_backward`."""
    attention_preconditions.check_attention_gradient(query, memory, weights, dcontext, dweights)
    gradients = _core.attend_back(
        query,
        memory.keys,
        memory.values,
        memory.weight,
        memory.lengths,
        weights,
        dcontext,
        dweights,
        needs_query,
        needs_keys,
        needs_values,
        needs_weight,
    )
    return AttentionGradients(*gradients)


class Workspace(NamedTuple):
    """What `decode` leaves for backward."""

    packed: Packed
    shape: tuple[int, int, int]  # (T, B, E)
    handle: _core.DecoderWorkspace


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
    """Run a decoder over a batch of targets: see `decoder.decode`.

    With `save`, the results are read-only and the arguments must stay as they are until backward
    has run.
    """
    attention_preconditions.check_decoder(
        packed.stack, packed.dtype, x, memory, projection, (h0, c0), lengths
    )
    ids, table, dense = x if isinstance(x, Lookup) else (None, None, x)
    y, context, weights, h_n, c_n, handle = _core.decode(
        packed.handle,
        dense,
        ids,
        table,
        h0,
        c0,
        lengths,
        memory.keys,
        memory.values,
        memory.weight,
        memory.lengths,
        projection,
        save,
    )
    shape = (*x.shape[:2], memory.values.shape[2])
    workspace = None if handle is None else Workspace(packed, shape, handle)
    return Decoded(y, context, weights, h_n, c_n, workspace)


def decode_backward(
    workspace: Workspace,
    dy: Array | None = None,
    dcontext: Array | None = None,
    dh_n: Array | None = None,
    dc_n: Array | None = None,
    *,
    needs_x: bool = True,
    needs_state: bool = True,
    needs_weights: bool = True,
    needs_keys: bool = True,
    needs_values: bool = True,
    needs_attention: bool = True,
    retain: bool = False,
) -> DecoderGradients:
    """Back-propagate through the call that saved this workspace: see `decoder.decode_backward`.

    needs_attention: whether the gradients of projection and weight are wanted.
    """
    if not isinstance(workspace, Workspace):
        preconditions.refuse_foreign_workspace(workspace)
    if workspace.handle.consumed:
        preconditions.refuse_consumed_workspace()
    packed = workspace.packed
    attention_preconditions.check_decoder_gradients(
        packed.stack, packed.dtype, workspace.shape, dy, dcontext, (dh_n, dc_n)
    )
    dx, dtable, dweights, dh0, dc0, dkeys, dvalues, dprojection, dweight = _core.decode_back(
        workspace.handle,
        dy,
        dcontext,
        dh_n,
        dc_n,
        needs_x,
        needs_state,
        needs_weights,
        needs_keys,
        needs_values,
        needs_attention,
        retain,
    )
    table = None if dtable is None else TableGradient(*dtable)
    return DecoderGradients(dx, table, dweights, dh0, dc0, dkeys, dvalues, dprojection, dweight)
