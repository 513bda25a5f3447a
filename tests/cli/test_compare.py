from __future__ import annotations

import json
import math
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from .conftest import PATIENCE, TEXT

SMALL = ("--hidden", 10, "--batch", 4, "--bptt", 8)


def report(folder: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((folder / "comparison.json").read_text(encoding="utf-8"))
    return content


def test_table_picture_and_numbers(
    run, text: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("matplotlib")
    monkeypatch.chdir(tmp_path)
    output = run("compare", text, *SMALL, "--max-steps", 30, "--validate-every", 10).stdout
    folder = tmp_path / "pyrnn-comparison"
    assert (folder / "comparison.png").read_bytes().startswith(b"\x89PNG")
    found = report(folder)
    assert [s["name"] for s in found["results"]] == ["rnn_tanh", "lstm", "gru"]
    sizes = [s["parameters"] for s in found["results"]]
    # one unit more or less is about 2 sqrt(N) weights of about 1000 here
    assert max(sizes) - min(sizes) < 0.1 * sizes[1]
    assert found["settings"]["models"]["lstm"]["hidden_size"] == 10
    assert found["common_step"] == 30
    for result in found["results"]:
        assert result["name"] in output
        assert f"{result['parameters']:,}" in output
        assert f"{result['best']:.4f}" in output
        curves = found["curves"][result["name"]]
        assert curves["validation"]["step"] == [10, 20, 30]
        assert result["best"] == min(curves["validation"]["loss"])
        # below that of equally likely letters: it has learnt
        assert result["best"] < math.log(len(set(TEXT)))
    assert "step 30" in output
    assert found["settings"]["sources"]["data"]["path"] == str(text)


def test_equal_time(run, text: Path, tmp_path: Path) -> None:
    output = run("compare", text, "-o", tmp_path / "c", *SMALL, "--minutes", 0.01).stdout
    assert "0.01 min" in output
    for result in report(tmp_path / "c")["results"]:
        assert result["reason"] == "max_minutes"
        assert result["seconds"] >= 0.6  # how far above says how fast the machine is


def test_words_and_a_test_text(run, text: Path, tmp_path: Path) -> None:
    output = run("compare", text, "-o", tmp_path / "c", *SMALL, "--unit", "words", "--max-steps",
        5, "--test", text, "--monitor", "perplexity", "--cells", "gru,rnn").stdout  # fmt: skip
    assert "perplexity" in output
    assert [s["name"] for s in report(tmp_path / "c")["results"]] == ["gru", "rnn_tanh"]
    assert all(s["test"]["perplexity"] > 0 for s in report(tmp_path / "c")["results"])


def test_a_classifier(run, table: Path, tmp_path: Path) -> None:
    arguments = ("compare", "classify", table, "-o", tmp_path / "c", "--hidden", 8)
    arguments += ("--max-steps", 4)
    output = run(*arguments, "--test", table, "--monitor", "accuracy", "--cells", "rnn,gru").stdout
    assert "sequences/s" in output
    found = report(tmp_path / "c")
    assert found["monitor"] == {"name": "accuracy", "better": "max"}
    assert [s["name"] for s in found["results"]] == ["rnn_tanh", "gru"]
    for result in found["results"]:
        assert result["best"] == max(found["curves"][result["name"]]["validation"]["accuracy"])
        assert f"{result['test']['accuracy']:.4f}" in output
    run(*arguments, "--test", table, "--overwrite")  # by a loss, which a test may not have


def test_encoders(run, table: Path, tmp_path: Path) -> None:
    """Each as large as it is, and a setting for those that have it."""
    arguments = ("compare", "classify", table, "-o", tmp_path / "c", "--max-steps", 4)
    encoders = ("--encoders", "recurrent,bag", "--hidden", 8, "--ngrams", 2, "--buckets", 50)
    result = run(*arguments, *encoders)
    found = report(tmp_path / "c")
    recurrent, bag = found["results"]
    assert (recurrent["name"], recurrent["hidden"]) == ("recurrent", 8)
    assert (bag["name"], bag["hidden"]) == ("bag", None)
    assert bag["parameters"] != recurrent["parameters"]
    models = found["settings"]["models"]
    assert [models[name]["ngrams"] for name in ("recurrent", "bag")] == [1, 2]
    assert "encoder   units" in result.stdout
    for each in found["results"]:
        assert f"{each['parameters']:,} weights" in result.stderr
        assert f"{each['parameters']:,}" in result.stdout
    # a file has what was compared, and nothing beside it
    run(*arguments, *encoders, "--write-config", tmp_path / "own.toml")
    run("compare", "classify", "--config", tmp_path / "own.toml", "--overwrite")
    assert [s["name"] for s in report(tmp_path / "c")["results"]] == ["recurrent", "bag"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--cells", "gru"], "--cells: expected none beside --encoders bag"),
        (["--encoder", "bag"], "--encoder: expected none"),
        (["--hidden-size", 8], "--hidden-size: expected none"),
        (["--encoders", "bags"], "expected names among recurrent"),
        (["--valid", 0], "--valid: expected validation data"),
    ],
)
def test_settings_that_say_nothing_of_the_encoders(
    run, table: Path, tmp_path: Path, arguments: list, message: str
) -> None:
    output = run("compare", "classify", table, "-o", tmp_path / "c", "--encoders", "bag",
        *arguments, status=2).output  # fmt: skip
    assert message in output
    assert not (tmp_path / "c").exists()


def test_a_language_model_has_no_encoders(run, text: Path) -> None:
    assert "No such option" in run("compare", text, "--encoders", "bag", status=2).output


def test_a_family_that_is_none(run, text: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "File name too long" in run("compare", "x" * 5000, status=2).output
    assert (
        "lmm: expected a family of models; did you mean lm?"
        in run("compare", "lmm", text, status=2).output
    )
    monkeypatch.chdir(text.parent)
    text.with_name("lmm").write_text(TEXT, encoding="utf-8")  # now it is a text
    run("compare", "lmm", *SMALL, "--max-steps", 1, "-o", "c", "--cells", "gru")


def test_with_the_settings_of_a_file_for_training(run, text: Path, tmp_path: Path) -> None:
    path = tmp_path / "run.toml"
    run("train", "lm", text, "-o", tmp_path / "m", *SMALL, "--cell", "gru", "--max-steps", 2,
        "--checkpoint-every", 1, "--write-config", path)  # fmt: skip
    run("compare", "--config", path, "--cells", "lstm,gru", "-o", tmp_path / "c")
    models = report(tmp_path / "c")["settings"]["models"]
    assert models["gru"]["hidden_size"] == 10
    # and its own file, with its own settings
    own = tmp_path / "own.toml"
    run("compare", text, *SMALL, "--cells", "lstm,gru", "--max-steps", 1, "--write-config", own,
        "-o", tmp_path / "d")  # fmt: skip
    run("compare", "--config", own)
    assert [s["name"] for s in report(tmp_path / "d")["results"]] == ["lstm", "gru"]


def test_results_are_kept_unless_told(run, text: Path, tmp_path: Path) -> None:
    arguments = ("compare", text, "-o", tmp_path / "c", *SMALL, "--max-steps", 1, "--cells", "gru")
    run(*arguments)
    before = (tmp_path / "c" / "comparison.json").read_bytes()
    output = run(*arguments, "--seed", 1, status=1).output
    assert "--overwrite" in output
    assert (tmp_path / "c" / "comparison.json").read_bytes() == before
    run(*arguments, "--seed", 1, "--overwrite")
    assert (tmp_path / "c" / "comparison.json").read_bytes() != before
    (tmp_path / "diary.txt").write_text("mine", encoding="utf-8")
    assert "diary.txt" in run(*arguments, "-o", tmp_path, "--overwrite", status=1).output


def test_without_matplotlib(
    run, text: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    output = run("compare", text, "-o", tmp_path / "c", *SMALL, "--max-steps", 1).stdout
    assert "pip install matplotlib" in output
    assert report(tmp_path / "c")["results"]
    assert not (tmp_path / "c" / "comparison.png").exists()


@pytest.mark.filterwarnings("ignore::RuntimeWarning")  # NumPy's, of the numbers that overflow
def test_a_cell_that_diverges_leaves_the_others_alone(run, text: Path, tmp_path: Path) -> None:
    output = run("compare", text, "-o", tmp_path / "c", *SMALL, "--max-steps", 20, "--clip", 0,
        "--optimizer", "sgd", "--learning-rate", 3e38, "--cells", "gru").stdout  # fmt: skip
    assert "gru: diverged after" in output


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        (["--cells", "lstm,perceptron"], 2, "expected names among rnn_tanh"),
        (["--cells", "lstm,lstm"], 2, "each once; got"),
        (["--valid", 0], 2, "--valid: expected validation data"),
        (["--init", "identity"], 1, "init: expected another one"),
        (["--batch", 5000, "--hidden", 4], 1, "the training text has"),
    ],
)
def test_what_cannot_be(
    run, text: Path, tmp_path: Path, arguments: list, status: int, message: str
) -> None:
    output = run("compare", text, "-o", tmp_path / "c", "--max-steps", 1, *arguments,
        status=status).output  # fmt: skip
    assert message in output
    assert not (tmp_path / "c").exists()


# The command, which says when the weights were updated for the first time.
TELLING = """
import sys
from pyrnn import optim
from pyrnn.cli import main

step = optim.Adam.step

def tell(adam):
    step(adam)
    optim.Adam.step = step
    sys.__stderr__.write("a step is done\\n")
    sys.__stderr__.flush()

optim.Adam.step = tell
main(sys.argv[1:], prog_name="pyrnn")
"""


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGINT for one process alone")
def test_ctrl_c_shows_what_is_there(text: Path, tmp_path: Path) -> None:
    arguments = ["compare", text, "-o", tmp_path / "c", *SMALL, "--minutes", 60]
    process = subprocess.Popen(
        [sys.executable, "-W", "error", "-c", TELLING, *map(str, arguments)],
        cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert process.stderr is not None
        assert "weights" in process.stderr.readline()
        assert process.stderr.readline() == "a step is done\n"  # in somebody's turn
        process.send_signal(signal.SIGINT)
        output, errors = process.communicate(timeout=PATIENCE)
    finally:
        process.kill()
    assert process.returncode == 130, errors
    assert "Traceback" not in errors
    found = report(tmp_path / "c")
    assert found["interrupted"]
    assert {s["reason"] for s in found["results"]} == {"interrupted"}
    assert sum(s["steps"] for s in found["results"]) > 0
    assert "interrupted after" in output


def test_cells_that_do_not_go_with_the_other_settings(run, text: Path, tmp_path: Path) -> None:
    arguments = ("compare", text, "-o", tmp_path / "c", *SMALL, "--layer-norm", "--max-steps", 1)
    output = run(*arguments, status=1).output
    assert "cells: expected some of lstm,gru with these settings; got rnn_tanh" in output
    run(*arguments, "--cells", "lstm,gru")
