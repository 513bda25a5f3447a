"""What attention and decoders accept; errors as those of `preconditions`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from pyrnn.kernels import preconditions
from pyrnn.kernels.array_checks import check_array, check_layout, float_dtype
from pyrnn.kernels.stack import CELLS, Array, Lookup, Stack, look_up

if TYPE_CHECKING:
    from pyrnn.kernels.attention import Memory

# Cells whose step needs no more than its own row: layer norm waits for all of W x.
DECODER_CELLS = tuple(
    cell
    for cell in CELLS
    if not any(weight.name.startswith("weight_norm") for weight in look_up(cell).weights)
)


def check_attention(query: Array, memory: Memory) -> None:
    """Check the queries of a call, and what they attend to."""
    dtype = float_dtype("query", query)
    check_layout("query", query, dtype, "(T, B, A)", 3)
    _, batch, width = query.shape
    check_memory(memory, dtype, batch, width)


def check_attention_gradient(
    query: Array,
    memory: Memory,
    weights: Array,
    dcontext: Array | None,
    dweights: Array | None,
) -> None:
    """Check the arguments of attention's backward pass."""
    check_attention(query, memory)
    time, batch, _ = query.shape
    shape = (time, batch, len(memory.keys))
    check_array("weights", weights, query.dtype, "(T, B, S)", shape)
    if dweights is not None:
        check_array("dweights", dweights, query.dtype, "(T, B, S)", shape)
    if dcontext is not None:
        width = memory.values.shape[2]
        check_array("dcontext", dcontext, query.dtype, "(T, B, E)", (time, batch, width))


def check_memory(memory: Memory, dtype: np.dtype[Any], batch: int, width: int) -> None:
    """Check what queries (T, B, A), of this batch and width, attend to."""
    check_layout("keys", memory.keys, dtype, "(S, B, A)", 3)
    steps = len(memory.keys)
    check_array("keys", memory.keys, dtype, "(S, B, A)", (steps, batch, width))
    check_layout("values", memory.values, dtype, "(S, B, E)", 3)
    shape = (steps, batch, memory.values.shape[2])
    check_array("values", memory.values, dtype, "(S, B, E)", shape)
    if memory.weight is not None:
        check_array("weight", memory.weight, dtype, "(A,)", (width,))
    if memory.lengths is None:
        return
    check_array("memory_lengths", memory.lengths, np.dtype(np.int64), "(B,)", (batch,))
    wrong = np.flatnonzero((memory.lengths < 0) | (memory.lengths > steps))
    if wrong.size:
        row = int(wrong[0])
        raise ValueError(
            f"memory_lengths: expected values from 0 to S = {steps}; "
            f"got {int(memory.lengths[row])} at row {row}"
        )


def check_decoder_cell(cell: object) -> None:
    """Check the name of a decoder's cell."""
    if cell not in DECODER_CELLS:
        raise ValueError(
            f"cell: expected one of {', '.join(DECODER_CELLS)} for a decoder; got {cell!r:.80}"
        )


def check_decoder_stack(stack: Stack) -> None:
    """Check that a stack is one a decoder may be: one layer, one direction, no masks."""
    check_decoder_cell(stack.cell)
    plain = Stack(stack.cell, stack.input_size, stack.hidden_size, bias=stack.bias)
    if stack != plain:
        raise ValueError(
            "stack: expected one layer in one direction, without projection, dropout and zoneout, "
            f"for a decoder; got {stack}"
        )


def check_decoder(
    stack: Stack,
    dtype: np.dtype[Any],
    x: Array | Lookup,
    memory: Memory,
    projection: Array | None,
    states: tuple[Array | None, Array | None],
    lengths: Array | None,
) -> None:
    """Check what a decoder's forward call on weights of this dtype reads."""
    check_decoder_stack(stack)
    check_layout("values", memory.values, dtype, "(S, B, E)", 3)
    width = memory.values.shape[2]
    if not 0 < width < stack.input_size:
        raise ValueError(
            f"values: expected a last axis E from 1 to {stack.input_size - 1}, since a step reads "
            f"{stack.input_size} numbers, x and the context; got {width}"
        )
    if isinstance(x, Lookup) and x.beside is not None:
        raise ValueError("x: expected an array, or a Lookup without others beside it")
    inner = Stack(stack.cell, stack.input_size - width, stack.hidden_size, bias=stack.bias)
    preconditions.check_forward(inner, dtype, x, *states, lengths)
    hidden = stack.hidden_size
    if projection is None:
        check_memory(memory, dtype, x.shape[1], hidden)
        return
    check_layout("projection", projection, dtype, "(A, H)", 2)
    check_array("projection", projection, dtype, "(A, H)", (len(projection), hidden))
    check_memory(memory, dtype, x.shape[1], len(projection))


def check_decoder_gradients(
    stack: Stack,
    dtype: np.dtype[Any],
    shape: tuple[int, int, int],
    dy: Array | None,
    dcontext: Array | None,
    states: tuple[Array | None, Array | None],
) -> None:
    """Check the upstream gradients of a decoder's backward call. shape: (T, B, E)."""
    time, batch, _ = shape
    preconditions.check_backward(stack, dtype, time, batch, dy, *states, None)
    if dcontext is not None:
        check_array("dcontext", dcontext, dtype, "(T, B, E)", shape)
