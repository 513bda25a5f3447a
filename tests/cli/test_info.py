from __future__ import annotations

import json
from pathlib import Path

import pyrnn
from pyrnn.models import LanguageModel


def test_installation(run) -> None:
    content = json.loads(run("info", "--json").stdout)
    assert content["pyrnn"] == pyrnn.__version__
    for name, value in pyrnn.build_config().items():
        assert content[name] == value
    assert pyrnn.__version__ in run("info").stdout


def test_model(run, model: Path) -> None:
    content = json.loads(run("info", model, "--json").stdout)
    loaded = LanguageModel.load(model)
    assert content["weights"] == sum(p.size for p in loaded.network.parameters())
    assert content["hidden_size"] == 12
    assert content["trained"]["steps"] == 40
    table = run("info", model).stdout
    assert f"{content['weights']:,}" in table
    assert "trained.options.batch_size" in table


def test_untrained_model(run, tmp_path: Path) -> None:
    LanguageModel.for_text("some text").save(tmp_path)
    assert json.loads(run("info", tmp_path, "--json").stdout)["trained"] == "no"
