"""What a user of the command reads when disk or files fail: which file, why, and no traceback."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from pyrnn.models import LanguageModel, families
from pyrnn.training import read_checkpoint, write_checkpoint

from .conftest import TEXT, TINY, EndlessRun


@pytest.fixture
def trained(model: Path, tmp_path: Path) -> Path:
    """A copy of the trained model, to go on with."""
    return Path(shutil.copytree(model, tmp_path / "m"))


def test_a_checkpoint_that_may_not_grow_so_large(run, trained: Path, largest_file):
    before = (trained / "last.safetensors").read_bytes()
    arguments = ("train", "--resume", trained, "--max-steps", 60)
    with largest_file(len(before) // 2):
        output = run(*arguments, status=1).output
    assert f"Error: {trained / 'last.safetensors'}: File too large" in output
    assert "Traceback" not in output
    assert (trained / "last.safetensors").read_bytes() == before
    LanguageModel.load(trained)  # that of the 40 steps is still there
    run(*arguments)
    assert LanguageModel.load(trained).trained["steps"] == 60


def test_a_full_disk(run, model: Path, small_disk: Path):
    folder = Path(shutil.copytree(model, small_disk / "m"))
    (folder / "best.safetensors").unlink()  # its place will not be there again
    before = (folder / "last.safetensors").read_bytes()
    with (small_disk / "other").open("wb", buffering=0) as file, pytest.raises(OSError):  # noqa: PT012
        while True:
            file.write(bytes(4096))
    arguments = ("train", "--resume", folder, "--max-steps", 60)
    output = run(*arguments, status=1).output
    assert "No space left on device" in output
    assert str(folder) in output
    assert "Traceback" not in output
    assert (folder / "last.safetensors").read_bytes() == before


def test_a_folder_that_cannot_be_written_to(run, model: Path, open_folder: Path, read_only):
    (open_folder / "cat.txt").write_text(TEXT, encoding="utf-8")
    folder = Path(shutil.copytree(model, open_folder / "m"))
    new = ("train", "lm", open_folder / "cat.txt", "-o", open_folder / "new", *TINY)
    resumed = ("train", "--resume", folder, "--data", open_folder / "cat.txt")
    open_folder.chmod(0o555)
    with read_only(folder):
        for arguments, named in ((new, "new"), (resumed, "m/history.jsonl")):
            output = run(*arguments, "--max-steps", 60, status=1).output
            assert f"Error: {open_folder / named}: Permission denied" in output
            assert "Traceback" not in output
    open_folder.chmod(0o755)
    assert read_checkpoint(folder / "last.safetensors")["position"]["step"] == 40


def test_a_folder_that_vanishes(endless_run: EndlessRun):
    folder = endless_run.folder
    elsewhere = folder.with_name("elsewhere")
    endless_run.wait_for("last.safetensors")
    folder.rename(elsewhere)
    status, _, errors = endless_run.end()
    assert status == 1
    assert f"{folder}/" in errors
    assert "No such file or directory" in errors
    assert "Traceback" not in errors
    assert not folder.exists()
    read_checkpoint(elsewhere / "last.safetensors")


def test_a_damaged_checkpoint_is_not_resumed(run, trained: Path):
    path = trained / "last.safetensors"
    content = bytearray(path.read_bytes())
    content[-9] ^= 4
    path.write_bytes(content)
    arguments = ("train", "--resume", trained, "--max-steps", 60)
    output = run(*arguments, status=1).output
    assert f"{path}: the checkpoint is damaged (its SHA-256" in output


@pytest.mark.parametrize("options", [None, 5, {"steps": "x"}])
def test_a_checkpoint_of_no_run_is_not_resumed(run, trained: Path, options):
    path = trained / "last.safetensors"
    content = read_checkpoint(path)
    write_checkpoint(path, {**content, "options": options})
    output = run("train", "--resume", trained, status=1).output
    assert f"{path}: not a checkpoint of such a run" in output


def test_a_run_that_was_killed_before_its_first_checkpoint(run, text: Path, trained: Path):
    (trained / "last.safetensors").unlink()
    new = ("train", "lm", text, "-o", trained, *TINY)
    for arguments in (new, ("train", "--resume", trained)):
        output = run(*arguments, status=1).output
        assert "without a last.safetensors to go on from; --overwrite begins anew" in output
    run(*new, "--overwrite")


@pytest.mark.parametrize("command", ["generate", "info"])
def test_a_damaged_model(run, trained: Path, command: str):
    (trained / "config.json").write_bytes(b"[" * 10**6)
    output = run(command, trained, status=2).output
    assert f"{trained / 'config.json'}: damaged" in output


def test_a_model_larger_than_memory(run, trained: Path, monkeypatch: pytest.MonkeyPatch):
    def fail(path):
        raise MemoryError("Unable to allocate 5 TiB")

    monkeypatch.setattr(families, "load", fail)
    assert "not enough memory (Unable to" in run("generate", trained, status=2).output


def test_what_a_model_says_of_itself_is_shown_as_it_is(run, trained: Path):
    path = trained / "config.json"
    config = json.loads(path.read_text("utf-8"))
    del config["config_sha256"]
    config["trained"] = {"reason": "[/bold] [link=x]", "half": "\ud800"}
    path.write_text(json.dumps(config), encoding="ascii")
    assert json.loads(run("info", trained, "--json").stdout)["trained"]["half"] == "?"
    assert "[/bold] [link=x]" in run("info", trained).output
