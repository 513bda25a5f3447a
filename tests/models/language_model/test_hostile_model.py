"""Model files made to be wrong: an error that names them, in little memory and no time."""

from __future__ import annotations

import hashlib
import json
import os
import struct
import tracemalloc

import numpy as np
import pytest

from pyrnn.models import LanguageModel, LanguageModelConfig, LanguageModelOptions, ModelFolderError
from pyrnn.training import CheckpointError, read_checkpoint, write_checkpoint

from ...json_trees import changed

TEXT = "to be, or not to be:\nthat is the question\n" * 8
CONFIG, WEIGHTS = "config.json", "weights.safetensors"
DEEP = 50_000
MEMORY = 20_000_000  # bytes; the files here have some thousand


@pytest.fixture(scope="module")
def original(tmp_path_factory):
    """A folder with a model and a checkpoint of its training."""
    folder = tmp_path_factory.mktemp("original")
    model = LanguageModel.for_text(TEXT, LanguageModelConfig(hidden_size=6, num_layers=2))
    model.fit(
        TEXT, TEXT[:60], LanguageModelOptions(batch_size=2, bptt=8, max_steps=2), folder=folder
    )
    model.save(folder)
    return folder


@pytest.fixture
def model(original, tmp_path):
    """A copy of the model's two files, to be spoilt."""
    for name in (CONFIG, WEIGHTS):
        (tmp_path / name).write_bytes((original / name).read_bytes())
    return tmp_path


def config_of(folder):
    """The configuration without its digest, so that it may be changed."""
    content = json.loads((folder / CONFIG).read_text("utf-8"))
    del content["config_sha256"]
    return content


def write(folder, config, weights=None):
    if weights is not None:
        (folder / WEIGHTS).write_bytes(weights)
        config["weights_sha256"] = hashlib.sha256(weights).hexdigest()
    text = config if isinstance(config, str) else json.dumps(config)
    (folder / CONFIG).write_bytes(text.encode("utf-8", "surrogatepass"))


def assert_named(error, path):
    assert str(path) in str(error)


def refused(path, words=None, kinds=ModelFolderError):
    """Loading is refused, with the path in the message, and without much memory."""
    tracemalloc.start()
    try:
        with pytest.raises(kinds, match=words) as caught:
            LanguageModel.load(path)
        assert tracemalloc.get_traced_memory()[1] < MEMORY
    finally:
        tracemalloc.stop()
    assert str(path) in str(caught.value)
    assert len(str(caught.value)) < 2000


def test_what_stands_in_the_configuration_is_signed(model):
    text = (model / CONFIG).read_text("utf-8")
    (model / CONFIG).write_text(text.replace('"q"', '"Q"'), encoding="utf-8")
    refused(model, "config.json: damaged, or edited by hand")
    write(model, config_of(model))  # laid out otherwise, and unsigned
    LanguageModel.load(model)
    signed = json.loads(text)
    write(model, json.dumps(dict(reversed(signed.items())), ensure_ascii=False))
    LanguageModel.load(model)  # signed is what it says, not how it is laid out


def test_every_flipped_bit_of_a_configuration_is_found(model):
    content = (model / CONFIG).read_bytes()
    whole = LanguageModel.load(model).description()
    rng = np.random.default_rng(0)
    for place in rng.integers(0, 8 * len(content), 150).tolist():
        spoilt = bytearray(content)
        spoilt[place // 8] ^= 1 << place % 8
        (model / CONFIG).write_bytes(spoilt)
        try:
            loaded = LanguageModel.load(model)
        except ModelFolderError as error:
            assert_named(error, model)
        else:  # between the values, or in the name of the digest
            assert loaded.description() == whole


def test_a_vocabulary_larger_than_the_weights(model):
    config = config_of(model)
    tokens = config["tokenizer"]["tokens"]
    config["tokenizer"]["tokens"] = [chr(n) for n in range(256, 10_000)]
    write(model, config)
    refused(model, "expected parameters of at most")
    config["tokenizer"]["tokens"] = [*tokens, "X"]  # no more than the limit allows
    write(model, config)
    refused(model, rf"embedding\.weight: .*\({len(tokens) + 1}, 6\)")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[" * DEEP + "]" * DEEP, "at most 64 deep"),
        ('{"format":' * DEEP, "no JSON"),
        ('{"format": "pyrnn language model", "format": "pyrnn language model"}', "stands twice"),
        ('{"format": "pyrnn language model", "version": NaN}', "got NaN"),
        ('{"format": "pyrnn language model", "version": ' + "9" * 5000 + "}", "digits"),
        ('{"format": "pyrnn language model", "version": "' + "9" * 5000 + '"}', "format version"),
        ('{"format": "pyrnn language model", "version": [1]}', "format version"),
        ('{"format": "' + "x" * 10**6 + '"}', "expected a pyrnn language model"),
        ("\x00\x00\x00", "no JSON"),
        ("\ud800", "no JSON"),
        ("5", "got 'int'"),
    ],
)
def test_json_bombs(model, text, words):
    write(model, text)
    refused(model, words)


