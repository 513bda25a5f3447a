"""Every task runs on small made-up data, through the same code, and keeps what all keep."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from benchmarks.agreement import DisagreementError
from benchmarks.quality.tasks.result import goal, in_words, lines, means
from benchmarks.quality.tasks.task import Effort
from benchmarks.quality.tasks.tasks import TASKS
from benchmarks.quality.tasks.trial import Trial, choose
from benchmarks.task_markdown import task as markdown
from pyrnn.models.encoders.settings import ENCODERS

from ...test_report import SIGNATURE
from .made_up import MADE_UP

QUICK = Effort(seeds=(0,), quick=True)


@pytest.mark.parametrize("name", TASKS)
def test_a_task_keeps_its_rows_means_and_goals(name: str, tmp_path: Path) -> None:
    MADE_UP[name](tmp_path)
    task = TASKS[name]
    assert task.missing(tmp_path) is None
    found = json.loads(json.dumps(task.measure(tmp_path, QUICK), allow_nan=False))
    assert found["data"].keys() == task.counts.keys()
    assert found["mean"].keys() == {row["model"] for row in found["rows"]}
    assert all(0 < row["best_step"] <= row["steps"] for row in found["rows"])
    assert all(isinstance(one["reached"], bool) for one in found["goals"])
    assert all(one["validation"] for one in found.get("tried", ()))
    page = markdown({"signature": SIGNATURE, **found})
    assert page.startswith(f"### {task.title}\n")
    assert all(in_words(one)[1:] in page for one in found["goals"])
    assert len(lines(found)) == len(found["mean"]) + len(found["goals"])


@pytest.mark.parametrize("name", [name for name, task in TASKS.items() if task.files])
def test_other_data_than_the_known_ones_are_noticed(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    task = TASKS[name]
    monkeypatch.setitem(task.__dict__, "run", lambda folder, effort: {"data": {"train": 1}})
    with pytest.raises(DisagreementError, match=rf"^{name}: expected data with .*'train': 1"):
        task.measure(tmp_path, Effort())
    assert task.missing(tmp_path) == tmp_path / task.files[0]


def test_every_encoder_is_told_the_order_of_words() -> None:
    from benchmarks.quality.tasks.word_order import MODELS

    assert MODELS.keys() == ENCODERS.keys()


def test_the_lowest_on_validation_data_is_chosen() -> None:
    trials = {name: Trial({"hidden_size": k}) for k, name in enumerate("abc", 1)}
    losses = {1: 0.5, 2: 0.25, 3: 0.75}
    scores = []

    def score(trial: Trial) -> tuple[dict[str, float], None]:
        scores.append(trial)
        return {"loss": losses[trial.config["hidden_size"]]}, None

    chosen = choose(trials, score, "loss")
    assert (chosen.name, chosen.trial) == ("b", trials["b"])
    assert scores == list(trials.values())
    assert [one["validation"]["loss"] for one in chosen.tried] == [0.5, 0.25, 0.75]
    assert choose(trials, score, "loss", quick=True).name == "a"


def test_means_are_those_of_a_model() -> None:
    rows = [
        {"model": model, "seed": seed, "accuracy": accuracy, "weights": 9, "seconds": 1.0}
        for model, seed, accuracy in (("a", 0, 0.5), ("b", 0, 0.25), ("a", 1, 0.75))
    ]
    assert means(rows) == {
        "a": {"accuracy": 0.625, "seconds": 1.0},
        "b": {"accuracy": 0.25, "seconds": 1.0},
    }


@pytest.mark.parametrize(
    ("value", "bound", "reached", "words"),
    [
        (0.97, {"least": 0.97}, True, "x 0.97, at least 0.97: reached"),
        (0.96, {"least": 0.97}, False, "x 0.96, at least 0.97: missed"),
        (16.1, {"most": 16.1}, True, "x 16.1, at most 16.1: reached"),
        (16.2, {"most": 16.1}, False, "x 16.2, at most 16.1: missed"),
        (0.5, {"above": 0.5}, False, "x 0.5, above 0.5: missed"),
        (0.6, {"above": 0.5}, True, "x 0.6, above 0.5: reached"),
    ],
)
def test_goals(value: float, bound: dict[str, float], reached: bool, words: str) -> None:
    found = goal("x", value, **bound)
    assert found["reached"] is reached
    assert in_words(found) == words


Program = Callable[..., subprocess.CompletedProcess[str]]


def test_all_tasks_in_turn(
    program: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data, output = tmp_path / "data", tmp_path / "results"
    for name in ("vowels", "word-order"):
        MADE_UP[name](data)
    monkeypatch.setenv("PYRNN_DATA", str(data))
    only = ["--quick", "--only", "vowels,word-order"]
    done = program("run.py", "tasks", *only, "--output", output)
    assert done.returncode == 0, done.stderr
    assert "\nword-order   bag: accuracy 0.5, at most 0.5: reached\n" in done.stdout
    content = json.loads((output / "vowels.json").read_text(encoding="utf-8"))
    assert content["signature"]["command"].startswith("python benchmarks/run.py vowels --quick")
    page = program("report.py", "vowels", "word-order", "--results", output)
    assert "### Word order" in page.stdout, page.stderr


def test_a_missing_file_is_named(
    program: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYRNN_DATA", str(tmp_path))
    done = program("run.py", "tasks", "--quick", "--only", "splice")
    assert done.returncode == 1
    assert f"{tmp_path / 'splice/splice.data'}: no such file" in done.stderr
    assert "Error: these did not end well: splice" in done.stderr
    monkeypatch.delenv("PYRNN_DATA")
    done = program("run.py", "digits", "--quick")
    assert done.returncode == 2
    assert "PYRNN_DATA must name a folder with mnist/train-images" in done.stderr
