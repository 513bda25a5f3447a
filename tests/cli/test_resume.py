"""`pyrnn train --resume RUN`: the run goes on with nothing else to be said."""

from __future__ import annotations

import hashlib
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

from .conftest import PATIENCE, TEXT, TINY, Sample


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
        [sys.executable, "-W", "error", "-m", "pyrnn", "--threads", "1", *map(str, arguments)],
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


def test_the_files_are_the_run_s(
    run, text: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(text.parent)
    run("train", "lm", text.name, "--valid", text.name, "--test", text.name,
        "-o", tmp_path / "m", "--unit", "words", "--hidden", 4, "--max-steps", 1)  # fmt: skip
    monkeypatch.chdir(tmp_path)  # the paths are absolute
    assert "test: loss" in run("train", "--resume", "m", "--max-steps", 2).stdout


def test_test_data_may_come_later(run, text: Path, model: Path, tmp_path: Path) -> None:
    shutil.copytree(model, tmp_path / "m")
    arguments = ("train", "--resume", tmp_path / "m", "--max-steps")
    assert "test: loss" in run(*arguments, 41, "--test", text).stdout
    assert "test: loss" in run(*arguments, 42).stdout  # it has learnt where they are


def test_any_family_goes_on_to_the_same_weights(run, sample: Sample, tmp_path: Path) -> None:
    half, whole = tmp_path / "half", tmp_path / "whole"
    arguments = ("train", sample.family, sample.data, *sample.settings, "--log-every", 1)
    run(*arguments, "-o", whole, "--max-steps", 30)
    run(*arguments, "-o", half, "--max-steps", 13)
    run("train", "--resume", half, "--max-steps", 30)
    assert weights(half) == weights(whole)
    assert run_json(half) == run_json(whole)


def test_a_text_that_has_moved(run, moving: tuple[Path, Path], tmp_path: Path) -> None:
    text, folder = moving
    run("train", "lm", text, "-o", folder, *TINY, "--max-steps", 2)
    text.rename(tmp_path / "elsewhere.txt")
    output = run("train", "--resume", folder, "--max-steps", 3, status=1).output
    assert f"{text}: No such file" in output
    assert "--data FILE says to where" in output
    run("train", "--resume", folder, "--max-steps", 3, "--data", tmp_path / "elsewhere.txt")
    assert run_json(folder)["data"]["path"] == str(tmp_path / "elsewhere.txt")
    run("train", "--resume", folder, "--max-steps", 4)  # it has learnt the new place
    assert step_of(folder) == 4


@pytest.mark.parametrize("named", [False, True])
def test_a_text_that_has_changed(run, moving: tuple[Path, Path], named: bool) -> None:
    text, folder = moving
    run("train", "lm", text, "-o", folder, *TINY, "--max-steps", 2)
    before = run_json(folder)
    text.write_text(TEXT.replace("cat", "bat", 1), encoding="utf-8")
    flags = ["--data", text] if named else []
    output = run("train", "--resume", folder, "--max-steps", 3, *flags, status=1).output
    assert f"{text}: expected the data that the run in {folder} began with" in output
    assert "--data FILE names a file that holds it" in output
    assert run_json(folder) == before
    assert step_of(folder) == 2


def test_a_text_from_standard_input(run, tmp_path: Path) -> None:
    folder = tmp_path / "m"
    run("train", "lm", "-", "-o", folder, *TINY, "--max-steps", 2, stdin=TEXT)
    output = run("train", "--resume", folder, "--max-steps", 3, status=1).output
    assert "standard input; give it again with --data FILE" in output
    run("train", "--resume", folder, "--max-steps", 3, "--data", "-", stdin=TEXT)
    assert step_of(folder) == 3


@pytest.mark.parametrize("valid", ["0.2", "cat.txt"])
def test_another_validation_than_the_run_s(run, text: Path, model: Path, valid: str) -> None:
    given = text if valid == "cat.txt" else valid
    output = run("train", "--resume", model, "--valid", given, status=1).output
    assert f"--valid: expected none; the run in {model} holds out a share of 0.1" in output


def test_a_run_from_python_asks_for_its_data(run, sample: Sample, tmp_path: Path) -> None:
    whole, folder = tmp_path / "whole", tmp_path / "m"
    arguments = ("train", sample.family, sample.data, *sample.settings)
    run(*arguments, "-o", whole, "--max-steps", 6)
    run(*arguments, "-o", folder, "--max-steps", 4)
    (folder / "run.json").unlink()
    go_on = ("train", "--resume", folder)
    assert "--data FILE says it" in run(*go_on, status=1).output
    for valid, status in (([], 1), (["--valid", 0.2], 1), (["--valid", 0.1], 0)):
        output = run(*go_on, "--data", sample.data, *valid, "--max-steps", 5, status=status).output
        assert ("as in the run that is resumed" in output) == bool(status), output
    run(*go_on, "--max-steps", 6)  # which has told it
    assert weights(folder) == weights(whole)
    assert run_json(folder) == run_json(whole)


@pytest.mark.parametrize("flags", [["--encoding", "latin-1"], ["--column", "text=x"]])
def test_what_a_run_knows_already(run, model: Path, flags: list[str]) -> None:
    output = run("train", "--resume", model, *flags, status=2).output
    assert f"{flags[0]} is for a run that was begun in Python" in output


def test_a_run_from_python_with_other_data(run, text: Path, model: Path, tmp_path: Path) -> None:
    folder, other = tmp_path / "m", tmp_path / "other.txt"
    shutil.copytree(model, folder)
    (folder / "run.json").unlink()
    other.write_text(TEXT.replace("red", "ted"), encoding="utf-8")
    output = run("train", "--resume", folder, "--data", other, "--valid", 0.1, status=1).output
    assert "data: expected" in output


def test_columns_of_a_run_from_python(run, table: Path, classifier: Path, tmp_path: Path) -> None:
    folder, other = tmp_path / "m", tmp_path / "renamed.csv"
    shutil.copytree(classifier, folder)
    (folder / "run.json").unlink()
    other.write_text(table.read_text("utf-8").replace("text,label", "review,mood"), "utf-8")
    arguments = ("train", "--resume", folder, "--data", other, "--valid", 0.1, "--max-steps", 41)
    assert "expected a column 'text'" in run(*arguments, status=1).output
    assert "--column" in run(*arguments, "--column", "author=x", status=2).output
    assert "NAME=COLUMN" in run(*arguments, "--column", "text", status=2).output
    run(*arguments, "--column", "text=review", "--column", "label=mood")
    columns = run_json(folder)["columns"]
    assert (columns["text"], columns["label"]) == ("review", ["mood"])


def as_it_was_once(folder: Path, text: Path, **changes: Any) -> None:
    """Give a run the run.json of version 1."""
    source = run_json(folder)["data"]
    content = {"format": "pyrnn run", "version": 1, "texts": {"text": source},
               "split": [0.9, 0.1, 0.0], "report_test": False, **changes}  # fmt: skip
    (folder / "run.json").write_text(json.dumps(content), encoding="utf-8")


@pytest.mark.parametrize("reported", [False, True])
def test_a_run_of_once(run, text: Path, tmp_path: Path, reported: bool) -> None:
    folder, train, valid = tmp_path / "m", tmp_path / "train.txt", tmp_path / "valid.txt"
    cuts = int(len(TEXT) * 0.8 + 1e-9), int(len(TEXT) * 0.9 + 1e-9)
    train.write_text(TEXT[: cuts[0]], encoding="utf-8")
    valid.write_text(TEXT[cuts[0] : cuts[1]], encoding="utf-8")
    run("train", "lm", train, "--valid", valid, "-o", folder, *TINY, "--max-steps", 3)
    whole = {**run_json(folder)["data"], "path": str(text)}
    whole["sha256"] = hashlib.sha256(text.read_bytes()).hexdigest()
    as_it_was_once(folder, text, texts={"text": whole}, split=[0.8, 0.1, 0.1], report_test=reported)
    for steps in (4, 5):  # as it was once, and as it is written now
        output = run("train", "--resume", folder, "--max-steps", steps).stdout
        assert ("test: loss" in output) == reported
    assert step_of(folder) == 5


def test_a_run_that_an_earlier_version_left(run, tmp_path: Path) -> None:
    earlier = Path(__file__).parents[1] / "models" / "language_model" / "earlier"
    folder = Path(shutil.copytree(earlier / "run", tmp_path / "m"))
    run("train", "--resume", folder, "--data", earlier / "text.txt", "--max-steps", 12)
    assert step_of(folder) == 12
    assert run_json(folder)["split"] == [0.8, 0.2, 0.0]
    run("train", "--resume", folder, "--max-steps", 13)  # as it is written now


def test_a_run_of_once_with_its_texts_in_files(run, text: Path, tmp_path: Path) -> None:
    folder = tmp_path / "m"
    run("train", "lm", text, "--valid", text, "-o", folder, *TINY, "--max-steps", 3)
    source = run_json(folder)["data"]
    texts = {"text": source, "valid": source, "test": source}
    as_it_was_once(folder, text, texts=texts, report_test=True)
    assert "test: loss" in run("train", "--resume", folder, "--max-steps", 4).stdout
    assert run_json(folder)["version"] == 2


@pytest.mark.parametrize(
    "content",
    [b"", b"{}", b"[]", b"\xff", b'{"format": "pyrnn run", "version": 99}', b"[" * 100_000,
     b'{"format": "pyrnn run", "version": 1, "texts": {"text": 3}}',
     b'{"format": "pyrnn run", "version": 1, "texts": {"text": {"path": 3, "sha256": ""}}}',
     b'{"format": "pyrnn run", "version": 2, "data": {"path": 3, "sha256": ""}}',
     b'{"format": "pyrnn run", "version": 2, "data": {"path": "x", "sha256": ""}, "valid": 2}',
     b'{"format": "pyrnn run", "version": 2, "data": {"path": "x", "sha256": ""}, "split": "no"}',
     b'{"format": "pyrnn run", "version": 2, "data": {"path": "x", "sha256": ""}, "columns": 1}',
     b'{"format": "pyrnn run", "version": 2, "data": {"path": "x", "sha256": ""}, "encoding": 1}'],
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
        (["--data", "x.txt"], 2, "--data goes with --resume RUN"),
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


def test_help_has_what_may_be_changed_and_all_families(run) -> None:
    text = run("train", "--help").output
    for flag in ("--resume RUN", "--epochs", "--max-steps", "--max-minutes", "--data", "--valid"):
        assert flag in text
    assert "--hidden" not in text
    assert "lm  " in text
    assert "classify  " in text


def test_weights_are_those_of_the_model_folder(run, model: Path, tmp_path: Path) -> None:
    shutil.copytree(model, tmp_path / "m")
    run("train", "--resume", tmp_path / "m", "--max-steps", 44)
    trained = LanguageModel.load(tmp_path / "m").trained
    assert trained is not None
    assert trained["steps"] == 44


# several texts


@pytest.fixture
def texts(tmp_path: Path) -> Path:
    """A folder with three texts and an empty one."""
    folder = tmp_path / "texts"
    (folder / "more").mkdir(parents=True)
    for name, part in (("b.txt", TEXT[:300]), ("a.txt", TEXT[300:600]), ("more/c.txt", TEXT[600:])):
        (folder / name).write_text(part, encoding="utf-8")
    (folder / "empty.txt").touch()
    return folder


@pytest.mark.filterwarnings("ignore:.*passed over")
@pytest.mark.parametrize("names", [("b.txt", "a.txt", "empty.txt", "more/c.txt"), (".",)])
def test_several_texts_that_have_moved(
    run, texts: Path, tmp_path: Path, names: tuple[str, ...]
) -> None:
    whole, half = tmp_path / "whole", tmp_path / "half"
    files = [texts / name for name in names]
    run("train", "lm", *files, "-o", whole, *TINY, "--max-steps", 9)
    run("train", "lm", *files, "-o", half, *TINY, "--max-steps", 5)
    texts.rename(tmp_path / "elsewhere")
    assert "No such file" in run("train", "--resume", half, status=1).output
    run("train", "--resume", half, "--max-steps", 9, "--data", tmp_path / "elsewhere")
    assert weights(half) == weights(whole)
    run("train", "--resume", half, "--max-steps", 10)  # it has learnt the new place
    assert step_of(half) == 10


def test_one_of_several_texts_that_has_moved(run, texts: Path, tmp_path: Path) -> None:
    folder, elsewhere = tmp_path / "m", tmp_path / "elsewhere"
    files = [texts / "b.txt", texts / "more" / "c.txt"]
    run("train", "lm", *files, "-o", folder, *TINY, "--max-steps", 2)
    elsewhere.mkdir()
    files[1].rename(elsewhere / "c.txt")  # beside no folder `more`
    output = run("train", "--resume", folder, "--data", elsewhere / "c.txt", status=1).output
    assert "--data: expected the folder that holds the run's 2 files now" in output
    run("train", "--resume", folder, "--max-steps", 3, "--data", elsewhere)
    places = [source["path"] for source in run_json(folder)["data"]]
    assert places == [str(files[0]), str(elsewhere / "c.txt")]


def test_one_of_several_texts_that_has_changed(run, texts: Path, tmp_path: Path) -> None:
    folder = tmp_path / "m"
    run("train", "lm", texts / "b.txt", texts / "a.txt", "-o", folder, *TINY, "--max-steps", 2)
    (texts / "a.txt").write_text("another", "utf-8")
    output = run("train", "--resume", folder, "--max-steps", 3, status=1).output
    assert f"{texts / 'a.txt'}: expected the data that the run in {folder} began with" in output


def test_one_of_several_texts_of_one_name_has_moved(run, texts: Path, tmp_path: Path) -> None:
    folder, flat = tmp_path / "m", tmp_path / "flat"
    files = [texts / name / "t.txt" for name in "xy"]
    for file, part in zip(files, (TEXT[:300], TEXT[300:]), strict=True):
        file.parent.mkdir()
        file.write_text(part, encoding="utf-8")
    run("train", "lm", *files, "-o", folder, *TINY, "--max-steps", 2)
    flat.mkdir()
    files[0].rename(flat / "t.txt")  # it has the name of the other, which is where it was
    run("train", "--resume", folder, "--max-steps", 3, "--data", flat)
    places = [source["path"] for source in run_json(folder)["data"]]
    assert places == [str(flat / "t.txt"), str(files[1])]
    files[1].unlink()
    output = run("train", "--resume", folder, "--max-steps", 4, "--data", flat, status=1).output
    assert f"{flat / 't.txt'}: expected the data that the run in {folder} began with" in output


@pytest.mark.filterwarnings("ignore:.*passed over")
def test_a_folder_of_texts_that_has_changed(run, texts: Path, tmp_path: Path) -> None:
    run("train", "lm", texts, "-o", tmp_path / "m", *TINY, "--max-steps", 2)
    (texts / "a.txt").write_text("another", "utf-8")
    output = run("train", "--resume", tmp_path / "m", "--max-steps", 3, status=1).output
    assert "got other data in one of its files, or others" in output
