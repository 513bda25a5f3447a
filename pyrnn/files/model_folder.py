"""A model on disk: weights.safetensors, and config.json for all else.

config.json holds a format name and version, the settings, and two SHA-256: of the weights' file, by
which a folder whose two files do not belong together is found out, and of its own content. Nothing
in either is executed.

Two files cannot be renamed at once. A model that replaces another one is therefore written in three
steps, each whole or not at all:

    the weights, under a name of their own that has their SHA-256 in it
    config.json: from here on, the folder holds the new model
    the weights' name becomes weights.safetensors

A reader goes by config.json and takes the weights that it asks for, under whichever name they are.
"""

from __future__ import annotations

import contextlib
import hashlib
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from pyrnn.files.atomic_file import (
    flush_folder,
    naming,
    remove_abandoned,
    write_atomically,
)
from pyrnn.files.checkpoint import WRONG, CheckpointError, check_version, in_short
from pyrnn.files.strict_json import parse_json, shortened, write_json
from pyrnn.files.tensors import pack_tensors, unpack_tensors

WEIGHTS, CONFIG = "weights.safetensors", "config.json"
MODEL_FILES = (WEIGHTS, CONFIG)
WEIGHTS_DIGEST, OWN_DIGEST = "weights_sha256", "config_sha256"


class ModelFolderError(ValueError):
    """A model's folder is not what it should be."""


def write_model(
    folder: str | Path,
    kind: str,
    version: int,
    content: Mapping[str, Any],
    weights: Mapping[str, np.ndarray],
) -> None:
    """Write a model. Broken off at any point, the folder holds the old model or the new one, whole.

    kind: what the model is; version: of the layout of `content`, which is ready for JSON.
    Raises OSError as the system does, naming the file.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    packed = pack_tensors(weights, {"format": kind})
    digest = hashlib.sha256(packed).hexdigest()
    config = {"format": kind, "version": version, **content, WEIGHTS_DIGEST: digest}
    config = parse_json(write_json(config))  # as it will be read: its digest is of that
    encoded = (write_json({**config, OWN_DIGEST: _digest(config)}, indent=1) + "\n").encode("ascii")
    aside = _aside(folder, digest)
    with naming(folder / WEIGHTS):
        write_atomically(aside, packed)
    try:
        write_atomically(folder / CONFIG, encoded)
    except BaseException:
        if not _asks_for(folder / CONFIG, digest):
            with contextlib.suppress(OSError):  # the first error is the one that tells why
                aside.unlink(missing_ok=True)
        raise
    with naming(folder / WEIGHTS):
        aside.replace(folder / WEIGHTS)
        flush_folder(folder)
    for abandoned in folder.glob(_aside(folder, "*").name):  # of a model that never came to be
        with contextlib.suppress(OSError):  # it costs its space, no more
            abandoned.unlink(missing_ok=True)
    remove_abandoned(folder)


def _asks_for(config: Path, digest: str) -> bool:
    """Whether a config.json is there and names these weights: what it says must stay true."""
    try:
        return bool(parse_json(config.read_text("utf-8"))[WEIGHTS_DIGEST] == digest)
    except (OSError, *WRONG):
        return False


def _digest(config: Mapping[str, Any]) -> str:
    """The SHA-256 of what a config.json says, however it is laid out, without its own digest."""
    said = {name: value for name, value in config.items() if name != OWN_DIGEST}
    return hashlib.sha256(write_json(said, sort_keys=True).encode("ascii")).hexdigest()


def _aside(folder: Path, digest: str) -> Path:
    """The weights' file until it is time for its proper name."""
    return folder / f".weights-{digest[:16]}.safetensors"


def read_model(
    folder: str | Path, kind: str, version: int
) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """The content and the weights that `write_model` wrote.

    Nothing in the files is executed, and the memory they take is a small multiple of their size.
    Raises FileNotFoundError where a file is missing, ModelFolderError where one is damaged, of
    another kind or a later version, or where the two do not belong together.
    """
    folder = Path(folder)
    config = _read_config(folder / CONFIG, kind, version)
    while True:
        expected = config[WEIGHTS_DIGEST]
        packed, found = _read_weights(folder, expected)
        if packed is not None:
            break
        config = _read_config(folder / CONFIG, kind, version)
        if config[WEIGHTS_DIGEST] == expected:  # no other model has been written in between
            raise ModelFolderError(
                f"{folder / WEIGHTS}: damaged, or not the file that {CONFIG} was written with "
                f"(its SHA-256 is {found}, expected {expected})"
            )
    try:
        weights, _ = unpack_tensors(packed)
    except WRONG as error:
        raise ModelFolderError(f"{folder / WEIGHTS}: {in_short(error)}") from error
    return config, weights


def _read_weights(folder: Path, digest: str) -> tuple[bytes | None, str]:
    """The weights' file with this SHA-256, or None, and the SHA-256 of the one that was found."""
    found = ""
    # In this order: what is no longer there by the one name is there by the other
    for path in (_aside(folder, digest), folder / WEIGHTS):
        if not path.is_file():  # a pipe or a device may never end
            continue
        try:
            packed = path.read_bytes()
        except FileNotFoundError:
            continue
        found = hashlib.sha256(packed).hexdigest()
        if found == digest:
            return packed, found
    if not found:
        raise _missing(folder, WEIGHTS)
    return None, found


def _missing(folder: Path, name: str) -> FileNotFoundError:
    others = sorted(path.name for path in folder.glob("[!.]*.safetensors"))
    hint = f"; there are {', '.join(others)}, which can be loaded by name" if others else ""
    return FileNotFoundError(
        f"{folder}: expected a model, {CONFIG} and {WEIGHTS}; {name} is missing{hint}"
    )


def folder_format(folder: str | Path) -> Any:
    """What the config.json of a folder says the model is; nothing else of it is checked.

    Raises FileNotFoundError where there is none, ModelFolderError where it is damaged.
    """
    config = _parsed(Path(folder) / CONFIG)
    return config.get("format") if isinstance(config, dict) else None


def _parsed(path: Path) -> Any:
    if not path.is_file():
        raise _missing(path.parent, path.name)
    try:
        return parse_json(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ModelFolderError(f"{path}: damaged: no JSON ({error})") from error


def _read_config(path: Path, kind: str, version: int) -> dict[str, Any]:
    config = _parsed(path)
    if not isinstance(config, dict) or config.get("format") != kind:
        found = config.get("format") if isinstance(config, dict) else type(config).__name__
        raise ModelFolderError(f"{path}: expected a {kind}; got {shortened(found)}")
    try:
        check_version(path, config.get("version"), version)
    except CheckpointError as error:
        raise ModelFolderError(str(error)) from error
    # It becomes a part of a file's name, where it must not lead to another folder
    asked = config.get(WEIGHTS_DIGEST)
    if not isinstance(asked, str) or not re.fullmatch("[0-9a-f]{64}", asked):
        raise ModelFolderError(
            f"{path}: {WEIGHTS_DIGEST}: expected the SHA-256 of {WEIGHTS}; got {shortened(asked)}"
        )
    if OWN_DIGEST in config and config[OWN_DIGEST] != _digest(config):
        raise ModelFolderError(
            f"{path}: damaged, or edited by hand: its {OWN_DIGEST} is of another content (without "
            "that entry it is taken as it is)"
        )
    return config
