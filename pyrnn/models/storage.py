"""A model on disk."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

import numpy as np

from pyrnn.files.checkpoint import WRONG, CheckpointError, in_short
from pyrnn.files.model_folder import ModelFolderError, read_model, write_model
from pyrnn.files.run_folder import read_run
from pyrnn.files.strict_json import shortened, write_json
from pyrnn.models.fitting import Fitting
from pyrnn.nn import skeleton

VERSION = 1  # of the layout of a model's folder


class Storage(Fitting):
    """Saving and loading."""

    def save(self, folder: str | Path) -> None:
        """Write weights.safetensors and config.json to a folder, which is made if need be.

        Broken off at any point, by a power cut too, it leaves the folder's earlier model or this
        one, whole. Raises OSError as the system does, naming the file.
        """
        content = {**self.description(), "trained": self.trained}
        write_model(folder, self.format(), VERSION, content, self.network.state_dict())

    @classmethod
    def load(cls, path: str | Path) -> Self:
        """The model that `save` wrote to a folder, or that a checkpoint of `fit` holds.

        path: the folder, or a checkpoint file as best.safetensors.
        Nothing in the files is executed, and the memory taken is a small multiple of their size,
        whatever they ask for.
        Raises FileNotFoundError, ModelFolderError, CheckpointError for what is missing or damaged.
        """
        path = Path(path)
        content: Any
        if path.is_file():
            content, weights = _of_checkpoint(path, cls.family)
        else:
            content, weights = read_model(path, cls.format(), VERSION)
        try:
            return cls._loaded(content, weights)
        except WRONG as error:
            words = in_short(error)
            raise ModelFolderError(f"{path}: not a whole {cls.title} ({words})") from error

    @classmethod
    def _loaded(cls, content: Mapping[str, Any], weights: Mapping[str, np.ndarray]) -> Self:
        model = cls(cls.Config.from_json(content["config"]))
        model.columns = cls.Columns.from_json(content.get("columns", {}))
        trained = content.get("trained")
        if not isinstance(trained, Mapping | None):
            raise ValueError(f"trained: expected an object; got {shortened(trained)}")
        model._trained = trained
        model.take(content)
        # A config.json of a hundred bytes may ask for a layer of a terabyte: its shapes are
        # compared with the weights that came with it before anything of that size is made.
        elements = 2 * sum(array.size for array in weights.values())  # tied ones stand once
        try:
            with skeleton(limit=elements):
                network = model.build(np.random.default_rng(0))
        except MemoryError as error:  # a skeleton takes none: the file asks for the impossible
            raise ValueError(str(error)) from error
        network.load_state_dict(weights)
        network.eval()
        model._network = network
        return model

    def export(self, path: str | Path) -> None:
        """Write the weights to one safetensors file, under PyTorch's names: see `pyrnn.export`.

        Its header also holds the model's description as JSON, an entry for each of its parts.
        Raises ValueError for a cell that PyTorch has not, OSError as the system does.
        """
        from pyrnn.exchange import export

        texts = {name: json.dumps(content) for name, content in self.description().items()}
        export(self.network, path, about={"model": self.format(), **texts})


def _of_checkpoint(path: Path, family: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """The description of the model in a checkpoint, with how it was trained, and its weights.

    Raises CheckpointError for a damaged file or one of something else.
    """
    checkpoint = read_run(path)
    try:
        identity, position = checkpoint["identity"], checkpoint["position"]
        if identity["family"] != family:
            raise ValueError(f"family: expected {family}; got {shortened(identity['family'])}")
        trained = {
            "options": checkpoint["options"],
            "steps": position["step"],
            "seconds": position["seconds"],
            "reason": None,
            "validation": None,
        }
        write_json(trained)  # TypeError for arrays: it is to be shown, and saved again
        return {**identity["model"], "trained": trained}, checkpoint["stateful"]["model"]
    except WRONG as error:
        raise CheckpointError(f"{path}: expected a run's checkpoint; {in_short(error)}") from error
