"""Files that Keras wrote load and compute what Keras computed; no Keras is needed here."""

from __future__ import annotations

import io
import json
import shutil
import zipfile
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file

import pyrnn
from pyrnn import nn
from pyrnn.exchange import Dense

h5py = pytest.importorskip("h5py")

DATA = Path(__file__).parent / "data"  # see the README there
MODEL, OLD, CALL = DATA / "layers.keras", DATA / "layers.h5", DATA / "layers_call.safetensors"
ORDER = ["table", "both", "long", "before", "again", "simple", "each", "scores"]


def chain(layers, ids):
    """Every layer's output, one reading the other."""
    outputs, x = {}, ids
    for name in ORDER:
        x = layers[name](x)
        x = x[0] if isinstance(x, tuple) else x
        outputs[name] = x
    return outputs


def compare(layers):
    call = load_file(CALL)
    for name, found in chain(layers, call["ids"]).items():
        # float32: sums of some 10 terms through 6 steps and up to 7 layers
        np.testing.assert_allclose(found.numpy(), call[name], rtol=2e-5, atol=2e-6, err_msg=name)


@pytest.mark.parametrize("path", [MODEL, str(MODEL), OLD], ids=["keras", "text", "h5"])
def test_a_described_model(path):
    layers = pyrnn.from_keras(path)
    assert list(layers) == ORDER
    assert {name: type(module) for name, module in layers.items()} == {
        "table": nn.Embedding, "both": nn.GRU, "long": nn.LSTM, "before": nn.GRU, "again": nn.LSTM,
        "simple": nn.RNN, "each": Dense, "scores": Dense,
    }  # fmt: skip
    assert layers["both"].stack.bidirectional
    assert layers["both"].reset_after
    assert not layers["before"].reset_after
    assert layers["simple"].nonlinearity == "relu"
    assert layers["each"].activation == "tanh"
    compare(layers)


@pytest.fixture
def weights_file(tmp_path):
    """The weights of the model alone, as save_weights writes them."""
    with zipfile.ZipFile(MODEL) as archive:
        content = archive.read("model.weights.h5")
    (tmp_path / "layers.weights.h5").write_bytes(content)
    return tmp_path / "layers.weights.h5"


def test_weights_without_a_description(weights_file):
    """Activations are for the caller to know."""
    layers = pyrnn.from_keras(weights_file, activation="relu")
    assert set(layers) == set(ORDER)
    for name, activation in (("each", "tanh"), ("scores", "softmax")):
        linear = layers[name]
        assert type(linear) is nn.Linear
        layers[name] = Dense(linear.in_features, linear.out_features, activation=activation)
        layers[name].load_state_dict(linear.state_dict())
    compare(layers)
    with pytest.raises(ValueError, match="cell: expected none beside a file"):
        pyrnn.from_keras(weights_file, cell="lstm")


def test_weights_whose_layers_have_no_names(weights_file):
    """As earlier Keras 3 wrote them: the classes' names stand for the layers'."""
    with h5py.File(weights_file, "r+") as root:
        for group in root["layers"].values():
            del group["vars"].attrs["name"]
    assert set(pyrnn.from_keras(weights_file)) == {
        "embedding", "bidirectional", "lstm", "gru", "lstm_1", "simple_rnn", "time_distributed",
        "dense",
    }  # fmt: skip


def test_the_state_of_a_generator_is_no_weight(tmp_path, weights_file):
    """A Dropout that has been called keeps one."""
    with h5py.File(weights_file, "r+") as root:
        place = "layers/dropout/seed_generator/vars/0"
        if place in root:
            del root[place]
        root[place] = np.array([7, 8], np.uint32)
    compare(pyrnn.from_keras(rewritten(tmp_path, weights=weights_file.read_bytes())))


def test_weights_in_bfloat16(weights_file):
    with h5py.File(weights_file, "r+") as root:
        group = root["layers/embedding/vars"]
        upper = (group["0"][()].view(np.uint32) >> 16).astype(np.uint16)
        del group["0"]
        group.create_dataset("0", data=upper.view("V2")).attrs["dtype"] = "bfloat16"
    table = pyrnn.from_keras(weights_file)["table"].weight.numpy()
    exact = load_file(CALL)["table"]
    np.testing.assert_allclose(table[load_file(CALL)["ids"]], exact, rtol=2**-7)
    assert not table.view(np.uint32).astype(np.uint16).any()


