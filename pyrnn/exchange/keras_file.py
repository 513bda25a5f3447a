"""The layers in a file of Keras'. Nothing in it is executed: a Lambda's code is never looked at.

model.keras        a zip archive: config.json describes the model, model.weights.h5 has the arrays
model.weights.h5   HDF5: arrays alone, by the classes of the layers
model.h5           HDF5 as Keras 2 wrote whole models: description and arrays
"""

from __future__ import annotations

import json
import re
import zipfile
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from pyrnn.exchange import hdf5
from pyrnn.exchange.keras_layers import GATES
from pyrnn.exchange.keras_settings import CELLS, KerasLayer
from pyrnn.kernels.stack import Array

CONFIG, WEIGHTS = "config.json", "model.weights.h5"  # in the archive
MODELS = (
    "Sequential",
    "Functional",
    "Model",
)  # what has layers itself; Model: Keras 2's Functional
ROOTS = ("layers", "_layer_checkpoint_dependencies")  # a model's layers; the second in Keras 2.13
# Where a layer keeps the arrays of get_weights, one group after the other
PLACES = {
    **dict.fromkeys(CELLS, ("cell/vars",)),
    "Bidirectional": ("forward_layer/cell/vars", "backward_layer/cell/vars"),
    "TimeDistributed": ("layer/vars",),
}
LARGEST_CONFIG = 1 << 26  # bytes; a description of a thousand layers takes a hundredth of it


class KerasFile(NamedTuple):
    """What a file holds."""

    layers: list[KerasLayer]
    described: bool  # whether with their settings


def read_keras(path: str | Path) -> KerasFile:
    """The layers of a .keras, .weights.h5 or .h5 file, in the model's order; of a .weights.h5, in
    the order of their names.

    Raises OSError as the system does, MissingH5pyError, and ValueError for a file that is damaged
    or holds something else.
    """
    path = Path(path)
    with path.open("rb") as file:
        beginning = file.read(4)
    if beginning == b"PK\x03\x04":
        config, content = _archive(path)
        with hdf5.open_hdf5(path, content) as root:
            return KerasFile(list(_described(path, config, root)), True)
    with hdf5.open_hdf5(path) as root:
        if "model_config" in root.attrs:
            config = _json(path, root.attrs["model_config"])
            return KerasFile(list(_old(path, config, hdf5.member(root, "model_weights"))), True)
        layers = hdf5.member(root, "layers")
        if layers is None:
            raise ValueError(
                f"{path}: expected a model of Keras' in HDF5; there is no group of layers (weights "
                "that Keras 2 wrote without their model are not read: save the model as .keras)"
            )
        return KerasFile(list(_inferred(layers)), False)


def _archive(path: Path) -> tuple[Any, bytes]:
    """The description and the HDF5 file in a .keras archive."""
    try:
        with zipfile.ZipFile(path) as archive:
            config = _member(path, archive, CONFIG, LARGEST_CONFIG)
            size = path.stat().st_size
            content = _member(path, archive, WEIGHTS, hdf5.ALWAYS + hdf5.COMPRESSION * size)
    except (zipfile.BadZipFile, NotImplementedError, EOFError) as error:
        raise ValueError(f"{path}: damaged, or no .keras file ({error})") from error
    return _json(path, config), content


def _member(path: Path, archive: zipfile.ZipFile, name: str, most: int) -> bytes:
    if name not in archive.namelist():
        raise ValueError(
            f"{path}: expected {CONFIG} and {WEIGHTS} in a .keras file; {name} is missing"
        )
    size = archive.getinfo(name).file_size
    if size > most:
        raise ValueError(f"{path}: {name}: expected at most {most:,} bytes; got {size:,}")
    return archive.read(name)


def _json(path: Path, text: Any) -> Any:
    try:
        return json.loads(text)
    except (ValueError, TypeError, RecursionError) as error:
        raise ValueError(f"{path}: damaged: its description is no JSON ({error})") from error


def _entries(path: Path, config: Any) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """Name, class and settings of each layer of a described model."""
    try:
        if config["class_name"] not in MODELS:
            raise ValueError(
                f"{path}: expected a {' or '.join(MODELS[:2])} model; got {config['class_name']!r}"
            )
        layers = config["config"]
        # Keras 1 and early Keras 2 wrote a Sequential's layers without anything around them
        for entry in layers if isinstance(layers, list) else layers["layers"]:
            yield (
                str(entry["config"].get("name", entry.get("name"))),
                _class(entry),
                entry["config"],
            )
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"{path}: damaged: no description of a model ({error!r})") from error


