"""Ctrl-C in the middle of a run: a real signal to a real process."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from pyrnn.models import LanguageModel

PATIENCE = 60  # seconds; each wait takes a fraction of one


def wait_for(path: Path, process: subprocess.Popen[str]) -> None:
    end = time.monotonic() + PATIENCE
    while not (path.is_file() and path.stat().st_size):
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < end, f"{path} never came"
        time.sleep(0.01)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGINT for one process alone")
def test_ctrl_c_saves_and_the_run_goes_on(run, text: Path, tmp_path: Path) -> None:
    folder = tmp_path / "m"
    arguments = ["train", "lm", str(text), "-o", str(folder), "--hidden", "8", "--batch", "4"]
    endless = ["--max-steps", "100000000", "--log-every", "1", "--validate-every", "100000000"]
    process = subprocess.Popen(
        [sys.executable, "-m", "pyrnn.cli", *arguments, *endless],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        wait_for(folder / "history.jsonl", process)
        process.send_signal(signal.SIGINT)
        output, errors = process.communicate(timeout=PATIENCE)
    finally:
        process.kill()
    assert process.returncode == 130, errors
    assert f"saved in {folder}" in output
    assert f"pyrnn train --resume {folder} goes on from here" in errors
    assert "Traceback" not in errors
    trained = LanguageModel.load(folder).trained
    assert trained is not None
    assert trained["reason"] == "interrupted"

    steps = trained["steps"] + 2
    run("train", "--resume", folder, "--max-steps", steps)
    resumed = LanguageModel.load(folder).trained
    assert resumed is not None
    assert (resumed["reason"], resumed["steps"]) == ("max_steps", steps)
