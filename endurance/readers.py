"""What reads files, and how a file for it is made wrong."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import random
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import data_files
import mutations
import numpy as np
from safetensors.numpy import load, save

from pyrnn.data import layouts
from pyrnn.data.readers import read_rows
from pyrnn.files.checkpoint import WRONG, digest
from pyrnn.models import ModelFolderError, family
from pyrnn.models import load as load_model
from pyrnn.training import CheckpointError, read_checkpoint, read_history

TEXT = "to be, or not to be: that is the question.\n" * 12
TEXTS, LABELS = (
    TEXT.split()[:24],
    ["long" if len(word) > 2 else "short" for word in TEXT.split()[:24]],
)


class Example(NamedTuple):
    """family, settings: of a model. options, data, valid: of its training. inputs: to predict."""

    family: str
    settings: dict[str, Any]
    options: dict[str, Any]
    data: tuple[Any, ...]
    valid: tuple[Any, ...]
    inputs: list[Any]

    def built(self) -> Any:
        """A model that is not trained."""
        return family(self.family)(**self.settings).for_data(*self.data)

    def training(self, **more: Any) -> dict[str, Any]:
        """The arguments of its fit."""
        common = {"batch_size": 2, "max_steps": 4, "validate_every": 2, "log_every": 1}
        return {"valid": self.valid, **common, "schedule": "plateau", **self.options, **more}


def _text(**settings: Any) -> Example:
    return Example("lm", settings, {"bptt": 4}, (TEXT,), (TEXT[:60],), ["to", TEXT[:30]])


def _labelled(**settings: Any) -> Example:
    held = TEXTS[:6], LABELS[:6]
    return Example("classify", settings, {}, (TEXTS, LABELS), held, ["to be", "", "question"])


EXAMPLES = (
    _text(hidden_size=4, num_layers=2, dropout_output=0.2),
    _labelled(hidden_size=3, cell="gru", bidirectional=True, pooling="attention"),
    _text(hidden_size=3, cell="gru", unit="words", tied=True, embedding_size=2),
    _labelled(encoder="bag", ngrams=2, buckets=16, unit="characters"),
    _text(hidden_size=2, cell="rnn_tanh", unit="bytes", dtype="float64"),
)


class Reader(NamedTuple):
    """name: of what is read. read: makes file number N in a folder and reads it; returns "loads" or
    "refused", and raises whatever else came of it."""

    name: str
    read: Callable[[int, Path], str]


class WrongRefusalError(AssertionError):
    """An error that is none of its reader's, or that does not name the file."""


def outcome(
    read: Callable[[], Any], allowed: type[Exception] | tuple[type[Exception], ...], name: str = ""
) -> str:
    """Whether something loads or is refused with an error of these kinds, with this name in it."""
    try:
        read()
    except allowed as error:
        if name not in str(error):
            raise WrongRefusalError(f"no {name} in {error!r}"[:300]) from error
        if len(str(error)) > 5_000:
            raise WrongRefusalError(f"{len(str(error))} characters of error") from error
        return "refused"
    return "loads"


class Originals:
    """Whole files of one example, from which the wrong ones are made."""

    def __init__(self, example: Example, place: Path) -> None:
        self.example = example
        self.folder = place
        model = example.built()
        model.fit(*example.data, **example.training(), folder=place)
        model.save(place)
        self.parts = model.parts()
        self.state = model.network.state_dict()
        self.files = {path.name: path.read_bytes() for path in place.iterdir()}

    def put(self, place: Path, files: dict[str, bytes]) -> Path:
        """A folder with these files, those of the originals for the others."""
        folder = place / "wrong"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        for name, content in {**self.files, **files}.items():
            (folder / name).write_bytes(content)
        return folder


