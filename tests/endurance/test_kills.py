"""Runs that are killed and resumed end as the one that was not."""

from __future__ import annotations

import importlib.util
import itertools
import json
import os
import signal
import sys
import warnings
from pathlib import Path

import numpy as np
import pytest

from pyrnn.models import LanguageModel, LanguageModelConfig, LanguageModelOptions
from pyrnn.training import read_checkpoint, read_history
from pyrnn.training.records import to_json

from .conftest import FOLDER

TEXT = "to be, or not to be. " * 12
CONFIG = LanguageModelConfig(hidden_size=4, dropout_output=0.3)
OPTIONS = LanguageModelOptions(
    **{"batch_size": 2, "bptt": 4, "learning_rate": 0.02, "max_steps": 4, "log_every": 1},
    **{"validate_every": 2, "checkpoint_every": 1},
)
LAST, BEST, HISTORY = "last.safetensors", "best.safetensors", "history.jsonl"


def test_kills_in_short(script, tmp_path):
    done = script("kills.py", "--kills", 4, "--quick", "--seed", 3, "--output", tmp_path / "k.json")
    assert done.returncode == 0, done.stdout + done.stderr
    found = json.loads((tmp_path / "k.json").read_text("utf-8"))
    assert found["benchmark"] == "kills"
    assert found["kills"] == sum(found["where"].values()) == 4
    assert found["identical"] == found["lives"] >= 1
    assert found["signature"]["command"].startswith("python endurance/kills.py --kills 4")
    assert str(tmp_path) not in json.dumps(found)


def live(folder: Path) -> None:
    """A run from its beginning, or from where its last checkpoint stands, to the saved model."""
    model = LanguageModel.for_text(TEXT, CONFIG)
    resume = (folder / LAST).exists()
    model.fit(TEXT, TEXT[:40], OPTIONS, folder=folder, resume=resume, overwrite=not resume)
    model.save(folder)


@pytest.fixture
def assassin():
    """The audit hook of victim.py, which kills its own process."""
    spec = importlib.util.spec_from_file_location("victim", FOLDER / "victim.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.Assassin


def killed(assassin, event: int, folder: Path) -> bool:
    """Live in a process of its own that is killed at an event; whether it came to that."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of threads: none of ours is needed
        process = os.fork()
    if not process:
        status = 1
        try:
            os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
            sys.addaudithook(assassin(event, folder))
            live(folder)
            status = 0
        finally:
            os._exit(status)
    _, status = os.waitpid(process, 0)
    if os.WIFSIGNALED(status):
        assert os.WTERMSIG(status) == signal.SIGKILL
        return True
    assert os.WEXITSTATUS(status) == 0
    return False


def left(folder: Path) -> dict[str, object]:
    """What a run leaves, its clock apart."""
    content = {name: read_checkpoint(folder / name) for name in (LAST, BEST)}
    for checkpoint in content.values():
        checkpoint["position"]["seconds"] = 0
    history = [{**to_json(record), "seconds": 0} for record in read_history(folder / HISTORY)]
    model = LanguageModel.load(folder)
    names = sorted(path.name for path in folder.iterdir())
    return {**content, HISTORY: history, "model": model.network.state_dict(), "names": names}


def test_killed_at_everything_that_a_run_does_to_its_files(assassin, tmp_path):
    """In the middle of the first checkpoint, of a line of history, of resuming, between two files
    of a save, and at all else: at each event in turn, and once more on resuming."""
    live(tmp_path / "whole")
    expected = left(tmp_path / "whole")
    # A best checkpoint that follows another one, and between them a last one that is no best
    assert expected[LAST]["position"]["best_step"] == 4
    for event in itertools.count(1):
        folder = tmp_path / str(event)
        if not killed(assassin, event, folder):
            break
        for name in (LAST, BEST):
            if (folder / name).exists():
                read_checkpoint(folder / name)
        if (folder / HISTORY).exists():
            read_history(folder / HISTORY)
        killed(assassin, 1 + 7 * event % 20, folder)
        live(folder)
        np.testing.assert_equal(left(folder), expected)
    assert event > 30
