"""Exported files hold PyTorch's names, say what they are, and come back as the same modules."""

from __future__ import annotations

import json
from functools import partial

import numpy as np
import pytest
from safetensors import safe_open
from safetensors.numpy import load_file

import pyrnn
from pyrnn import nn

MODULES = {
    "LSTM": nn.LSTM(3, 5, 2, bidirectional=True, batch_first=True, dropout=0.25, rng=0),
    "GRU": nn.GRU(3, 5, bias=False, dtype="float64", rng=0),
    "RNN": nn.RNN(3, 5, nonlinearity="relu", rng=0),
    "LSTMCell": nn.LSTMCell(3, 5, rng=0),
    "GRUCell": nn.GRUCell(3, 5, bias=False, rng=0),
    "RNNCell": nn.RNNCell(3, 5, nonlinearity="relu", rng=0),
    "Linear": nn.Linear(3, 5, bias=False, rng=0),
    "Embedding": nn.Embedding(3, 5, padding_idx=1, rng=0),
}


class Tagger(nn.Module):
    def __init__(self):
        self.table = nn.Embedding(7, 4, rng=0)
        self.reader = nn.GRU(4, 4, rng=1)
        self.narrow = nn.Linear(4, 4, bias=False, rng=2)
        self.scores = nn.Linear(4, 7, rng=3)
        self.scores.weight = self.table.weight


def layers_of(path):
    with safe_open(path, framework="numpy") as file:
        return json.loads(file.metadata()["layers"])


@pytest.mark.parametrize("name", MODULES)
def test_there_and_back(tmp_path, name):
    path, module = tmp_path / "x.safetensors", MODULES[name]
    pyrnn.export(module, path)
    np.testing.assert_equal(load_file(path), module.state_dict())
    again = pyrnn.from_torch(path)
    assert repr(again) == repr(module)
    assert getattr(again, "padding_idx", None) == getattr(module, "padding_idx", None)
    assert getattr(again, "stack", None) == getattr(module, "stack", None)
    np.testing.assert_equal(again.state_dict(), module.state_dict())


def test_the_file_says_what_it_is(tmp_path):
    path = tmp_path / "x.safetensors"
    pyrnn.export(Tagger(), path, about={"model": "tagger", "format": "no"})
    with safe_open(path, framework="numpy") as file:
        metadata = file.metadata()
    assert metadata["format"] == "pt"
    assert metadata["producer"] == "pyrnn"
    assert metadata["version"] == "1"
    assert metadata["model"] == "tagger"
    layers = json.loads(metadata["layers"])
    assert layers["table"] == {
        "kind": "Embedding", "num_embeddings": 7, "embedding_dim": 4, "padding_idx": None,
    }  # fmt: skip
    assert [layer["kind"] for layer in layers.values()] == ["Embedding", "GRU", "Linear", "Linear"]


def test_a_module_with_tied_weights(tmp_path):
    tagger = Tagger()
    pyrnn.export(tagger, tmp_path / "x.safetensors")
    state = load_file(tmp_path / "x.safetensors")
    np.testing.assert_equal(state, tagger.state_dict())
    np.testing.assert_array_equal(state["table.weight"], state["scores.weight"])
    found = pyrnn.from_torch(tmp_path / "x.safetensors")
    kinds = [nn.Embedding, nn.GRU, nn.Linear, nn.Linear]
    assert [type(module) for module in found.values()] == kinds


def test_what_the_caller_says_goes_before_what_the_file_says(tmp_path):
    path = tmp_path / "x.safetensors"
    pyrnn.export(MODULES["RNN"], path)
    assert pyrnn.from_torch(path, nonlinearity="tanh").nonlinearity == "tanh"
    pyrnn.export(MODULES["LSTM"], path)
    again = pyrnn.from_torch(path, batch_first=False, dropout=0.0)
    assert not again.batch_first
    assert again.stack.dropout == 0
    pyrnn.export(MODULES["Linear"], path)
    assert type(pyrnn.from_torch(path, kinds={"": "Embedding"})) is nn.Embedding


def test_a_part_of_a_file_keeps_its_notes(tmp_path):
    path = tmp_path / "x.safetensors"
    pyrnn.export(nn.Sequential(MODULES["Linear"], Tagger()), path)
    assert set(layers_of(path)) == {"0", "1.table", "1.reader", "1.narrow", "1.scores"}
    found = pyrnn.from_torch(path, prefix="1")
    assert type(found["table"]) is nn.Embedding
    assert type(found["narrow"]) is nn.Linear


@pytest.mark.parametrize(
    "module",
    [nn.GRU(3, 5, reset_after=False), nn.GRUCell(3, 5, reset_after=False)],
    ids=["GRU", "GRUCell"],
)
def test_a_gru_that_torch_has_not(tmp_path, module):
    with pytest.raises(
        ValueError, match=r"module: expected layers that PyTorch has; got a GRU with"
    ):
        pyrnn.export(module, tmp_path / "x.safetensors")
    assert not list(tmp_path.iterdir())


