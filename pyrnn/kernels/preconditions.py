"""What recurrent calls accept. Every kernel checks here, and so refuses alike.

A message names the argument, what was expected and what was got. TypeError: not an array, or the
wrong dtype. ValueError: wrong shape, layout or value. IndexError: a token id outside its table.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any, NoReturn

import numpy as np

from pyrnn.kernels.array_checks import check_array, check_layout, check_lengths, float_dtype
from pyrnn.kernels.scalars import integer
from pyrnn.kernels.stack import Array, Lookup, Stack, StackWeight, spoken

MOST_STEPS = (1 << 63) - 1  # of 64 bits


def check_weights(stack: Stack, weights: Sequence[Array]) -> np.dtype[Any]:
    """Check a list of weights against a stack and return the dtype that they share."""
    if len(weights) != stack.weight_count:
        raise ValueError(
            f"weights: expected {stack.weight_count} arrays ({_names_in_short(stack)}); "
            f"got {len(weights)}"
        )
    expected = _expected_weights(stack)
    dtype = float_dtype(expected[0][0], weights[0])
    for (name, letters, shape), weight in zip(expected, weights, strict=True):
        check_array(name, weight, dtype, letters, shape)
    return dtype


def check_forward(
    stack: Stack,
    dtype: np.dtype[Any],
    x: Array | Lookup,
    h0: Array | None,
    c0: Array | None,
    lengths: Array | None,
) -> None:
    """Check what a forward call on weights of this dtype reads."""
    if isinstance(x, Lookup):
        _check_lookup(stack, dtype, x)
    else:
        check_layout("x", x, dtype, "(T, B, I)", 3)
        _check_width("x", x, stack)
    time, batch, _ = x.shape
    if lengths is not None:
        check_lengths(lengths, time, batch)
    if isinstance(x, Lookup):
        _check_ids(x, lengths)
    if not stack.has_cell_state:
        _refuse_cell_state(stack, c0=c0)
    if h0 is not None:
        check_array("h0", h0, dtype, _state(stack), stack.state_shape(batch))
    if c0 is not None:
        check_array("c0", c0, dtype, "(L*D, B, H)", stack.cell_state_shape(batch))


def check_masks(
    time: int, batch: int, seed: int | None, sequences: Array | None, reset: Array | None
) -> None:
    """Check what a forward call makes its masks of, and where it cuts sequences."""
    if seed is not None:
        check_seed(seed)
    if sequences is not None:
        _check_sequences(sequences, batch)
    if reset is not None:
        check_array("reset", reset, np.dtype(np.bool_), "(T, B)", (time, batch))


def check_results(
    stack: Stack, return_cells: bool, return_sequences: bool, recompute: bool | int
) -> None:
    """Check what a forward call is to return, and what it is to keep."""
    if return_cells and not stack.has_cell_state:
        _refuse_cell_state(stack, return_cells=return_cells)
    if return_cells and not return_sequences:
        raise ValueError(
            "return_cells: expected False with return_sequences=False, which keeps the last step "
            "alone; got True"
        )
    if recompute is not False:
        check_recompute(recompute)


def check_recompute(recompute: object) -> bool | int:
    """Check how backward gets what forward did not keep, and return it as a bool or an int."""
    if isinstance(recompute, bool | np.bool_):
        return bool(recompute)
    try:
        return integer("recompute", recompute, least=1, most=MOST_STEPS)
    except (TypeError, ValueError) as error:
        _, _, got = str(error).rpartition("; got ")
        raise type(error)(
            f"recompute: expected True, False, or a number of steps from 1 to 2**63 - 1; got {got}"
        ) from None


def check_backward(
    stack: Stack,
    dtype: np.dtype[Any],
    time: int,
    batch: int,
    dy: Array | None,
    dh_n: Array | None,
    dc_n: Array | None,
    dcells: Array | None,
) -> None:
    """Check the upstream gradients of a backward call."""
    if not stack.has_cell_state:
        _refuse_cell_state(stack, dc_n=dc_n, dcells=dcells)
    if dy is not None:
        letters = f"(T, B, D*{_output(stack)})"
        check_array("dy", dy, dtype, letters, stack.output_shape(time, batch))
    if dcells is not None:
        check_array("dcells", dcells, dtype, "(T, B, D*H)", stack.cells_shape(time, batch))
    if dh_n is not None:
        check_array("dh_n", dh_n, dtype, _state(stack), stack.state_shape(batch))
    if dc_n is not None:
        check_array("dc_n", dc_n, dtype, "(L*D, B, H)", stack.cell_state_shape(batch))


def check_needs(needs_x: bool, saved: bool) -> None:
    """Check what backward is asked for against what its forward call was told."""
    if needs_x and not saved:
        raise ValueError(
            "needs_x: expected False, since the forward call was told needs_x=False; got True"
        )


def check_outputs(dy: Array | None, returned: bool) -> None:
    """Check that no gradient arrives at outputs that were not returned."""
    if dy is not None and not returned:
        raise ValueError(
            "dy: expected None, since the forward call was told return_sequences=False; got "
            f"{type(dy).__name__}"
        )


def check_seed(seed: object) -> int:
    """Check a dropout seed, an integer in [0, 2**64), and return it as an int."""
    value = integer("seed", seed)
    if not 0 <= value < 1 << 64:
        raise ValueError(f"seed: expected an integer in [0, 2**64); got {value}")
    return value


def refuse_foreign_workspace(workspace: object) -> NoReturn:
    """Raise for a workspace that no forward call of this kernel saved."""
    got = "None" if workspace is None else type(workspace).__name__
    raise TypeError(f"workspace: expected that of forward(..., save=True); got {got}")


def refuse_consumed_workspace() -> NoReturn:
    """Raise for a workspace that a backward call has used up."""
    raise RuntimeError(
        "workspace: a backward call has consumed it; "
        "pass retain=True to the first call to go back a second time"
    )


def _check_sequences(sequences: Array, batch: int) -> None:
    check_array("sequences", sequences, np.dtype(np.int64), "(B,)", (batch,))
    wrong = np.flatnonzero(sequences < 0)
    if wrong.size:
        row = int(wrong[0])
        raise ValueError(
            f"sequences: expected numbers from 0 on; got {int(sequences[row])} at row {row}"
        )


def _output(stack: Stack) -> str:
    """The letter for the width of one direction's output."""
    return "P" if stack.proj_size else "H"