def rewritten(tmp_path, change=None, weights=None):
    """The model with another description, or other weights."""
    path = tmp_path / "changed.keras"
    with zipfile.ZipFile(MODEL) as archive:
        config, content = json.loads(archive.read("config.json")), archive.read("model.weights.h5")
    if change is not None:
        config = change(config) or config
    with zipfile.ZipFile(path, "w") as archive:
        text = config if isinstance(config, str) else json.dumps(config)
        archive.writestr("config.json", text)
        archive.writestr("model.weights.h5", content if weights is None else weights)
    return path


def setting(name, **values):
    def change(config):
        for entry in config["config"]["layers"]:
            if entry["config"].get("name") == name:
                entry["config"].update(values)

    return change


REFUSED = {
    "hard sigmoid": (
        setting("long", recurrent_activation="hard_sigmoid"),
        "long .LSTM.: recurrent_activation: expected sigmoid; got 'hard_sigmoid'",
    ),
    "dropout": (setting("long", recurrent_dropout=0.5), "long .LSTM.: recurrent_dropout: expected"),
    "no model": (lambda c: c.update(class_name="Dense"), "Sequential or Functional model; got 'De"),
    "no layers": (lambda c: {"class_name": "Sequential", "config": {}}, "no description of a mode"),
    "a list": (lambda c: "[1, 2]", "no description of a model"),
    "no JSON": (lambda c: "{", "damaged: its description is no JSON"),
    "deep JSON": (lambda c: "[" * 200_000, "damaged: its description is no JSON"),
    "layers of numbers": (
        lambda c: {"class_name": "Sequential", "config": {"layers": [1]}}, "no description of a mo",
    ),
    "another's layer": (
        lambda c: c["config"]["layers"][4].update(module="mine"), r"alone; got long \(mine.LSTM\)",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_descriptions_that_are_refused(tmp_path, case):
    change, message = REFUSED[case]
    with pytest.raises(ValueError, match=message):
        pyrnn.from_keras(rewritten(tmp_path, change))


def test_a_model_in_the_model(tmp_path, weights_file):
    with h5py.File(weights_file, "r+") as root:
        root.create_group("layers/sequential/layers")
        root.move("layers/lstm_1", "layers/sequential/layers/lstm")

    def nest(config):
        layers = config["config"]["layers"]
        place = next(i for i, entry in enumerate(layers) if entry["config"]["name"] == "again")
        inner = {"name": "inner", "layers": [layers[place]]}
        layers[place] = {"module": "keras", "class_name": "Sequential", "config": inner}

    layers = pyrnn.from_keras(rewritten(tmp_path, nest, weights_file.read_bytes()))
    layers["again"] = layers.pop("inner.again")
    compare(layers)


def test_the_groups_of_keras_2_13(tmp_path, weights_file):
    """Keras 3 reads them by the same other name."""
    with h5py.File(weights_file, "r+") as root:
        root.move("layers", "_layer_checkpoint_dependencies")
    compare(pyrnn.from_keras(rewritten(tmp_path, weights=weights_file.read_bytes())))


def test_mask_zero_and_ignored_dropout(tmp_path):
    with pytest.warns(UserWarning, match="table: mask_zero=True"):
        pyrnn.from_keras(rewritten(tmp_path, setting("table", mask_zero=True)))
    path = rewritten(tmp_path, setting("long", dropout=0.5))
    compare(pyrnn.from_keras(path, ignore_dropout=True))


def hdf5(build):
    """The content of an HDF5 file that a function fills."""
    file = io.BytesIO()
    with h5py.File(file, "w") as root:
        build(root)
    return file.getvalue()


def elsewhere(root):
    root["layers/embedding/vars"] = h5py.ExternalLink("/etc/hostname", "/")


def soft(root):
    root["somewhere"] = np.zeros((11, 4), "float32")
    root["layers/embedding/vars/0"] = h5py.SoftLink("/somewhere")


def enormous(root):
    root.create_dataset(
        "layers/embedding/vars/0", shape=(1 << 30, 1 << 10), dtype="f4", chunks=True
    )


def outside(root):
    group = root.create_group("layers/embedding/vars")
    group.create_dataset("0", (11, 4), "f4", external=[("elsewhere.bin", 0, 176)])


def text(root):
    root["layers/embedding/vars/0"] = "words"


def group(root):
    root.create_group("layers/embedding/vars/0")


def integers(root):
    root["layers/embedding/vars/0"] = np.zeros((11, 4), "int8")


def circle(root):
    unknown = root.create_group("layers/embedding")
    unknown["itself"] = unknown


HOSTILE = {
    elsewhere: (ValueError, "a link to elsewhere"),
    soft: (ValueError, "a link to elsewhere"),
    enormous: (ValueError, "4,398,046,511,104 bytes are claimed, 0 are there"),
    outside: (ValueError, "its numbers lie elsewhere"),
    text: (ValueError, "expected an array of numbers"),
    group: (ValueError, "expected an array of numbers"),
    integers: (TypeError, "expected floats"),
    circle: (ValueError, "groups one in the other"),
}


@pytest.mark.parametrize("build", HOSTILE, ids=lambda build: build.__name__)
def test_weights_that_are_refused(tmp_path, build):
    error, message = HOSTILE[build]
    with pytest.raises(error, match=message):
        pyrnn.from_keras(rewritten(tmp_path, weights=hdf5(build)))
    (tmp_path / "x.weights.h5").write_bytes(hdf5(build))
    with pytest.raises(error, match=message):
        pyrnn.from_keras(tmp_path / "x.weights.h5")


def test_layers_without_their_weights(tmp_path):
    path = rewritten(tmp_path, weights=hdf5(lambda root: root.create_group("layers")))
    with pytest.raises(ValueError, match=r"table .Embedding.: expected weights; got none"):
        pyrnn.from_keras(path)


def test_damaged_files(tmp_path):
    path = tmp_path / "x.keras"
    whole = MODEL.read_bytes()
    for content in (b"", b"PK", whole[:100], whole[: len(whole) // 2], b"no model at all"):
        path.write_bytes(content)
        with pytest.raises(ValueError, match=r"x\.keras: damaged, or no"):
            pyrnn.from_keras(path)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("config.json", "{}")
    with pytest.raises(ValueError, match=r"model\.weights\.h5 is missing"):
        pyrnn.from_keras(path)
    with pytest.raises(FileNotFoundError):
        pyrnn.from_keras(tmp_path / "absent.keras")


def test_flipped_bytes_are_survived(tmp_path):
    """Whatever is damaged, there is a model or an error of ours."""
    with zipfile.ZipFile(MODEL) as archive:
        whole = bytearray(archive.read("model.weights.h5"))
    rng, outcomes = np.random.default_rng(0), set()
    used = np.flatnonzero(np.frombuffer(whole, np.uint8))  # most of HDF5 is empty
    for place in rng.choice(used, size=100):
        damaged = bytearray(whole)
        damaged[place] ^= int(rng.integers(1, 256))
        try:
            pyrnn.from_keras(rewritten(tmp_path, weights=bytes(damaged)))
            outcomes.add("a number")
        except (ValueError, TypeError):
            outcomes.add("refused")
    assert outcomes == {"a number", "refused"}


def test_an_archive_that_is_much_larger_than_its_file(tmp_path):
    path = tmp_path / "x.keras"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("config.json", "{}")
        archive.writestr("model.weights.h5", bytes(1 << 26))
    with pytest.raises(ValueError, match=r"model\.weights\.h5: expected at most .* 67,108,864"):
        pyrnn.from_keras(path)


def test_hdf5_files_of_others(tmp_path):
    path = tmp_path / "x.h5"
    path.write_bytes(hdf5(lambda root: root.create_dataset("x", data=np.zeros(3))))
    with pytest.raises(ValueError, match=r"x\.h5: expected a model of Keras' in HDF5"):
        pyrnn.from_keras(path)


def test_without_h5py_there_is_a_word_on_what_to_install(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "h5py", None)
    with pytest.raises(ImportError, match=r"layers\.keras: HDF5 files need h5py.*pip install h5py"):
        pyrnn.from_keras(MODEL)


def test_the_name_of_a_file_says_nothing(tmp_path):
    shutil.copy(MODEL, tmp_path / "model.zip")
    assert list(pyrnn.from_keras(tmp_path / "model.zip")) == ORDER
