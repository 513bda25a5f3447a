"""What a recurrent layer reads: an array, or parts that stand side by side."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pyrnn.autograd import Tensor
from pyrnn.functional.parts import are_parts, check_parts
from pyrnn.nn import checks


def read_parts(x: Any, width: int, dtype: Any, batch_first: bool) -> list[Tensor]:
    """The parts of x as tensors of one rank, 3 or for a single sequence 2; an array is its only
    part. TypeError, ValueError: the message names the part."""
    if are_parts(x):
        return _several(x, width, dtype, batch_first)
    _refuse_ragged(x)
    tensor = _sequences("x", x, dtype, batch_first, "I")
    if tensor.shape[-1] != width:
        letters = f"({_axes(tensor, batch_first)}, I)"
        raise ValueError(f"x: expected shape {letters} with I = {width}; got {tensor.shape}")
    return [tensor]


def _several(x: Sequence[Any], width: int, dtype: Any, batch_first: bool) -> list[Tensor]:
    if len(x) == 0:
        raise ValueError(
            f"x: expected an array, or at least one part of it; got an empty {type(x).__name__}"
        )
    hint = "" if isinstance(x, list) else " (a recurrent layer returns (y, state): pass y on)"
    if isinstance(x, list) and all(getattr(part, "shape", ())[-1:] == (width,) for part in x):
        _refuse_ragged(x)
        hint = " (numpy.stack makes one array of several sequences)"
    names = [f"x[{k}]" for k in range(len(x))]
    parts = [
        _sequences(name, part, dtype, batch_first, "I_k")
        for name, part in zip(names, x, strict=True)
    ]
    check_parts(parts, width, _axes(parts[0], batch_first), hint)
    return parts


def _sequences(name: str, value: Any, dtype: Any, batch_first: bool, width: str) -> Tensor:
    """A tensor with the axes of a batch or of a single sequence."""
    tensor = checks.floats(name, value, dtype)
    if tensor.ndim not in (2, 3):
        letters = "B, T" if batch_first else "T, B"
        raise ValueError(
            f"{name}: expected ({letters}, {width}), or (T, {width}) for a single sequence; "
            f"got shape {tensor.shape}"
        )
    return tensor


def _axes(tensor: Tensor, batch_first: bool) -> str:
    """What its axes but the last are called."""
    if tensor.ndim == 2:
        return "T"
    return "B, T" if batch_first else "T, B"


def _refuse_ragged(x: Any) -> None:
    """ValueError for a list of sequences that are not equally long."""
    if not isinstance(x, list):
        return
    if not all(isinstance(part, list) or getattr(part, "ndim", 0) > 0 for part in x):
        return
    if len({len(part) for part in x}) > 1:
        raise ValueError(
            f"x: expected one array; got a list of {len(x)} sequences of unequal lengths (fill "
            f"them up: x, lengths = pyrnn.data.pad(sequences), then pass lengths=lengths)"
        )
