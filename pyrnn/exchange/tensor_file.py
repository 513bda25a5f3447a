"""safetensors files: arrays and short texts by name, and nothing that could run.

PyTorch's own files are pickles, which can run anything when they are loaded. They are refused,
whatever their name.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pyrnn.files.atomic_file import write_atomically
from pyrnn.files.tensors import pack_tensors, unpack_tensors
from pyrnn.kernels.stack import Array

PICKLES = {".pt", ".pth", ".bin", ".ckpt", ".pkl", ".pickle"}  # what PyTorch's users call them


def read_tensors(path: str | Path) -> tuple[dict[str, Any], dict[str, str]]:
    """The arrays of a safetensors file, and the texts of its header ("metadata").

    bfloat16 comes as float32; what NumPy cannot hold, as float8, as `Unreadable`.
    Raises OSError as the system does; ValueError for a pickle and for a damaged file.
    """
    path = Path(path)
    _refuse_pickle(path)
    try:
        return unpack_tensors(path.read_bytes())
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from error


def write_tensors(
    path: str | Path, arrays: Mapping[str, Array], metadata: Mapping[str, str]
) -> None:
    """Write a safetensors file, whole or not at all.

    Raises OSError as the system does; ValueError for a name that loaders take for a pickle's.
    """
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
    write_atomically(path, pack_tensors(arrays, metadata))


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
