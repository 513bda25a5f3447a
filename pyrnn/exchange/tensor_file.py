"""safetensors files: arrays and short texts by name, and nothing that could run.

PyTorch's own files are pickles, which can run anything when they are loaded. They are refused,
whatever their name.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from pyrnn.exchange.floats import from_bfloat16
from pyrnn.files.atomic_file import write_atomically
from pyrnn.kernels.stack import Array

PICKLES = {".pt", ".pth", ".bin", ".ckpt", ".pkl", ".pickle"}  # what PyTorch's users call them

DTYPES = {
    "F16": "<f2", "F32": "<f4", "F64": "<f8", "BF16": "<u2", "BOOL": "?",
    "I8": "i1", "I16": "<i2", "I32": "<i4", "I64": "<i8",
    "U8": "u1", "U16": "<u2", "U32": "<u4", "U64": "<u8",
}  # fmt: skip


class Unreadable(NamedTuple):
    """In place of an array whose dtype NumPy has nothing like."""

    dtype: str
    shape: tuple[int, ...]


def read_tensors(path: str | Path) -> tuple[dict[str, Any], dict[str, str]]:
    """The arrays of a safetensors file, and the texts of its header ("metadata").

    bfloat16 comes as float32; what NumPy cannot hold, as float8, as `Unreadable`.
    Raises OSError as the system does; ValueError for a pickle and for a damaged file.
    """
    from safetensors import SafetensorError, deserialize

    path = Path(path)
    _refuse_pickle(path)
    content = path.read_bytes()
    try:
        entries = deserialize(content)
    except SafetensorError as error:
        raise ValueError(f"{path}: damaged, or no safetensors file ({error})") from error
    # Checked by `deserialize`: the header is as long as it says, and metadata are texts
    header = json.loads(content[8 : 8 + int.from_bytes(content[:8], "little")])
    return {name: _array(entry) for name, entry in entries}, header.get("__metadata__") or {}


def write_tensors(
    path: str | Path, arrays: Mapping[str, Array], metadata: Mapping[str, str]
) -> None:
    """Write a safetensors file, whole or not at all.

    Raises OSError as the system does; ValueError for a name that loaders take for a pickle's.
    """
    from safetensors.numpy import save

    path = Path(path)
    if path.suffix.lower() in PICKLES:
        raise ValueError(
            f"{path}: expected a name that ends in .safetensors, since the file is one; "
            f"{path.suffix} is what PyTorch's pickles are called"
        )
    if not path.parent.is_dir():
        raise FileNotFoundError(f"{path}: there is no folder {path.parent} to write to")
    if path.is_dir():
        raise IsADirectoryError(f"{path}: expected a file to write; got a folder")
    contiguous = {name: np.ascontiguousarray(array) for name, array in arrays.items()}
    write_atomically(path, save(contiguous, metadata=dict(metadata)))


def _refuse_pickle(path: Path) -> None:
    with path.open("rb") as file:
        beginning = file.read(9)
    # After eight bytes with its length, the header of a safetensors file is a JSON object. Nothing
    # else here tells the two apart: a length may begin as a zip archive or a pickle does.
    if beginning[8:] == b"{":
        return
    if path.suffix.lower() in PICKLES or beginning.startswith((b"PK\x03\x04", b"\x80")):
        raise ValueError(
            f"{path}: expected a .safetensors file; got a PyTorch pickle, which can run code when "
            "it is loaded, and is never read here. Convert it once where PyTorch is installed: "
            f"safetensors.torch.save_file(torch.load({path.name!r}, weights_only=True), "
            f"{path.stem + '.safetensors'!r})"
        )


def _array(entry: Mapping[str, Any]) -> Any:
    dtype, shape = entry["dtype"], tuple(entry["shape"])
    if dtype not in DTYPES:
        return Unreadable(dtype, shape)
    array = np.frombuffer(entry["data"], DTYPES[dtype]).reshape(shape)
    return from_bfloat16(array) if dtype == "BF16" else array