def wrong_model(chance: random.Random, originals: Originals) -> dict[str, bytes]:
    """config.json, weights.safetensors or both, wrong."""
    config = originals.files["config.json"]
    weights = originals.files["weights.safetensors"]
    match chance.randrange(5):
        case 0:
            return {"config.json": mutations.damaged(chance, config)}
        case 1:
            return {"weights.safetensors": mutations.damaged(chance, weights)}
        case 2:
            weights = chance.choice((mutations.wrong_safetensors, mutations.damaged))(
                chance, weights
            )
        case 3:
            weights = save(mutations.wrong_arrays(chance, load(weights)))
    tree = json.loads(config)
    tree["weights_sha256"] = hashlib.sha256(weights).hexdigest()
    if chance.random() < 0.5:
        tree.pop("config_sha256")  # then it is taken as it is
    if weights is originals.files["weights.safetensors"] or chance.random() < 0.3:
        encoded = mutations.wrong_json(chance, tree, chance.choice((1, 1, 2, 5)))
    else:
        tree.pop("config_sha256", None)
        encoded = json.dumps(tree)
    return {
        "config.json": encoded.encode("utf-8", "surrogatepass"),
        "weights.safetensors": weights,
    }


def wrong_checkpoint(chance: random.Random, content: bytes) -> bytes:
    """A checkpoint that is damaged, or whose tree, arrays or header are wrong."""
    match chance.randrange(4):
        case 0:
            return mutations.damaged(chance, content)
        case 1:
            return mutations.wrong_safetensors(chance, content)
    header, _ = mutations.split_safetensors(content)
    metadata, arrays = header["__metadata__"], load(content)
    if chance.random() < 0.4:
        arrays = mutations.wrong_arrays(chance, arrays)
    if chance.random() < 0.8:
        tree = json.loads(metadata["content"])
        text = mutations.wrong_json(chance, tree, chance.choice((1, 1, 2, 5)))
        metadata["content"] = text.encode("utf-8", "replace").decode()
    if chance.random() < 0.9:
        metadata["sha256"] = digest(metadata["content"], arrays)
    if chance.random() < 0.05:
        metadata[chance.choice(("format", "version", "sha256"))] = chance.choice(
            ("", "9" * 99, "1")
        )
    return save({name: np.array(array, order="C") for name, array in arrays.items()}, metadata)


def wrong_history(chance: random.Random, content: bytes) -> bytes:
    """A history that is damaged, or one of whose records is wrong."""
    if chance.random() < 0.4:
        return mutations.damaged(chance, content)
    lines = content.decode().split("\n")
    number = chance.randrange(len(lines) - 1)
    lines[number] = mutations.wrong_json(chance, json.loads(lines[number]))
    return "\n".join(lines).encode("utf-8", "surrogatepass")


def use(model: Any, example: Example) -> None:
    """What has loaded must work, or say why not: its weights may be wild."""
    with contextlib.suppress(ValueError, ArithmeticError):
        model.predict(example.inputs)
    with contextlib.suppress(ValueError, ArithmeticError):
        model.evaluate(*example.valid)
    repr(model)


def readers(place: Path) -> list[Reader]:
    """All readers. place: an empty folder for the originals."""
    every = []
    for number, example in enumerate(EXAMPLES):
        originals = Originals(example, place / f"original-{number}")
        every += [*_readers(originals), Reader("data", _data), Reader("words", _words)]
    return every


def _data(number: int, place: Path) -> str:
    path = data_files.write_wrong(random.Random(number), place)
    return outcome(lambda: list(read_rows(path)), ValueError, str(path))


def _words(number: int, place: Path) -> str:
    path = data_files.write_wrong(random.Random(number), place, data_files.WORDS)
    columns = layouts.TokenColumns(label="labels")
    asked = layouts.Beside(steps=(columns.label_column,))
    return outcome(lambda: list(layouts.records(path, columns, asked)), ValueError, str(path))


