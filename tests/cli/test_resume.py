"""`pyrnn train --resume RUN`: the run goes on with nothing else to be said."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from pyrnn.models import LanguageModel
from pyrnn.training import read_checkpoint

from .conftest import PATIENCE, TEXT, TINY


@pytest.fixture
def moving(tmp_path: Path) -> tuple[Path, Path]:
    """A text of the test's own, and a folder that a run on it is in, 2 steps long."""
    text, folder = tmp_path / "own.txt", tmp_path / "m"
    text.write_text(TEXT, encoding="utf-8")
    return text, folder


def weights(folder: Path) -> bytes:
    return (folder / "weights.safetensors").read_bytes()


def run_json(folder: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    return content


def test_goes_on_to_the_same_weights(run, text: Path, model: Path, tmp_path: Path) -> None:
    half, whole = tmp_path / "half", tmp_path / "whole"
    run("train", "lm", text, "-o", whole, *TINY, "--max-steps", 50)
    shutil.copytree(model, half)  # 40 steps with the same settings
    run("train", "--resume", half, "--max-steps", 50)
    assert weights(half) == weights(whole) != weights(model)
    assert run_json(half) == run_json(whole)


def program(*arguments: object, cwd: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-W", "error", "-m", "pyrnn.cli", "--threads", "1", *map(str, arguments)],
        cwd=cwd,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def step_of(folder: Path) -> int:
    try:
        return int(read_checkpoint(folder / "last.safetensors")["position"]["step"])
    except FileNotFoundError:
        return 0


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGINT for one process alone")
@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGKILL], ids=["Ctrl-C", "kill"])
def test_processes_broken_off_and_resumed_equal_an_unbroken_one(
    text: Path, tmp_path: Path, ending: signal.Signals
) -> None:
    settings = ("--hidden", 8, "--batch", 4, "--bptt", 8, "--dropout-output", 0.3, "--shift",
                "--validate-every", 60, "--checkpoint-every", 5)  # fmt: skip
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    begin = ["lm", text, "-o", parts, *settings, "--max-steps", 100_000_000]
    for command, new in ((begin, 5), (["--resume", parts], 60)):
        wanted, end = step_of(parts) + new, time.monotonic() + PATIENCE
        process = program("train", *command, cwd=tmp_path)
        try:
            while step_of(parts) < wanted:
                assert process.poll() is None, process.communicate()
                assert time.monotonic() < end, f"step {wanted} never came"
                time.sleep(0.005)
            process.send_signal(ending)
            process.communicate(timeout=PATIENCE)
        finally:
            process.kill()
    steps = step_of(parts) + 70
    for command in (["lm", text, "-o", whole, *settings], ["--resume", parts]):
        process = program("train", *command, "--max-steps", steps, cwd=tmp_path)
        output, errors = process.communicate(timeout=PATIENCE)
        assert process.returncode == 0, errors
    assert f"saved in {parts}" in output
    assert weights(parts) == weights(whole)