def test_an_rnn_that_torch_has_not(tmp_path):
    inside = nn.Sequential(nn.RNN(3, 5, nonlinearity="sigmoid"))
    with pytest.raises(
        ValueError, match=r"0: expected layers that PyTorch has; got an RNN with nonl"
    ):
        pyrnn.export(inside, tmp_path / "x.safetensors")


@pytest.mark.parametrize("make", [nn.LSTM, nn.GRU])
def test_layer_norm_which_torch_has_not(tmp_path, make):
    with pytest.raises(
        ValueError, match=r"module: .* PyTorch has; got an? .* with layer_norm=True"
    ):
        pyrnn.export(make(3, 5, layer_norm=True), tmp_path / "x.safetensors")


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (nn.LSTM, r"an LSTM with zoneout=\(0.1, 0\),"),
        (nn.GRU, "a GRU with zoneout=0.1,"),
        (nn.RNN, "an RNN with zoneout=0.1,"),
        (partial(nn.GRU, layer_norm=True), "a GRU with layer_norm=True and zoneout=0.1,"),
    ],
)
def test_zoneout_which_acts_in_eval_too(tmp_path, make, words):
    with pytest.raises(ValueError, match=rf"module: .* PyTorch has; got {words}"):
        pyrnn.export(make(3, 5, zoneout=0.1), tmp_path / "x.safetensors")


@pytest.mark.parametrize("make", [nn.LSTM, nn.GRU, nn.RNN])
def test_what_acts_in_training_alone_goes_over(tmp_path, make):
    noisy = make(3, 5, recurrent_dropout=0.1, weight_drop=0.1, return_sequences=False)
    pyrnn.export(noisy, tmp_path / "x.safetensors")


@pytest.mark.parametrize(
    "switches",
    [{"peephole": True}, {"coupled": True}, {"peephole": True, "coupled": True}],
)
def test_an_lstm_that_torch_has_not(tmp_path, switches):
    words = " and ".join(f"{name}=True" for name in switches)
    for kind in (nn.LSTM, nn.LSTMCell):
        with pytest.raises(
            ValueError, match=rf"module: expected layers that PyTorch has; got an LSTM with {words}"
        ):
            pyrnn.export(kind(3, 5, **switches, rng=0), tmp_path / "x.safetensors")
    assert not list(tmp_path.iterdir())


def test_a_projected_lstm_says_so(tmp_path):
    path = tmp_path / "x.safetensors"
    lstm = nn.LSTM(3, 5, proj_size=2, rng=0)
    pyrnn.export(lstm, path)
    with safe_open(path, "numpy") as file:
        assert json.loads(file.metadata()["layers"])[""]["proj_size"] == 2
    found = pyrnn.from_torch(path)
    assert found.stack == lstm.stack
    np.testing.assert_equal(found.state_dict(), lstm.state_dict())


def test_what_is_no_module_with_weights(tmp_path):
    path = tmp_path / "x.safetensors"
    with pytest.raises(TypeError, match=r"module: expected a Module; got dict"):
        pyrnn.export({}, path)
    with pytest.raises(ValueError, match=r"expected parameters to write; Dropout has none"):
        pyrnn.export(nn.Dropout(0.5), path)
    with pytest.raises(ValueError, match=r"x\.pt: expected a name that ends in \.safetensors"):
        pyrnn.export(MODULES["RNN"], tmp_path / "x.pt")


@pytest.mark.torch
@pytest.mark.parametrize("name", MODULES)
def test_torch_loads_it_and_computes_the_same(tmp_path, rng, name):
    torch = pytest.importorskip("torch")
    from safetensors.torch import load_file as load_tensors

    path, module = tmp_path / "x.safetensors", MODULES[name].eval()
    pyrnn.export(module, path)
    layer = layers_of(path)[""]
    state = load_tensors(path)
    theirs = getattr(torch.nn, layer.pop("kind"))(**layer).to(next(iter(state.values())).dtype)
    theirs.load_state_dict(state)
    theirs.eval()
    dtype = next(module.parameters()).dtype
    x = np.arange(3) if name == "Embedding" else rng.normal(size=(4, 2, 3)).astype(dtype)
    x = x[0] if name.endswith("Cell") else x
    with torch.no_grad():
        expected, found = theirs(torch.from_numpy(x)), module(x)
    expected, found = (each[0] if isinstance(each, tuple) else each for each in (expected, found))
    tolerance = 1e-12 if dtype == "float64" else 1e-5
    np.testing.assert_allclose(found.numpy(), expected.numpy(), rtol=tolerance, atol=tolerance)
