"""The states of a session as arrays by name.

Recurrent layers count from 0, as they stand in the chain: "0.h" (L, P), and where the cell has a c,
"0.c" (L, H); then "1.h", ... Letters: L layers, H hidden, P the width of an output: H, or an LSTM's
proj_size.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from pyrnn.autograd.operands import as_array
from pyrnn.kernels import native

State = dict[str, np.ndarray]


class StateLine(NamedTuple):
    """One array of a session's state."""

    name: str
    shape: tuple[int, int]


def arrays_of(
    state: Any, lines: tuple[StateLine, ...], dtype: Any, *, finite: bool = False
) -> list[np.ndarray]:
    """The arrays of a state, in the order of their lines.

    finite: whether NaN and infinity are refused.
    TypeError, ValueError: the message names the array.
    """
    if not isinstance(state, Mapping):
        raise TypeError(
            f"state: expected a dict of arrays, as `state` gives it; got {type(state).__name__}"
        )
    names = [line.name for line in lines]
    if set(state) != set(names):
        raise ValueError(
            f"state: expected the names {', '.join(names) or '(none)'}; got "
            f"{', '.join(map(str, state)) or '(none)'}"
        )
    arrays = [_array(state[line.name], line, dtype) for line in lines]
    for name, array in zip(names, arrays, strict=True):
        if finite and not np.isfinite(array).all():
            wrong = array[~np.isfinite(array)][0]
            raise ValueError(f"state[{name!r}]: expected finite numbers; got {wrong}")
    return arrays


def _array(value: Any, line: StateLine, dtype: Any) -> np.ndarray:
    name = f"state[{line.name!r}]"
    array = as_array(value, None if hasattr(value, "dtype") else dtype, name)
    if array.dtype != dtype:
        raise TypeError(f"{name}: expected dtype {dtype}; got {array.dtype}")
    if array.shape != line.shape:
        raise ValueError(f"{name}: expected shape {line.shape}; got {array.shape}")
    return native.plain(array)


def named(arrays: list[np.ndarray], lines: tuple[StateLine, ...]) -> State:
    """The dict of a session's arrays."""
    return {line.name: array for line, array in zip(lines, arrays, strict=True)}
