"""The bytes of safetensors files: arrays and short texts by name, and nothing that could run."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

DTYPES = {
    "F16": "<f2", "F32": "<f4", "F64": "<f8", "BF16": "<u2", "BOOL": "?",
    "I8": "i1", "I16": "<i2", "I32": "<i4", "I64": "<i8",
    "U8": "u1", "U16": "<u2", "U32": "<u4", "U64": "<u8",
}  # fmt: skip


class Unreadable(NamedTuple):
    """In place of an array whose dtype NumPy has nothing like."""

    dtype: str
    shape: tuple[int, ...]


def pack_tensors(arrays: Mapping[str, np.ndarray], metadata: Mapping[str, str]) -> bytes:
    """A file's content: arrays in any layout, and the texts of its header."""
    from safetensors.numpy import save

    # Not ascontiguousarray, which gives an array without axes one
    contiguous = {name: np.asarray(array, order="C") for name, array in arrays.items()}
    return bytes(save(contiguous, metadata=dict(metadata)))


def unpack_tensors(content: bytes) -> tuple[dict[str, Any], dict[str, str]]:
    """The arrays, read-only, and the texts of the header that a file's content holds.

    bfloat16 comes as float32; what NumPy cannot hold, as float8, as `Unreadable`.
    Raises ValueError where it is damaged or no safetensors file.
    """
    from safetensors import SafetensorError, deserialize

    try:
        entries = deserialize(content)
    except SafetensorError as error:
        raise ValueError(f"damaged, or no safetensors file ({error})") from error
    # Checked by `deserialize`: the header is as long as it says, and metadata are texts
    header = json.loads(content[8 : 8 + int.from_bytes(content[:8], "little")])
    return {name: _array(entry) for name, entry in entries}, header.get("__metadata__") or {}


def _array(entry: Mapping[str, Any]) -> Any:
    dtype, shape = entry["dtype"], tuple(entry["shape"])
    if dtype not in DTYPES:
        return Unreadable(dtype, shape)
    array = np.frombuffer(entry["data"], DTYPES[dtype]).reshape(shape)
    return from_bfloat16(array) if dtype == "BF16" else array


def from_bfloat16(bits: np.ndarray) -> np.ndarray:
    """float32 out of the uint16 that hold bfloat16: the upper half of a float32's bits."""
    return (bits.astype(np.uint32) << np.uint32(16)).view(np.float32)
