"""A model on disk: weights.safetensors, and config.json for all else.

config.json holds a format name and version, the settings, and the SHA-256 of the weights' file, by
which a folder whose two files do not belong together is found out. Nothing in either is executed.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from pyrnn.training.atomic_file import write_atomically
from pyrnn.training.checkpoint import CheckpointError, check_version, read_safetensors

WEIGHTS, CONFIG = "weights.safetensors", "config.json"


class ModelFolderError(ValueError):
    """A model's folder is not what it should be."""


def write_model(
    folder: str | Path,
    kind: str,
    version: int,
    content: Mapping[str, Any],
    weights: Mapping[str, np.ndarray],
) -> None:
    """Write a model: each file whole or not at all, the weights first.

    kind: what the model is; version: of the layout of `content`, which is ready for JSON.
    """
    from safetensors.numpy import save

    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    arrays = {name: np.ascontiguousarray(array) for name, array in weights.items()}
    packed = save(arrays, metadata={"format": kind})
    digest = hashlib.sha256(packed).hexdigest()
    config = {"format": kind, "version": version, **content, "weights_sha256": digest}
    text = json.dumps(config, indent=1, ensure_ascii=False, allow_nan=False) + "\n"
    encoded = text.encode("utf-8")  # before anything is written: it may be refused
    write_atomically(folder / WEIGHTS, packed)
    write_atomically(folder / CONFIG, encoded)


def read_model(
    folder: str | Path, kind: str, version: int
) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """The content and the weights that `write_model` wrote.

    Raises FileNotFoundError where a file is missing, ModelFolderError where one is damaged, of
    another kind or a later version, or where the two do not belong together.
    """
    folder = Path(folder)
    for name in (CONFIG, WEIGHTS):
        if not (folder / name).is_file():
            others = sorted(path.name for path in folder.glob("*.safetensors"))
            hint = f"; there are {', '.join(others)}, which can be loaded by name" if others else ""
            raise FileNotFoundError(
                f"{folder}: expected a model, {CONFIG} and {WEIGHTS}; {name} is missing{hint}"
            )
    config = _read_config(folder / CONFIG, kind, version)
    found = hashlib.sha256((folder / WEIGHTS).read_bytes()).hexdigest()
    if found != config.get("weights_sha256"):
        raise ModelFolderError(
            f"{folder / WEIGHTS}: damaged, or not the file that {CONFIG} was written with "
            f"(its SHA-256 is {found}, expected {config.get('weights_sha256')})"
        )
    try:
        _, weights = read_safetensors(folder / WEIGHTS)
    except CheckpointError as error:
        raise ModelFolderError(str(error)) from error
    return config, weights


def _read_config(path: Path, kind: str, version: int) -> dict[str, Any]:
    try:
        config = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ModelFolderError(f"{path}: damaged: no JSON ({error})") from error
    if not isinstance(config, dict) or config.get("format") != kind:
        found = config.get("format") if isinstance(config, dict) else type(config).__name__
        raise ModelFolderError(f"{path}: expected a {kind}; got {found!r}")
    try:
        check_version(path, config.get("version"), version)
    except CheckpointError as error:
        raise ModelFolderError(str(error)) from error
    return config