@pytest.mark.parametrize(
    "digest",
    ["/../../../../etc/passwd", "../x", "a\0b", "", "é" * 64, "A" * 64, 5, None, ["x"], "0" * 63],
)
def test_a_digest_that_is_none(model, digest):
    """It becomes part of a file's name."""
    write(model, {**config_of(model), "weights_sha256": digest})
    refused(model, "weights_sha256: expected the SHA-256")


def test_a_digest_that_leads_out_of_the_folder_is_never_followed(model, monkeypatch):
    from pyrnn.files import model_folder

    outside = model.parent / "outside0.safetensors"
    outside.write_bytes((model / WEIGHTS).read_bytes())
    opened = []
    read = model_folder.Path.read_bytes
    monkeypatch.setattr(model_folder.Path, "read_bytes", lambda p: (opened.append(p), read(p))[1])
    write(model, {**config_of(model), "weights_sha256": "/../../outside0"})
    refused(model)
    assert outside not in [path.resolve() for path in opened]


SPOILT = {  # what stands in the content: what is said of it
    ("config",): [None, 5, [], "x", [["hidden_size", 3]]],
    ("tokenizer",): [None, 5, [], "x"],
    ("tokenizer", "unit"): [None, 5, [], {}, "letters", ["words"]],
    ("tokenizer", "tokens"): [None, 5, {}, "abc", [], [1, 2], [None], [["a"]], ["a", "a"], ["ab"]],
    ("tokenizer", "unknown"): [5, [], {}, "not there"],
    ("config", "tied"): [None, 5, "yes", []],
    ("config", "lowercase"): [1, "no"],
    ("config", "cell"): [None, "os.system", ["lstm"], "gru"],
    ("config", "dtype"): ["float16", "object", None],
    ("config", "seed"): [-1, 1.5, "x", None],
    ("config", "dropout_input"): ["0.5", 1, -1, None, []],
    ("config", "hidden_size"): [0, -1, 6.0, "6", True, None, [6]],
    ("config", "max_vocabulary"): [0, "x"],
    ("trained",): [5, "x", [1]],
}


@pytest.mark.parametrize(
    ("place", "value"), [(place, value) for place, values in SPOILT.items() for value in values]
)
def test_values_of_the_wrong_kind(model, place, value):
    write(model, changed(config_of(model), place, value))
    refused(model)


def header(shape=(1,), dtype="F32", offsets=(0, 4), name="x", **more):
    return {name: {"dtype": dtype, "shape": list(shape), "data_offsets": list(offsets)}, **more}


