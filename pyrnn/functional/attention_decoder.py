"""A recurrent layer that attends to a memory at each step, as one node."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from pyrnn.autograd import Context, Function, RowGradient, Tensor
from pyrnn.functional.embedding import LookupTensor
from pyrnn.functional.parts import joined, separated
from pyrnn.kernels import native_decoder as native
from pyrnn.kernels.arrays import Array
from pyrnn.kernels.attention import Memory
from pyrnn.kernels.native import plain
from pyrnn.kernels.stack import Lookup


class Attended(NamedTuple):
    """What a decoder attends to, and how."""

    keys: Tensor  # (S, B, A)
    values: Tensor  # (S, B, E)
    lengths: Array | None  # (B,) int64
    projection: Tensor | None  # W_q (A, H); None: the query is h itself
    weight: Tensor | None  # v (A,) of additive attention


class Decode(Function):
    """y, context, weights, h_n and c_n of a decoder, and BPTT through all of it.

    Arrays end with the dense parts of the input, (T, B, I_k) each, of which there are ``parts``,
    and the weights. A table (V, E) is that of an input table[ids]. No gradient flows through the
    attention's weights.
    """

    gives_views = False

    @staticmethod
    def forward(
        ctx: Context,
        table: Array | None,
        h0: Array | None,
        c0: Array | None,
        keys: Array,
        values: Array,
        projection: Array | None,
        weight: Array | None,
        *arrays: Array,
        parts: int,
        packed: Any,
        ids: Array | None,
        padding_idx: int | None,
        lengths: Array | None,
        memory_lengths: Array | None,
    ) -> tuple[Array | None, ...]:
        # The kernel holds on to these until backward.
        given = table, joined(arrays[:parts]), h0, c0, keys, values, projection, weight
        kept: list[Any] = [ctx.keep(None if a is None else plain(a)) for a in given]
        table, dense, h0, c0, keys, values, projection, weight = kept
        result = native.decode(
            packed,
            dense if ids is None else Lookup(ids, table),
            Memory(keys, values, memory_lengths, weight),
            projection,
            h0,
            c0,
            lengths,
            save=True in ctx.needs_input_grad,
        )
        ctx.save(result.workspace, padding_idx, [x.shape[2] for x in arrays[:parts]], *kept)
        return result[:5]

    @staticmethod
    def backward(
        ctx: Context,
        dy: Array | None,
        dcontext: Array | None,
        dweights: Array | None,
        dh_n: Array | None,
        dc_n: Array | None,
    ) -> tuple[Array | RowGradient | None, ...]:
        workspace, padding_idx, widths, table = ctx.saved[:4]
        for_table, for_h0, for_c0, for_keys, for_values, for_projection, for_v, *rest = (
            ctx.needs_input_grad
        )
        for_parts, for_weights = rest[: len(widths)], rest[len(widths) :]
        upstream = [None if d is None else plain(d) for d in (dy, dcontext, dh_n, dc_n)]
        gradients = native.decode_backward(
            workspace,
            *upstream,
            needs_x=for_table or any(for_parts),
            needs_state=for_h0 or for_c0,
            needs_weights=any(for_weights),
            needs_keys=for_keys,
            needs_values=for_values,
            needs_attention=for_projection or for_v,
            retain=ctx.retain_graph,
        )
        dtable = None
        if gradients.table is not None:
            ids, rows = gradients.table[:2]
            if padding_idx is not None:
                rows[ids == padding_idx] = 0
            dtable = RowGradient(ids, rows, table.shape)
        dw: Sequence[Array | None] = gradients.weights or [None] * len(for_weights)
        states = gradients.h0, gradients.c0
        attended = gradients.keys, gradients.values, gradients.projection, gradients.weight
        return (dtable, *states, *attended, *separated(gradients.x, widths), *dw)


def attention_decoder(
    packed: Any,
    parts: Sequence[Tensor],
    weights: Sequence[Tensor],
    to: Attended,
    h0: Tensor | None = None,
    c0: Tensor | None = None,
    lengths: Array | None = None,
) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor | None]:
    """Run a decoder with attention: one kernel call, one node.

    packed: what ``kernels.native.pack(stack, arrays of weights)`` gave, the stack one layer of I +
    E inputs, the columns of x first. parts: those of x, (T, B, I_k) each, whose widths add up to
    I; a lookup that stands alone is not looked up. weights: in the order of
    ``stack.weight_names()``. h0, c0: (1, B, H), None for zeros. lengths: int64 (B,), those of the
    targets.

    Gives y (T, B, H), context (T, B, E), the attention's weights (T, B, S), through which no
    gradient flows, h_n and c_n (1, B, H); c_n is None where the cell has none. Whoever calls has
    checked dtypes and shapes; the kernels refuse others: see ``kernels.attention_preconditions``.
    """
    dense = list(parts)
    first = dense[0]
    table = ids = padding_idx = None
    if len(dense) == 1 and isinstance(first, LookupTensor) and first.is_lookup:
        dense = []
        ids, padding_idx = plain(first.ids), first.padding_idx
        table = first.table if first.requires_grad else first.table.detach()
    y, context, attended, h_n, c_n = Decode.apply(
        table,
        h0,
        c0,
        to.keys,
        to.values,
        to.projection,
        to.weight,
        *dense,
        *weights,
        parts=len(dense),
        packed=packed,
        ids=ids,
        padding_idx=padding_idx,
        lengths=lengths,
        memory_lengths=to.lengths,
    )
    return y, context, attended.detach(), h_n, c_n
