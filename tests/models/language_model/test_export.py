"""An exported language model: PyTorch's names, its settings and vocabulary, the same numbers."""

from __future__ import annotations

import json

import numpy as np
import pytest
from safetensors import safe_open
from safetensors.numpy import load_file

import pyrnn
from pyrnn.data import tokenizer_from_json
from pyrnn.models import LanguageModelConfig

SETTINGS = {
    "lstm": {"cell": "lstm", "num_layers": 2, "dropout_between": 0.5},
    "gru": {"cell": "gru", "dropout_output": 0.5},
    "relu": {"cell": "rnn_relu", "dtype": "float32"},
    "tied": {"cell": "lstm", "tied": True},
    "tied and projected": {"cell": "rnn_tanh", "tied": True, "embedding_size": 4},
    "words": {"cell": "lstm", "unit": "words"},
}


def metadata_of(path):
    with safe_open(path, framework="numpy") as file:
        return file.metadata()


@pytest.mark.parametrize("name", SETTINGS)
def test_the_file_holds_the_whole_model(tmp_path, small, noise, name):
    model, path = small(**SETTINGS[name]), tmp_path / "m.safetensors"
    model.export(path)
    np.testing.assert_equal(load_file(path), model.network.state_dict())
    metadata = metadata_of(path)
    assert metadata["model"] == "pyrnn language model"
    assert LanguageModelConfig.from_json(json.loads(metadata["config"])) == model.config
    tokenizer = tokenizer_from_json(json.loads(metadata["tokenizer"]))
    ids = tokenizer.encode(noise(20))
    np.testing.assert_array_equal(ids, model.tokenizer.encode(noise(20)))

    layers = pyrnn.from_torch(path)
    layers["recurrent"].eval()
    y, _ = layers["recurrent"](layers["embedding"](ids[:, None]))
    y = layers["projection"](y) if "projection" in layers else y
    expected, _ = model.network(ids[:, None])
    np.testing.assert_array_equal(layers["output"](y).numpy(), expected.numpy())


def test_a_later_export_replaces_the_earlier_one(tmp_path, small):
    for cell in ("lstm", "gru"):
        small(cell=cell).export(tmp_path / "m.safetensors")
    assert load_file(tmp_path / "m.safetensors")["recurrent.weight_ih_l0"].shape == (30, 10)
    assert len(list(tmp_path.iterdir())) == 1


@pytest.mark.torch
@pytest.mark.parametrize("name", SETTINGS)
def test_torch_computes_the_same(tmp_path, small, noise, name):
    """The network is rebuilt from what the file says of its layers, and nothing else."""
    torch = pytest.importorskip("torch")
    from safetensors.torch import load_file as load_tensors

    model, path = small(**SETTINGS[name]), tmp_path / "m.safetensors"
    model.export(path)
    layers = json.loads(metadata_of(path)["layers"])
    network = torch.nn.ModuleDict(
        {name: getattr(torch.nn, layer.pop("kind"))(**layer) for name, layer in layers.items()}
    ).to(getattr(torch, model.config.dtype))
    network.load_state_dict(load_tensors(path))
    network.eval()
    ids = np.stack([model.tokenizer.encode(noise(60, seed))[:5] for seed in range(3)], axis=1)
    with torch.no_grad():
        y, _ = network["recurrent"](network["embedding"](torch.from_numpy(ids)))
        y = network["projection"](y) if "projection" in network else y
        expected = network["output"](y)
    found, _ = model.network(ids)
    tolerance = 1e-12 if model.config.dtype == "float64" else 1e-5
    np.testing.assert_allclose(found.numpy(), expected.numpy(), rtol=tolerance, atol=tolerance)
