"""Checkpoints: a tree of arrays and plain values in one safetensors file, never pickle.

The arrays are the file's tensors, under the path that leads to them ("model.output.weight"), so
any reader of safetensors can take the weights out. All else is JSON in the file's header:

    format    "pyrnn checkpoint"
    version   of this layout
    content   the tree, with {"$array": path} where an array stands, {"$tuple": [...]} for a tuple
    sha256    of the content and of the arrays; version 1 had none

One file, so that one rename replaces everything at once.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from pyrnn.files.atomic_file import write_atomically
from pyrnn.files.strict_json import parse_json, shortened, write_json
from pyrnn.files.tensors import pack_tensors, unpack_tensors

FORMAT = "pyrnn checkpoint"
VERSION = 2
UNSIGNED = 1  # the last version without a digest
ARRAY, TUPLE = "$array", "$tuple"

# What reading a file that was made to be wrong may raise, in safetensors, in NumPy or here; what
# is not among them, as MemoryError, is not the file's fault.
WRONG = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)


class CheckpointError(ValueError):
    """A checkpoint is not what it should be."""


def in_short(error: Exception) -> str:
    """What one of WRONG says, its first 1000 characters: a file may hold words of any length."""
    text = f"{error} is missing" if isinstance(error, KeyError) else str(error)
    return text if len(text) <= 1000 else f"{text[:1000]}..."


def write_checkpoint(path: str | Path, content: Mapping[str, Any]) -> None:
    """Write a tree of dicts, lists, tuples, arrays and JSON values, whole or not at all.

    Raises TypeError for anything else in the tree, naming its place, and OSError as the system
    does, naming the file.
    """
    arrays: dict[str, np.ndarray] = {}
    skeleton = write_json(_take_out(dict(content), "", arrays))
    header = {
        "format": FORMAT,
        "version": str(VERSION),
        "content": skeleton,
        "sha256": digest(skeleton, arrays),
    }
    write_atomically(path, pack_tensors(arrays, header))


def read_checkpoint(path: str | Path) -> dict[str, Any]:
    """The tree that `write_checkpoint` wrote.

    Nothing in the file is executed, and the memory it takes is a small multiple of the file's size.
    Raises FileNotFoundError where there is no such file, CheckpointError where it is no checkpoint,
    is damaged, or is of a later version.
    """
    path = Path(path)
    if not path.is_file():  # a pipe or a device, which may never end, is none either
        raise FileNotFoundError(f"{path}: no such checkpoint")
    header, arrays = _read(path)
    if header.get("format") != FORMAT:
        raise CheckpointError(
            f"{path}: expected a {FORMAT}; got a safetensors file of another kind"
        )
    check_version(path, header.get("version"), VERSION)
    try:
        content = _put_back(parse_json(header["content"]), arrays)
    except WRONG as error:
        raise CheckpointError(f"{path}: the checkpoint is damaged ({in_short(error)})") from error
    if not isinstance(content, dict):
        raise CheckpointError(f"{path}: the checkpoint is damaged (it holds {shortened(content)})")
    signed = int(header["version"]) > UNSIGNED
    if signed and header.get("sha256") != digest(header["content"], arrays):
        raise CheckpointError(
            f"{path}: the checkpoint is damaged (its SHA-256 is not the one it was written with)"
        )
    return content


def _read(path: Path) -> tuple[dict[str, str], dict[str, np.ndarray]]:
    """The header and the tensors of a safetensors file. Raises CheckpointError if it is damaged."""
    content = path.read_bytes()
    try:
        arrays, header = unpack_tensors(content)
    except WRONG as error:
        raise CheckpointError(f"{path}: {in_short(error)}") from error
    for name, array in arrays.items():
        if not isinstance(array, np.ndarray):  # float8: NumPy has none such
            raise CheckpointError(
                f"{path}: {shortened(name)}: expected an array; got {array.dtype}"
            )
    return header, arrays


def digest(content: str, arrays: Mapping[str, np.ndarray]) -> str:
    """The SHA-256 of a text and of arrays: their names, dtypes, shapes and bytes, in C order."""
    found = hashlib.sha256(content.encode())
    for name in sorted(arrays):
        array = arrays[name]
        found.update(f"\n{name} {array.dtype.str} {array.shape}\n".encode())
        found.update(np.ascontiguousarray(array).reshape(-1).view(np.uint8).data)
    return found.hexdigest()


def check_version(path: Path, found: Any, known: int) -> None:
    """Raise CheckpointError unless `found` is a format version from 1 to `known`."""
    text = str(found) if isinstance(found, (int, str)) else ""
    if not text.isdecimal() or len(text) > 9 or int(text) < 1:
        raise CheckpointError(f"{path}: expected a format version; got {shortened(found)}")
    if int(text) > known:
        raise CheckpointError(
            f"{path}: format version {text} is later than {known}, the latest that this pyrnn "
            "reads; a newer pyrnn wrote it"
        )


def _take_out(value: Any, place: str, arrays: dict[str, np.ndarray]) -> Any:
    """The tree without its arrays, which go to `arrays` under their place."""
    if isinstance(value, (np.ndarray, np.generic)):
        arrays[place] = np.array(
            value, order="C"
        )  # a copy: the tree may change while it is written
        return {ARRAY: place}
    if isinstance(value, Mapping):
        return {
            _key(name, place): _take_out(entry, f"{place}.{name}" if place else str(name), arrays)
            for name, entry in value.items()
        }
    if isinstance(value, (list, tuple)):
        entries = [_take_out(entry, f"{place}.{i}", arrays) for i, entry in enumerate(value)]
        return {TUPLE: entries} if isinstance(value, tuple) else entries
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    raise TypeError(
        f"{place}: expected an array, a JSON value or a dict, list or tuple of them; "
        f"got {type(value).__name__}"
    )


def _key(name: Any, place: str) -> str:
    if not isinstance(name, str) or name in (ARRAY, TUPLE):
        raise TypeError(f"{place}: expected names as keys; got {name!r}")
    return name


def _put_back(value: Any, arrays: Mapping[str, np.ndarray]) -> Any:
    """The tree with its arrays."""
    if isinstance(value, list):
        return [_put_back(entry, arrays) for entry in value]
    if isinstance(value, dict):
        if set(value) == {ARRAY}:
            return arrays[value[ARRAY]]
        if set(value) == {TUPLE}:
            return tuple(_put_back(entry, arrays) for entry in value[TUPLE])
        return {name: _put_back(entry, arrays) for name, entry in value.items()}
    return value