@pytest.mark.parametrize(
    "packed",
    [
        b"",
        b"\0" * 7,
        struct.pack("<Q", 2**63) + b"{}",
        struct.pack("<Q", 10**8) + b"{}",
        struct.pack("<Q", 10**8 + 1) + b" " * 100,
        struct.pack("<Q", 2) + b"[]",
        struct.pack("<Q", 2 * DEEP) + b"[" * DEEP + b"]" * DEEP,
        header(dtype="BF16", offsets=(0, 2)),
        header(dtype="F8_E4M3", offsets=(0, 1)),
        header(dtype="X99"),
        header(shape=(2**62, 4)),
        header(shape=(2**32, 2**32)),
        header(shape=(0, 2**62), offsets=(0, 0)),
        header(shape=(1,) * 100),
        header(shape=(-1,)),
        header(offsets=(4, 0)),
        header(offsets=(0, 2**62)),
        header(offsets=(2, 6)),
        header(z={"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}),  # overlaps with x
        header(name="../../x"),
        header(name="a\0b"),
        header(__metadata__={"format": 5}),
    ],
    ids=lambda packed: str(packed)[:40],
)
def test_hostile_weights(model, packed):
    if isinstance(packed, dict):
        encoded = json.dumps(packed).encode()
        packed = struct.pack("<Q", len(encoded)) + encoded + bytes(4)
    write(model, config_of(model), packed)
    refused(model)
    path = model / "alone.safetensors"
    path.write_bytes(packed)
    refused(path, kinds=CheckpointError)


@pytest.mark.skipif(os.name == "nt", reason="Windows has neither pipes nor such links")
@pytest.mark.parametrize("name", [CONFIG, WEIGHTS])
@pytest.mark.parametrize("kind", ["pipe", "device", "loop", "nowhere", "folder"])
def test_what_is_no_file(model, name, kind):
    path = model / name
    path.unlink()
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "folder":
        path.mkdir()
    else:
        path.symlink_to({"device": "/dev/zero", "loop": name, "nowhere": "nowhere"}[kind])
    refused(model, f"{name} is missing", FileNotFoundError)
    refused(path, kinds=FileNotFoundError)


@pytest.mark.skipif(os.name == "nt", reason="Windows lets few users make links")
def test_links_to_files_are_followed(model, tmp_path):
    for name in (CONFIG, WEIGHTS):
        (model / name).rename(tmp_path / f"{name}.kept")
        (model / name).symlink_to(tmp_path / f"{name}.kept")
    LanguageModel.load(model)


@pytest.mark.parametrize(
    "state",
    [
        (np.zeros((2, 2, 6), "f4"),),
        np.zeros((2, 2, 6), "f4"),
        (np.zeros((2, 2, 6)), np.zeros((2, 2, 6))),
        (np.zeros((2, 3, 6), "f4"), np.zeros((2, 3, 6), "f4")),
        (np.zeros((2, 2, 6), "f4"), (np.zeros((2, 2, 6), "f4"),)),
    ],
    ids=["one of two", "no pair", "dtype", "streams", "nested"],
)
def test_a_run_is_not_resumed_with_a_state_that_does_not_fit(tmp_path, state):
    """Found out when it is read, not at the first step; the model keeps its weights."""
    options = LanguageModelOptions(batch_size=2, bptt=8, max_steps=2)
    config = LanguageModelConfig(hidden_size=6, num_layers=2)
    LanguageModel.for_text(TEXT, config).fit(TEXT, options=options, folder=tmp_path)
    content = read_checkpoint(tmp_path / "last.safetensors")
    assert [part.shape for part in content["position"]["state"]] == [(2, 2, 6)] * 2
    content["position"]["state"] = state
    write_checkpoint(tmp_path / "last.safetensors", content)
    model = LanguageModel.for_text(TEXT, config)
    before = model.network.state_dict()
    with pytest.raises(CheckpointError, match=r"last\.safetensors: not a checkpoint .*state"):
        model.training(TEXT, options=options, folder=tmp_path, resume=True)
    np.testing.assert_equal(model.network.state_dict(), before)


def test_loading_takes_a_small_multiple_of_the_files(tmp_path):
    config = LanguageModelConfig(hidden_size=128, unit="words", tied=True)
    words = " ".join(f"word{n}" for n in range(8_000))
    LanguageModel.for_text(words, config).save(tmp_path)
    size = sum(path.stat().st_size for path in tmp_path.iterdir())
    tracemalloc.start()
    try:
        LanguageModel.load(tmp_path)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert size > 4_000_000
    assert peak < 5 * size  # measured: 2.7 to 3.5
