"""A whole stack of recurrent layers as one node."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pyrnn.autograd import Context, Function, RowGradient, Tensor
from pyrnn.autograd.operands import Operand, as_array, as_integers, as_tensor
from pyrnn.functional.embedding import LookupTensor
from pyrnn.functional.parts import are_parts, check_parts, joined, separated
from pyrnn.kernels import arrays as xp
from pyrnn.kernels import native
from pyrnn.kernels.arrays import Array
from pyrnn.kernels.stack import Lookup, Stack


class Recurrent(Function):
    """y, h_n, c_n, cells of a stack over a batch of sequences, and BPTT through all of it.

    The arrays begin with the dense parts of the input, (T, B, I_k) each, of which there are
    ``parts``; behind them come the weights. A table (V, E) is that of the part table[ids], ids
    (T, B), which stands before them all; the kernel gives its gradient by rows. Options are those
    of ``native.forward``.
    """

    gives_views = False

    @staticmethod
    def forward(
        ctx: Context,
        table: Array | None,
        h0: Array | None,
        c0: Array | None,
        *arrays: Array,
        parts: int,
        packed: Any,
        ids: Array | None,
        padding_idx: int | None,
        lengths: Array | None,
        **options: Any,
    ) -> tuple[Array | None, ...]:
        # The kernel holds on to these until backward.
        given = table, joined(arrays[:parts]), h0, c0
        kept: list[Any] = [ctx.keep(_optional(array)) for array in given]
        table, dense, h0, c0 = kept
        needs_table, _, _, *needs = ctx.needs_input_grad
        result = native.forward(
            packed,
            dense if ids is None else Lookup(ids, table, dense),
            h0,
            c0,
            lengths,
            save=True in ctx.needs_input_grad,
            needs_x=needs_table or True in needs[:parts],
            **options,
        )
        ctx.save(result.workspace, padding_idx, [x.shape[2] for x in arrays[:parts]], *kept)
        return result.y, result.h_n, result.c_n, result.cells

    @staticmethod
    def backward(
        ctx: Context,
        dy: Array | None,
        dh_n: Array | None,
        dc_n: Array | None,
        dcells: Array | None,
    ) -> tuple[Array | RowGradient | None, ...]:
        workspace, padding_idx, widths, table, *_ = ctx.saved
        needs_table, needs_h0, needs_c0, *needs = ctx.needs_input_grad
        needs_parts, needs_weights = needs[: len(widths)], needs[len(widths) :]
        gradients = native.backward(
            workspace,
            _optional(dy),
            _optional(dh_n),
            _optional(dc_n),
            _optional(dcells),
            needs_x=needs_table or any(needs_parts),
            needs_state=needs_h0 or needs_c0,
            needs_weights=any(needs_weights),
            retain=ctx.retain_graph,
        )
        dtable = None
        if gradients.table is not None:
            ids, rows, _ = gradients.table
            if padding_idx is not None:
                rows[ids == padding_idx] = 0
            dtable = RowGradient(ids, rows, table.shape)
        dx = separated(gradients.x, widths)
        dw: Sequence[Array | None] = gradients.weights or [None] * len(needs_weights)
        return (dtable, gradients.h0, gradients.c0, *dx, *dw)


def recurrent(
    stack: Stack,
    packed: Any,
    x: Operand | Sequence[Operand],
    weights: Sequence[Tensor],
    h0: Operand | None = None,
    c0: Operand | None = None,
    lengths: Operand | None = None,
    *,
    seed: int | None = None,
    sequences: Operand | None = None,
    reset: Operand | None = None,
    return_cells: bool = False,
    return_sequences: bool = True,
    recompute: bool | int = False,
) -> tuple[Tensor | None, Tensor, Tensor | None, Tensor | None]:
    """Run a stack of recurrent layers: one kernel call, one node.

    packed: what ``kernels.native.pack(stack, arrays of weights)`` gave, at the weights' present
    values: forward computes with it, backward gives the gradients of ``weights``.
    x (T, B, I), or the result of ``embedding`` for ids (T, B), which is then not looked up; or a
    list or tuple of such parts, (T, B, I_k) each, whose widths add up to I: W x is the sum of their
    products. Of the parts only a lookup that stands first is not looked up; the others are, and
    are joined into one array.
    weights: in the order of ``stack.weight_names()``. h0 (L D, B, P), c0 (L D, B, H), None for
    zeros. lengths: B integers from 0 to T, None for all T. seed: an int in [0, 2**64) of which the
    stack's masks are drawn; None for none, and for the expectation of zoneout. sequences: B
    integers from 0 on, which sequence a row is, None for 0 .. B-1: a sequence's masks depend on its
    number, not on its batch. reset: truth values (T, B), where a sequence starts again from zeros.
    recompute: True, or a number of steps, keeps the states at some steps alone, and computes again
    in backward what lies between them: see ``nn.Recurrent``. The results are the same to the last
    bit.

    Gives y (T, B, D P) where ``return_sequences``, else None, h_n (L D, B, P), c_n (L D, B, H)
    where the cell has one, else None, and cells (T, B, D H) where ``return_cells``, else None;
    letters as in ``kernels.stack``. Errors name the argument: see ``kernels.preconditions``.
    """
    if len(weights) != stack.weight_count:
        raise ValueError(
            f"weights: expected {stack.weight_count} tensors ({', '.join(stack.weight_names())}); "
            f"got {len(weights)}"
        )
    dense = _parts(x, stack, packed.dtype) if are_parts(x) else [as_tensor(x, "x")]
    first = dense[0]
    table = ids = padding_idx = None
    if isinstance(first, LookupTensor) and first.is_lookup:
        dense = dense[1:]
        ids, padding_idx = native.plain(first.ids), first.padding_idx
        table = first.table if first.requires_grad else first.table.detach()
    return Recurrent.apply(
        table,
        None if h0 is None else as_tensor(h0, "h0"),
        None if c0 is None else as_tensor(c0, "c0"),
        *dense,
        *weights,
        parts=len(dense),
        packed=packed,
        ids=ids,
        padding_idx=padding_idx,
        lengths=_integers(lengths, "lengths"),
        seed=seed,
        sequences=_integers(sequences, "sequences"),
        reset=None if reset is None else native.plain(truth_values(reset, "reset")),
        return_cells=return_cells,
        return_sequences=return_sequences,
        recompute=recompute,
    )


def truth_values(value: Operand, name: str) -> Array:
    """An array of truth values; TypeError for one of numbers."""
    try:
        array = as_array(value, name=name)
    except TypeError as error:  # text, objects
        _, _, got = str(error).rpartition("; got ")
        raise TypeError(f"{name}: expected truth values; got {got}") from None
    if array.dtype != xp.bool_ and array.size > 0:
        hint = f"(convert with {name}.astype('bool'))"
        raise TypeError(f"{name}: expected truth values; got dtype {array.dtype} {hint}")
    return array.astype(xp.bool_, copy=False)


def _parts(x: Sequence[Operand], stack: Stack, dtype: Any) -> list[Tensor]:
    """The parts of an input as tensors, those without columns left out."""
    if len(x) == 0:
        raise ValueError(
            f"x: expected at least one part (T, B, I_k); got an empty {type(x).__name__}"
        )
    parts = [as_tensor(part, f"x[{k}]") for k, part in enumerate(x)]
    for k, part in enumerate(parts):
        if part.dtype != dtype:
            raise TypeError(f"x[{k}]: expected dtype {dtype}; got {part.dtype}")
    if parts[0].ndim != 3:
        raise ValueError(f"x[0]: expected 3 axes (T, B, I_0); got shape {parts[0].shape}")
    check_parts(parts, stack.input_size, "T, B")
    return [part for part in parts if part.shape[2] > 0]


def _optional(array: Array | None) -> Array | None:
    return None if array is None else native.plain(array)


def _integers(value: Operand | None, name: str) -> Array | None:
    return None if value is None else native.plain(as_integers(value, name))
