"""A whole stack of recurrent layers as one node."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pyrnn.autograd import Context, Function, RowGradient, Tensor
from pyrnn.autograd.operands import Operand, as_integers, as_tensor
from pyrnn.functional.embedding import LookupTensor
from pyrnn.kernels import native
from pyrnn.kernels.arrays import Array
from pyrnn.kernels.stack import Lookup, Stack, TableGradient


class Recurrent(Function):
    """y, h_n, c_n, cells of a stack over a batch of sequences, and BPTT through all of it.

    x is the input (T, B, I), or where ids (T, B) are given the table (V, I) of the input
    table[ids]; the kernel gives the gradient of either, that of a table by its rows.
    """

    @staticmethod
    def forward(
        ctx: Context,
        x: Array,
        h0: Array | None,
        c0: Array | None,
        *weights: Array,
        packed: Any,
        ids: Array | None,
        padding_idx: int | None,
        lengths: Array | None,
        seed: int | None,
        sequences: Array | None,
        return_cells: bool,
    ) -> tuple[Array | None, ...]:
        # The kernel holds on to these until backward.
        x, h0, c0 = ctx.keep(native.plain(x)), ctx.keep(_optional(h0)), ctx.keep(_optional(c0))
        result = native.forward(
            packed,
            x if ids is None else Lookup(ids, x),
            h0,
            c0,
            lengths,
            seed=seed,
            sequences=sequences,
            save=any(ctx.needs_input_grad),
            needs_x=ctx.needs_input_grad[0],
            return_cells=return_cells,
        )
        ctx.save(result.workspace, padding_idx, x, h0, c0)
        return result.y, result.h_n, result.c_n, result.cells

    @staticmethod
    def backward(
        ctx: Context,
        dy: Array | None,
        dh_n: Array | None,
        dc_n: Array | None,
        dcells: Array | None,
    ) -> tuple[Array | RowGradient | None, ...]:
        workspace, padding_idx, x, *_ = ctx.saved
        needs_x, needs_h0, needs_c0, *needs_weights = ctx.needs_input_grad
        gradients = native.backward(
            workspace,
            _optional(dy),
            _optional(dh_n),
            _optional(dc_n),
            _optional(dcells),
            needs_x=needs_x,
            needs_state=needs_h0 or needs_c0,
            needs_weights=any(needs_weights),
            retain=ctx.retain_graph,
        )
        dx: Any = gradients.x
        if isinstance(dx, TableGradient):
            if padding_idx is not None:
                dx.rows[dx.ids == padding_idx] = 0
            dx = RowGradient(dx.ids, dx.rows, x.shape)
        weights = gradients.weights
        absent = (None,) * len(needs_weights)
        return (dx, gradients.h0, gradients.c0, *(absent if weights is None else weights))


def recurrent(
    stack: Stack,
    packed: Any,
    x: Operand,
    weights: Sequence[Tensor],
    h0: Operand | None = None,
    c0: Operand | None = None,
    lengths: Operand | None = None,
    *,
    seed: int | None = None,
    sequences: Operand | None = None,
    return_cells: bool = False,
) -> tuple[Tensor, Tensor, Tensor | None, Tensor | None]:
    """Run a stack of recurrent layers: one kernel call, one node.

    packed: what ``kernels.native.pack(stack, arrays of weights)`` gave, at the weights' present
    values: forward computes with it, backward gives the gradients of ``weights``.
    x (T, B, I), or the result of ``embedding`` for ids (T, B), which is then not looked up.
    weights: in the order of ``stack.weight_names()``. h0 (L D, B, P), c0 (L D, B, H), None for
    zeros. lengths: B integers from 0 to T, None for all T. seed: an int in [0, 2**64) turns the
    stack's dropout on, None leaves it off. sequences: B integers from 0 on, which sequence a row
    is, None for 0 .. B-1: a sequence's dropout masks depend on its number, not on its batch.

    Gives y (T, B, D P), h_n (L D, B, P), c_n (L D, B, H) where the cell has one, else None, and
    cells (T, B, D H) where ``return_cells``, else None; letters as in ``kernels.stack``.
    Errors name the argument: see ``kernels.preconditions``.
    """
    if len(weights) != stack.weight_count:
        raise ValueError(
            f"weights: expected {stack.weight_count} tensors ({', '.join(stack.weight_names())}); "
            f"got {len(weights)}"
        )
    ids = padding_idx = None
    if isinstance(x, LookupTensor) and x.is_lookup:
        ids, padding_idx = native.plain(x.ids), x.padding_idx
        x = x.table if x.requires_grad else x.table.detach()
    return Recurrent.apply(
        as_tensor(x, "x"),
        None if h0 is None else as_tensor(h0, "h0"),
        None if c0 is None else as_tensor(c0, "c0"),
        *weights,
        packed=packed,
        ids=ids,
        padding_idx=padding_idx,
        lengths=_integers(lengths, "lengths"),
        seed=seed,
        sequences=_integers(sequences, "sequences"),
        return_cells=return_cells,
    )


def _optional(array: Array | None) -> Array | None:
    return None if array is None else native.plain(array)


def _integers(value: Operand | None, name: str) -> Array | None:
    return None if value is None else native.plain(as_integers(value, name))
