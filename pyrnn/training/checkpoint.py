"""Checkpoints: a tree of arrays and plain values in one safetensors file, never pickle.

The arrays are the file's tensors, under the path that leads to them ("model.output.weight"), so
any reader of safetensors can take the weights out. All else is JSON in the file's header:

    format    "pyrnn checkpoint"
    version   of this layout
    content   the tree, with {"$array": path} where an array stands, {"$tuple": [...]} for a tuple

One file, so that one rename replaces everything at once.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from pyrnn.training.atomic_file import write_atomically

FORMAT = "pyrnn checkpoint"
VERSION = 1
ARRAY, TUPLE = "$array", "$tuple"


class CheckpointError(ValueError):
    """A checkpoint is not what it should be."""


def write_checkpoint(path: str | Path, content: Mapping[str, Any]) -> None:
    """Write a tree of dicts, lists, tuples, arrays and JSON values, whole or not at all.

    Raises TypeError for anything else in the tree, naming its place.
    """
    from safetensors.numpy import save

    arrays: dict[str, np.ndarray] = {}
    skeleton = _take_out(dict(content), "", arrays)
    header = {
        "format": FORMAT,
        "version": str(VERSION),
        "content": json.dumps(skeleton, allow_nan=False),
    }
    write_atomically(path, save(arrays, metadata=header))


def read_checkpoint(path: str | Path) -> dict[str, Any]:
    """The tree that `write_checkpoint` wrote.

    Raises FileNotFoundError where there is no such file, CheckpointError where it is no checkpoint,
    is damaged, or is of a later version.
    """
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f"{path}: no such checkpoint")
    header, arrays = read_safetensors(path)
    if header.get("format") != FORMAT:
        raise CheckpointError(
            f"{path}: expected a {FORMAT}; got a safetensors file of another kind"
        )
    check_version(path, header.get("version"), VERSION)
    try:
        content = _put_back(json.loads(header["content"]), arrays)
    except (KeyError, ValueError) as error:
        raise CheckpointError(f"{path}: the checkpoint is damaged ({error!r})") from error
    return content


def read_safetensors(path: Path) -> tuple[dict[str, str], dict[str, np.ndarray]]:
    """The header and the tensors of a safetensors file. Raises CheckpointError if it is damaged."""
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="numpy") as file:
            header = dict(file.metadata() or {})
            return header, {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except SafetensorError as error:
        raise CheckpointError(f"{path}: damaged, or no safetensors file ({error})") from error


def check_version(path: Path, found: Any, known: int) -> None:
    """Raise CheckpointError unless `found` is a format version from 1 to `known`."""
    if not str(found).isdecimal() or int(found) < 1:
        raise CheckpointError(f"{path}: expected a format version; got {found!r}")
    if int(found) > known:
        raise CheckpointError(
            f"{path}: format version {found} is later than {known}, the latest that this pyrnn "
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