def _state(stack: Stack) -> str:
    """The shape of h in letters."""
    return f"(L*D, B, {_output(stack)})"


@lru_cache(maxsize=64)  # a training step packs anew
def _expected_weights(stack: Stack) -> list[tuple[str, str, tuple[int, ...]]]:
    """Name, shape in letters and shape of each weight."""
    return [(weight.name, _letters(stack, weight), weight.shape) for weight in stack.weights()]


def _letters(stack: Stack, weight: StackWeight) -> str:
    """A weight's shape in letters: (G*H, I)."""
    output = _output(stack)
    extents = {"units": "H", "output": output, "input": f"D*{output}" if weight.layer else "I"}
    blocks = {1: "", stack.gates: "G*"}.get(weight.kind.blocks, f"{weight.kind.blocks}*")
    columns = extents.get(weight.kind.columns, "")
    return f"({blocks}{extents[weight.kind.rows]},{columns and ' ' + columns})"


def _check_lookup(stack: Stack, dtype: np.dtype[Any], x: Lookup) -> None:
    """All but the ids' values, which depend on the lengths."""
    letters = "(V, I)" if x.beside is None else "(V, E)"
    check_layout("ids", x.ids, np.dtype(np.int64), "(T, B)", 2)
    check_layout("table", x.table, dtype, letters, 2)
    if x.beside is None:
        _check_width("table", x.table, stack)
        return
    columns, width = x.table.shape[1], stack.input_size
    if not 0 < columns < width:
        raise ValueError(
            f"table: expected 1 to I - 1 = {width - 1} columns, since others stand beside them; "
            f"got {columns}"
        )
    shape = (*x.ids.shape, width - columns)
    check_array("beside", x.beside, dtype, "(T, B, I - E)", shape)


def _check_width(name: str, value: Array, stack: Stack) -> None:
    if value.shape[-1] != stack.input_size:
        raise ValueError(
            f"{name}: expected last axis I = {stack.input_size}; got {value.shape[-1]}"
        )


def _check_ids(x: Lookup, lengths: Array | None) -> None:
    """Only ids within the lengths count: padding may hold anything."""
    rows = x.table.shape[0]  # V
    wrong = (x.ids < 0) | (x.ids >= rows)  # (T, B)
    if lengths is not None:
        wrong &= np.arange(len(wrong))[:, None] < lengths
    if wrong.any():
        t, b = (int(i) for i in np.argwhere(wrong)[0])
        raise IndexError(
            f"ids: expected values from 0 to V - 1 = {rows - 1}; "
            f"got {int(x.ids[t, b])} at step {t} of row {b}"
        )


def _refuse_cell_state(stack: Stack, **given: object) -> None:
    for name, value in given.items():
        if value is not None:
            raise ValueError(
                f"{name}: expected nothing, since {spoken(stack.cell)} has no cell state"
            )


def _names_in_short(stack: Stack) -> str:
    """The names of a stack's weights; those of its first layer alone, where it has many."""
    if stack.num_layers <= 4:
        return ", ".join(stack.weight_names())
    return ", ".join(replace(stack, num_layers=1, dropout=0.0).weight_names()) + " ..."
