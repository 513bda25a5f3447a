"""Floating numbers of any library as NumPy's float32 or float64, without importing that library."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from pyrnn.kernels.stack import FLOATS, Array

EXPECTED = "floats (float16, bfloat16, float32 or float64)"


def as_floats(name: str, value: Any) -> Array:
    """An array, or a tensor of PyTorch's on any device, as float32 or float64: exactly as it is.

    float16 and bfloat16, which the kernels do not compute in, widen to float32. TypeError, which
    begins with the name, for anything else.
    """
    array = _as_array(name, value)
    if array.dtype.name == "bfloat16":  # of the package ml_dtypes
        return array.astype(np.float32)
    if array.dtype.kind == "f" and array.dtype.itemsize <= 8:
        wide = np.float64 if array.dtype.itemsize == 8 else np.float32
        return np.ascontiguousarray(array, dtype=wide)
    raise TypeError(f"{name}: expected {EXPECTED}; got {array.dtype} of shape {array.shape}")


def widest(arrays: Iterable[Array]) -> np.dtype[Any]:
    """float64 if any of the arrays is, else float32."""
    return max((array.dtype for array in arrays), key=FLOATS.index, default=FLOATS[0])


def shape_of(value: Any) -> str:
    """An entry's shape for a message, or its type where it has none."""
    shape = getattr(value, "shape", None)
    return type(value).__name__ if shape is None else str(tuple(shape))


def _as_array(name: str, value: Any) -> Array:
    if hasattr(value, "detach") and hasattr(value, "cpu"):  # PyTorch's
        value = _of_torch(name, value)
    if not hasattr(value, "dtype"):
        inner = " (pass the state dict that is in it)" if isinstance(value, Mapping) else ""
        raise TypeError(f"{name}: expected an array; got {type(value).__name__}{inner}")
    if not hasattr(value, "__array__"):
        raise TypeError(f"{name}: expected {EXPECTED}; got {value.dtype} of shape {value.shape}")
    return np.asarray(value)


def _of_torch(name: str, tensor: Any) -> Any:
    try:
        tensor = tensor.detach().cpu()
        # NumPy has no bfloat16; every one of them is a float32
        return (tensor.float() if str(tensor.dtype) == "torch.bfloat16" else tensor).numpy()
    except (TypeError, RuntimeError, NotImplementedError) as error:
        raise TypeError(
            f"{name}: expected {EXPECTED} in a dense tensor; got {tensor.dtype} of shape "
            f"{tuple(tensor.shape)} ({error})"
        ) from error
