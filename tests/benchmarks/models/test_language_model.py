"""The language model's two training steps are one; if they were not, it would be noticed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from benchmarks.agreement import DisagreementError
from benchmarks.models import language_model
from benchmarks.models.language_training import PyrnnTraining, Settings, endless
from benchmarks.timing import Plan
from pyrnn.data import read_text

pytest.importorskip("torch")
pytestmark = pytest.mark.torch

STEPS = 40  # more than a pass over the small text: the state is dropped in between


@pytest.fixture
def problem(small_text: Path) -> tuple[np.ndarray, Settings]:
    ids, size = language_model.encode(read_text(small_text))
    return ids, Settings(16, size, embedding=8, steps=12, batch=16, learning_rate=1e-2)


def test_losses_agree_and_both_are_timed(
    problem: tuple[np.ndarray, Settings], plan: Plan, capsys: pytest.CaptureFixture[str]
) -> None:
    row = language_model.compare(*problem, threads=1, plan=plan, steps=STEPS)
    losses = row["losses"]
    assert losses["worst_difference"] <= language_model.TOLERANCE == 1e-4
    assert losses["steps"] == STEPS
    # It learns: from about ln V on downwards, the clipping and Adam in action
    assert losses["first"]["pyrnn"] == pytest.approx(np.log(problem[1].vocabulary), rel=0.1)
    assert losses["last"]["pyrnn"] < 0.8 * losses["first"]["pyrnn"]
    assert row["tokens_per_second"].keys() == {"pyrnn", "torch"}
    assert row["ratio"].keys() == {"torch"}
    language_model.show([row])
    assert "smallest ratio to torch" in capsys.readouterr().out


@pytest.mark.parametrize(
    "other", [{"learning_rate": 1.1e-2}, {"clip": 0.2}, {"steps": 11}], ids=lambda o: next(iter(o))
)
def test_another_training_step_is_noticed(
    other: dict[str, float],
    problem: tuple[np.ndarray, Settings],
    plan: Plan,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Other(PyrnnTraining):
        def __init__(self, ids: np.ndarray, settings: Settings, weights: dict) -> None:
            super().__init__(ids, replace(settings, **other), weights)

    monkeypatch.setattr(language_model, "PyrnnTraining", Other)
    monkeypatch.setattr(language_model, "race_with_peak", lambda *_: pytest.fail("timed"))
    with pytest.raises(DisagreementError, match="torch: the loss of step"):
        language_model.compare(*problem, threads=1, plan=plan, steps=STEPS)


def test_batches_go_on_without_end_and_are_whole(problem: tuple[np.ndarray, Settings]) -> None:
    ids, settings = problem
    batches = endless(ids, settings)
    drawn = [next(batches) for _ in range(STEPS)]
    assert all(batch.inputs.shape == (12, 16) for batch, _ in drawn)
    beginnings = [k for k, (_, first) in enumerate(drawn) if first]
    whole = (len(ids) - 1) // settings.tokens
    assert beginnings == list(range(0, STEPS, whole))


def test_a_text_of_less_than_a_batch_is_refused(problem: tuple[np.ndarray, Settings]) -> None:
    ids, settings = problem
    with pytest.raises(ValueError, match="too short for one batch of 192 tokens"):
        next(endless(ids[:100], settings))