def _class(entry: Mapping[str, Any]) -> str:
    """A layer's class, with its module where it is none of Keras'."""
    kind, module = str(entry["class_name"]), entry.get("module")
    return kind if module is None or str(module).startswith("keras") else f"{module}.{kind}"


def _described(path: Path, config: Any, group: Any, above: str = "") -> Iterator[KerasLayer]:
    """The layers of a model and of the models in it. The groups have the names of the classes."""
    counts: Counter[str] = Counter()
    root = next((each for each in ROOTS if hdf5.member(group, each) is not None), ROOTS[0])
    for name, kind, settings in _entries(path, config):
        stem = _snake_case(kind.rpartition(".")[2])
        place = f"{root}/{stem}_{counts[stem]}" if counts[stem] else f"{root}/{stem}"
        counts[stem] += 1
        inner = hdf5.member(group, place)
        if kind in MODELS:
            nested = {"class_name": kind, "config": settings}
            yield from _described(path, nested, inner, f"{above}{name}.")
        else:
            yield KerasLayer(above + name, kind, settings, _arrays(inner, kind))


def _arrays(group: Any, kind: str) -> list[Array]:
    """A layer's arrays; of a class that is not known here, all that are anywhere in its group."""
    groups = [hdf5.member(group, place) for place in PLACES.get(kind, ("vars",))]
    found = [hdf5.array(dataset) for each in groups for dataset in _numbered(each)]
    return found or [
        hdf5.array(dataset)
        for dataset in hdf5.datasets(group)
        if "/seed_generator/" not in dataset.name  # the state of a Dropout is no weight
    ]


def _numbered(group: Any) -> list[Any]:
    """The members "0", "1" ... of a group, in this order."""
    numbers = sorted((name for name in hdf5.names(group) if name.isdecimal()), key=int)
    return [hdf5.member(group, name) for name in numbers]


def _snake_case(kind: str) -> str:
    """SimpleRNN -> simple_rnn, as Keras names the groups in its files."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=.)(?=[A-Z][a-z])", "_", kind).lower()


def _old(path: Path, config: Any, weights: Any) -> Iterator[KerasLayer]:
    """The layers of a file in the layout of Keras 2: groups have the names of the layers."""
    for name, kind, settings in _entries(path, config):
        group = hdf5.member(weights, name)
        names = group.attrs.get("weight_names", ()) if group is not None else ()
        keys = [key.decode() if isinstance(key, bytes) else str(key) for key in names]
        if kind in MODELS and keys:
            raise ValueError(
                f"{path}: {name}: expected layers alone; got a model in the model, whose weights "
                "this old layout does not tell apart: save it as .keras"
            )
        yield KerasLayer(
            name, kind, settings, [hdf5.array(hdf5.member(group, key)) for key in keys]
        )


def _inferred(layers: Any, above: str = "") -> Iterator[KerasLayer]:
    """The layers of a file without a description, as their groups and shapes tell of them."""
    for name in hdf5.names(layers):
        group = hdf5.member(layers, name)
        nested = hdf5.member(group, "layers")
        if nested is not None:
            yield from _inferred(nested, f"{above}{name}.")
        else:
            own = hdf5.member(group, "vars")  # where Keras 3 notes the layer's own name
            noted = own.attrs.get("name") if own is not None else None
            yield _of_group(above + str(noted or name), name, group)


def _of_group(name: str, key: str, group: Any) -> KerasLayer:
    stem = re.sub(r"_\d+$", "", key)
    for kind, place in (("Bidirectional", "forward_layer/cell/vars"), ("", "cell/vars")):
        arrays = [hdf5.array(dataset) for dataset in _numbered(hdf5.member(group, place))]
        cell = _cell_of(arrays)
        if cell and kind:
            config = {"layer": {"class_name": cell, "config": {}}}
            return KerasLayer(name, kind, config, _arrays(group, kind))
        if cell:
            return KerasLayer(name, cell, {}, arrays)
    if stem == "time_distributed":
        config = {"layer": {"class_name": "Dense", "config": {}}}
        return KerasLayer(name, "TimeDistributed", config, _arrays(group, "TimeDistributed"))
    kind = {"embedding": "Embedding", "dense": "Dense"}.get(stem, stem)
    return KerasLayer(name, kind, {}, _arrays(group, kind))


def _cell_of(arrays: list[Array]) -> str | None:
    """The class of the cell whose arrays these are: from the columns for each hidden unit."""
    if len(arrays) < 2 or arrays[1].ndim != 2 or not arrays[1].shape[0]:
        return None
    gates = arrays[1].shape[1] / arrays[1].shape[0]
    return next((kind for kind, cell in CELLS.items() if len(GATES[cell]) == gates), None)
