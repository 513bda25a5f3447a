from __future__ import annotations

from pathlib import Path

import numpy as np
from safetensors.numpy import load_file

from pyrnn.models import LanguageModel, LanguageModelConfig


def test_export(run, model: Path, tmp_path: Path) -> None:
    path = tmp_path / "cat.safetensors"
    output = run("export", model, path).stdout
    network = LanguageModel.load(model).network
    assert output.startswith(f"{path}: {sum(p.size for p in network.parameters()):,} weights")
    np.testing.assert_equal(load_file(path), network.state_dict())


def test_a_checkpoint(run, model: Path, tmp_path: Path) -> None:
    run("export", model / "best.safetensors", tmp_path / "best.safetensors")
    network = LanguageModel.load(model / "best.safetensors").network
    np.testing.assert_equal(load_file(tmp_path / "best.safetensors"), network.state_dict())


def test_a_file_that_is_there_stays(run, model: Path, tmp_path: Path) -> None:
    path = tmp_path / "x.safetensors"
    path.write_bytes(b"precious")
    result = run("export", model, path, status=1)
    assert f"{path}: is there already; --overwrite replaces it" in result.output
    assert path.read_bytes() == b"precious"
    run("export", model, path, "--overwrite")
    assert "recurrent.weight_ih_l0" in load_file(path)


def test_errors_in_words(run, model: Path, tmp_path: Path) -> None:
    assert "no folder" in run("export", model, tmp_path / "a" / "b.safetensors", status=1).output
    assert "is a directory" in run("export", model, tmp_path, status=2).output
    output = run("export", model, tmp_path / "x.pt", status=2).output
    assert "expected a name that ends in .safetensors" in output
    config = LanguageModelConfig(hidden_size=4, cell="gru_reset_before")
    LanguageModel.for_text("a text", config).save(tmp_path / "m")
    output = run("export", tmp_path / "m", tmp_path / "m.safetensors", status=1).output
    assert "recurrent: expected layers that PyTorch has" in output
    assert not (tmp_path / "m.safetensors").exists()