def _readers(originals: Originals) -> list[Reader]:
    def model_folder(number: int, place: Path) -> str:
        chance = random.Random(number)
        folder = originals.put(place, wrong_model(chance, originals))
        if chance.random() < 0.01:
            _strange_file(chance, folder / chance.choice(("config.json", "weights.safetensors")))
        allowed = (ModelFolderError, FileNotFoundError)
        return outcome(lambda: use(load_model(folder), originals.example), allowed, str(folder))

    def checkpoint(number: int, place: Path) -> str:
        chance = random.Random(number)
        content = wrong_checkpoint(chance, originals.files["last.safetensors"])
        folder = originals.put(place, {"last.safetensors": content})
        path = folder / "last.safetensors"
        with contextlib.suppress(CheckpointError):
            read_checkpoint(path)
        allowed = (ModelFolderError, CheckpointError)
        return outcome(lambda: use(load_model(path), originals.example), allowed, str(path))

    def resumed(number: int, place: Path) -> str:
        chance = random.Random(number)
        name = chance.choice(("last.safetensors", "last.safetensors", "best.safetensors"))
        content = wrong_checkpoint(chance, originals.files[name])
        return outcome(lambda: resume(originals, place, {name: content}), ValueError)

    def history(number: int, place: Path) -> str:
        chance = random.Random(number)
        content = wrong_history(chance, originals.files["history.jsonl"])
        path = originals.put(place, {"history.jsonl": content}) / "history.jsonl"
        found = outcome(lambda: read_history(path), ValueError, str(path))
        again = outcome(lambda: resume(originals, place, {"history.jsonl": content}), ValueError)
        if found != again:
            raise WrongRefusalError(f"read: {found}; resumed: {again}")
        return found

    def parts(number: int, place: Path) -> str:
        chance = random.Random(number)
        text = mutations.wrong_json(chance, originals.parts, chance.choice((1, 1, 3)))
        try:
            content = json.loads(text)
        except (ValueError, RecursionError):
            return "refused"
        model = family(originals.example.family)(**originals.example.settings)
        return outcome(lambda: model.take(content), WRONG)

    def weights(number: int, place: Path) -> str:
        chance = random.Random(number)
        network = originals.example.built().network
        before = network.state_dict()
        state: Any = mutations.wrong_arrays(chance, originals.state)
        if chance.random() < 0.3:
            state[chance.choice(list(state))] = chance.choice(STRANGE_ARRAYS)
        found = outcome(lambda: network.load_state_dict(state), (ValueError, TypeError))
        if found == "refused":
            np.testing.assert_equal(network.state_dict(), before)
        return found

    every = (model_folder, checkpoint, resumed, history, parts, weights)
    return [Reader(read.__name__, read) for read in every]


def resume(originals: Originals, place: Path, files: dict[str, bytes]) -> None:
    """Go on with a run; where that is refused, the model must be as it was."""
    folder = originals.put(place, files)
    example = originals.example
    model = example.built()
    before = model.network.state_dict()
    try:
        arguments = example.training(max_steps=6)
        loop = model.training(*example.data, **arguments, folder=folder, resume=True)
    except ValueError as error:
        np.testing.assert_equal(model.network.state_dict(), before)
        if str(folder) not in str(error) and "run that is resumed" not in str(error):
            raise WrongRefusalError(f"no {folder} in {error!r}"[:300]) from error
        raise
    for records, _ in enumerate(loop.run()):
        if records > 40:
            raise WrongRefusalError("a run of 2 more steps goes on and on")


STRANGE_ARRAYS: tuple[Any, ...] = (
    *(None, "x", 5, [[1, 2], [3]], [], {}, object(), np.array(["a"]), np.zeros((), "V8")),
    *(np.array([object()]), np.zeros(3, [("a", "f4")]), np.float32(1), [[1.0, "x"]]),
)


def _strange_file(chance: random.Random, path: Path) -> None:
    """In place of a file: a pipe, a link to nothing, to itself or to a device, a folder."""
    path.unlink()
    match chance.randrange(5):
        case 0:
            os.mkfifo(path)
        case 1:
            path.symlink_to("/dev/zero")
        case 2:
            path.symlink_to(path)
        case 3:
            path.mkdir()
        case _:
            path.symlink_to("nowhere")
