"""Ctrl-C and SIGTERM in the middle of a run: a real signal to a real process."""

from __future__ import annotations

import os
import signal

import pytest

from pyrnn.models import LanguageModel

from .conftest import EndlessRun


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGINT for one process alone")
@pytest.mark.parametrize(
    ("number", "expected"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)], ids=["Ctrl-C", "SIGTERM"]
)
def test_a_signal_saves_and_the_run_goes_on(
    run, endless_run: EndlessRun, number: int, expected: int
) -> None:
    folder = endless_run.folder
    endless_run.wait_for("history.jsonl")
    endless_run.process.send_signal(number)
    status, output, errors = endless_run.end()
    assert status == expected, errors
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