def test_the_split_the_texts_and_their_report_are_the_run_s(
    run, text: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(text.parent)
    run("train", "lm", text.name, "--valid", text.name, "--test", text.name, "--report-test",
        "-o", tmp_path / "m", "--unit", "words", "--hidden", 4, "--max-steps", 1)  # fmt: skip
    monkeypatch.chdir(tmp_path)  # the paths are absolute
    assert "test: " in run("train", "--resume", "m", "--max-steps", 2).stdout
    assert "test: " not in run("train", "--resume", "m", "--no-report-test", "--epochs", 1).stdout


def test_a_text_that_has_moved(run, moving: tuple[Path, Path], tmp_path: Path) -> None:
    text, folder = moving
    run("train", "lm", text, "-o", folder, *TINY, "--max-steps", 2)
    text.rename(tmp_path / "elsewhere.txt")
    output = run("train", "--resume", folder, "--max-steps", 3, status=1).output
    assert f"{text}: No such file" in output
    assert "--text FILE says to where" in output
    run("train", "--resume", folder, "--max-steps", 3, "--text", tmp_path / "elsewhere.txt")
    assert run_json(folder)["texts"]["text"]["path"] == str(tmp_path / "elsewhere.txt")
    run("train", "--resume", folder, "--max-steps", 4)  # it has learnt the new place
    assert step_of(folder) == 4


@pytest.mark.parametrize("named", [False, True])
def test_a_text_that_has_changed(run, moving: tuple[Path, Path], named: bool) -> None:
    text, folder = moving
    run("train", "lm", text, "-o", folder, *TINY, "--max-steps", 2)
    before = run_json(folder)
    text.write_text(TEXT.replace("cat", "bat", 1), encoding="utf-8")
    flags = ["--text", text] if named else []
    output = run("train", "--resume", folder, "--max-steps", 3, *flags, status=1).output
    assert f"{text}: expected the text that the run in {folder} began with" in output
    assert "--text FILE names a file that holds it" in output
    assert run_json(folder) == before
    assert step_of(folder) == 2
    # nor as the text of the same command
    output = run("train", "lm", text, "-o", folder, "--resume", "--max-steps", 3, status=1).output
    assert "expected the text that the run" in output


def test_a_text_from_standard_input(run, tmp_path: Path) -> None:
    folder = tmp_path / "m"
    run("train", "lm", "-", "-o", folder, *TINY, "--max-steps", 2, stdin=TEXT)
    output = run("train", "--resume", folder, "--max-steps", 3, status=1).output
    assert "standard input; give it again with --text FILE" in output
    run("train", "--resume", folder, "--max-steps", 3, "--text", "-", stdin=TEXT)
    assert step_of(folder) == 3


def test_a_validation_text_that_there_is_not(run, text: Path, model: Path) -> None:
    output = run("train", "--resume", model, "--valid", text, status=1).output
    assert f"--valid: the run in {model} has no such text" in output


def test_a_run_from_python_asks_for_its_text(run, text: Path, model: Path, tmp_path: Path) -> None:
    folder = tmp_path / "m"
    shutil.copytree(model, folder)
    (folder / "run.json").unlink()
    output = run("train", "--resume", folder, status=1).output
    assert f"pyrnn train lm TEXT --output {folder} --resume" in output
    run("train", "lm", text, "-o", folder, *TINY[-4:], "--resume", "--max-steps", 41)
    run("train", "--resume", folder, "--max-steps", 42)  # which has told it


@pytest.mark.parametrize(
    "content",
    [b"", b"{}", b"[]", b"\xff", b'{"format": "pyrnn run", "version": 99}', b"[" * 100_000,
     b'{"format": "pyrnn run", "version": 1, "texts": {"text": 3}}',
     b'{"format": "pyrnn run", "version": 1, "texts": {"text": {"path": 3, "sha256": ""}}}'],
)  # fmt: skip
def test_a_damaged_run_json(run, model: Path, tmp_path: Path, content: bytes) -> None:
    folder = tmp_path / "m"
    shutil.copytree(model, folder)
    (folder / "run.json").write_bytes(content)
    output = run("train", "--resume", folder, status=1).output
    assert str(folder / "run.json") in output
    assert "Traceback" not in output


def test_nothing_left_to_do_is_said(run, model: Path, tmp_path: Path) -> None:
    shutil.copytree(model, tmp_path / "m")
    for flags in ([], ["--epochs", 100]):  # the limit that it has reached stays
        output = run("train", "--resume", tmp_path / "m", *flags).output
        assert "nothing was left to do: all steps done; a higher --max-steps lets it" in output
    assert weights(tmp_path / "m") == weights(model)


def test_a_run_killed_before_its_first_checkpoint_may_begin_anew(run, text, tmp_path) -> None:
    folder = tmp_path / "m"
    run("train", "lm", text, "-o", folder, *TINY, "--max-steps", 1)
    for name in ("weights.safetensors", "config.json", "last.safetensors", "best.safetensors",
                 "history.jsonl"):  # fmt: skip
        (folder / name).unlink()
    for arguments in (("train", "--resume", folder), ("train", "lm", text, "-o", folder)):
        assert "--overwrite begins anew" in run(*arguments, status=1).output
    run("train", "lm", text, "-o", folder, *TINY, "--max-steps", 1, "--overwrite")


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        (["--resume", "nowhere"], 1, "nowhere: holds no run to resume"),
        (["--epochs", 3], 2, "--epochs goes with --resume RUN"),
        (["--epochs", 3, "lm", "x.txt"], 2, "or after lm"),
        (["--resume", "m", "lm", "x.txt"], 2, "leave lm out"),
        (["--resume", "m", "--hidden", 3], 2, "--hidden"),
        (["--resume", "m", "--epochs", 0], 2, "--epochs"),
    ],
)
def test_wrong_command_lines(
    run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list, status: int, message: str
) -> None:
    monkeypatch.chdir(tmp_path)
    assert message in run("train", *arguments, status=status).output


def test_help_has_what_may_be_raised_and_no_defaults(run) -> None:
    text = run("train", "--help").output
    for flag in ("--resume RUN", "--epochs", "--max-steps", "--minutes", "--patience", "--text"):
        assert flag in text
    assert "[default" not in text
    assert "--hidden" not in text
    assert "lm  " in text


def test_weights_are_those_of_the_model_folder(run, model: Path, tmp_path: Path) -> None:
    shutil.copytree(model, tmp_path / "m")
    run("train", "--resume", tmp_path / "m", "--max-steps", 44)
    trained = LanguageModel.load(tmp_path / "m").trained
    assert trained is not None
    assert trained["steps"] == 44
