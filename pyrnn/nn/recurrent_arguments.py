"""What a call of a recurrent layer takes beside x: each as the kernels have it, or an error."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pyrnn.autograd.operands import as_integers
from pyrnn.functional.recurrent import truth_values
from pyrnn.kernels.arrays import Array


def reset_mask(reset: Any, sizes: Mapping[str, int], axes: str) -> Array:
    """The mask (T, B) out of a ``reset`` argument.

    sizes: T and B. axes: those of the argument, "TB", "BT", or "T" for a single sequence.
    """
    mask = truth_values(reset, "reset")
    shape = tuple(sizes[axis] for axis in axes)
    if mask.shape != shape:
        letters = f"({', '.join(axes)}{',' * (len(axes) == 1)})"
        raise ValueError(f"reset: expected shape {letters} = {shape}; got {mask.shape}")
    return mask.T if axes == "BT" else mask.reshape(sizes["T"], sizes["B"])


def one_number(sequence: Any) -> Any:
    """The number of a single sequence as that of a batch of one: (1,)."""
    number = as_integers(sequence, "sequences")
    if number.shape not in ((), (1,)):
        raise ValueError(
            f"sequences: expected one integer for a single sequence (T, I); got shape "
            f"{number.shape}"
        )
    return number.reshape(1)


def refuse_lengths(state: Any) -> None:
    """TypeError for integers as the state: they are lengths."""
    several = state if isinstance(state, list | tuple) else [state]
    kinds = {part.dtype.kind if hasattr(part, "dtype") else type(part).__name__ for part in several}
    if kinds and kinds <= {"i", "u", "int"}:
        raise TypeError(
            "state: expected the initial state, of floats; got integers (lengths are given by "
            "name: lengths=...)"
        )
