from __future__ import annotations

import json
import math
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from pyrnn.demo import experiment
from pyrnn.models import LanguageModel
from pyrnn.training import TrainingOptions

PICTURES = ("losses.png", "gradient-flow.png")
STEPS = 25


@pytest.fixture(autouse=True)
def asked(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The seconds that each demo was asked for. It takes STEPS steps instead: how much is learnt in
    a second depends on the machine."""
    timed, asked = experiment.options, []

    def counted(seconds: float, seed: int = 0) -> TrainingOptions:
        asked.append(seconds)
        return replace(timed(seconds, seed), max_minutes=None, max_steps=STEPS)

    monkeypatch.setattr(experiment, "options", counted)
    return asked


def test_from_nothing_to_text_and_pictures(
    run, asked: list[float], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("matplotlib")
    monkeypatch.chdir(tmp_path)
    output = run("demo", "--seconds", 0.2).stdout
    folder = tmp_path / "pyrnn-demo"
    for line in ("character frequencies", "3-gram", "this LSTM"):
        assert line in output
    for temperature in ("0.5", "0.8", "1.0"):
        assert f"at temperature {temperature}" in output
    for name in PICTURES:
        assert (folder / name).read_bytes().startswith(b"\x89PNG")
    report = json.loads((folder / "demo.json").read_text(encoding="utf-8"))
    # untrained is ln(size of the alphabet) = 4.5; a few steps go below it
    assert report["baselines"]["3-gram"] < report["baselines"]["character frequencies"]
    assert report["validation"] < math.log(LanguageModel.load(folder).tokenizer.size)
    run("generate", folder, "--prompt", "The class", "--length", 5)
    run("demo", "--seconds", 0.1)  # again into its own folder
    assert asked == [0.2, 0.1]


def test_a_demo_that_was_broken_off_does_not_lock_its_folder(
    run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken_off(
        model: LanguageModel, *arguments: object, folder: Path, **options: object
    ) -> None:
        folder.mkdir(exist_ok=True)
        (folder / "last.safetensors").write_bytes(b"half a ru")
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(LanguageModel, "fit", broken_off)
        run("demo", "--output", tmp_path / "d", status=130)
    run("demo", "--seconds", 0.1, "--output", tmp_path / "d")
    report = json.loads((tmp_path / "d" / "demo.json").read_text(encoding="utf-8"))
    assert report["validation"] > 0


def test_without_matplotlib(run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    output = run("demo", "--seconds", 0.1, "--output", tmp_path / "d").stdout
    assert "pip install matplotlib" in output
    assert not any((tmp_path / "d" / name).exists() for name in PICTURES)


def test_foreign_files_are_never_touched(run, tmp_path: Path) -> None:
    (tmp_path / "diary.txt").write_text("mine", encoding="utf-8")
    output = run("demo", "--output", tmp_path, status=1).output
    assert "diary.txt" in output
    assert [path.name for path in tmp_path.iterdir()] == ["diary.txt"]


def test_a_trained_model_of_the_users_is_never_replaced(run, model: Path) -> None:
    before = (model / "weights.safetensors").read_bytes()
    assert "name another folder" in run("demo", "--output", model, status=1).output
    assert (model / "weights.safetensors").read_bytes() == before


def test_output_that_is_a_file(run, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine", encoding="utf-8")
    assert "file" in run("demo", "--output", tmp_path / "file", status=2).output


def test_python_without_the_text(run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pydoc_data", None)
    monkeypatch.setitem(sys.modules, "pydoc_data.topics", None)
    output = run("demo", "--output", tmp_path / "d", status=1).output
    assert "pydoc_data" in output
    assert "Traceback" not in output
