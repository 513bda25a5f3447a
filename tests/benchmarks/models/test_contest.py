"""A model's two training steps are one; if they were not, it would be noticed."""

from __future__ import annotations

import importlib
from dataclasses import replace
from typing import Any

import pytest

from benchmarks import timing
from benchmarks.agreement import DisagreementError
from benchmarks.models import contest
from benchmarks.models.classifier import CELLS
from benchmarks.models.contest import Contest, Scale
from benchmarks.timing import Plan

from .contests import CONTESTS, OPTIONS

torch = pytest.importorskip("torch")
pytest.importorskip("torchcrf")
pytest.importorskip("resource")  # counts page faults
pytestmark = pytest.mark.torch

STEPS = 20  # four epochs


@pytest.fixture
def scale(plan: Plan) -> Scale:
    return Scale(plan, compared=STEPS, block=2)


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("name", CONTESTS)
def test_losses_agree_and_both_are_timed(
    name: str, cell: str, scale: Scale, capsys: pytest.CaptureFixture[str]
) -> None:
    row = contest.compare(CONTESTS[name](cell), 1, replace(scale, packed=2))
    losses = row["losses"]
    assert losses["worst_difference"] <= contest.TOLERANCE == 1e-5
    assert losses["float64"]["worst_difference"] <= 1e-11
    assert losses["steps"] == losses["verified"]["steps"] == STEPS
    # It learns, the clipping and Adam in action
    assert losses["last"]["pyrnn"] < 0.9 * losses["first"]["pyrnn"]
    assert (row["steps"], row["cell"], row["B"]) == (5, cell, OPTIONS["batch_size"])
    assert 0 < row["padding"] < 0.5
    assert row["step_seconds"].keys() == row["epoch_seconds"].keys() == {"pyrnn", "torch"}
    assert row["ratio"].keys() == {"torch"}
    assert row["packed"]["step_seconds"].keys() == {"padded", "packed"}
    contest.show(name, [{"allocator": "default", **row}])
    said = capsys.readouterr().out
    assert said.startswith(f"{name}, training")
    assert "times as long as padded" in said


@pytest.mark.parametrize(
    "other",
    [{"learning_rate": 2.2e-2}, {"clip_norm": 0.1}, {"seed": 1}],
    ids=lambda o: next(iter(o)),
)
def test_another_training_step_is_noticed(
    other: dict[str, Any], scale: Scale, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Other(Contest):
        def rival(self, ours: Any, **how: Any) -> Any:
            another = CONTESTS["classifier"]("lstm", **other)
            ours.batches = contest.PyrnnTraining(
                another.family(another.config), another.data, another.options
            ).batches
            return Contest.rival(replace(self, options=another.options), ours, **how)

    known = CONTESTS["classifier"]("lstm")
    refuses_to_time(Other(**vars(known)), scale, monkeypatch)


def last_of_the_padding(self: Any, ids: Any, lengths: Any) -> Any:
    return self.recurrent(self.embedding(ids))[0][-1]


def not_flipped(lengths: Any, steps: int) -> Any:
    """The reverse direction begins in the padding."""
    return torch.arange(steps - 1, -1, -1)[:, None].expand(steps, len(lengths))


TORCH = "benchmarks.baselines.torch"
WRONG = {
    "classifier": ("classifier", "Encoder.forward", last_of_the_padding),
    "tagger": ("both_ways", "flipped_steps", not_flipped),
    "tagger, all allowed": ("tagger", "FORBIDDEN", 0.0),
    "translator": ("both_ways", "flipped_steps", not_flipped),
}


@pytest.mark.parametrize("what", WRONG)
def test_another_model_is_noticed(what: str, scale: Scale, monkeypatch: pytest.MonkeyPatch) -> None:
    module, name, value = WRONG[what]
    importlib.import_module(f"{TORCH}.{module}")
    monkeypatch.setattr(f"{TORCH}.{module}.{name}", value)
    refuses_to_time(CONTESTS[what.partition(",")[0]]("lstm"), scale, monkeypatch)


def refuses_to_time(one: Contest, scale: Scale, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(contest, "race_in_blocks", lambda *_: pytest.fail("timed"))
    with pytest.raises(DisagreementError, match="torch: the loss of step"):
        contest.compare(one, 1, scale)


def test_the_first_block_of_each_does_not_count(
    plan: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    seconds, faults = [0.0], [0]
    made = dict.fromkeys(("pyrnn", "torch"), 0)

    class Clock:
        perf_counter = staticmethod(lambda: seconds[0])
        sleep = staticmethod(lambda _: None)

    def step(name: str, each: float) -> None:
        made[name] += 1
        first = made[name] <= 1 + 4  # the untimed step and the block
        seconds[0] += 100 * each if first else each
        faults[0] += 1000 if first else int(4 * each)

    monkeypatch.setattr(timing, "time", Clock)
    monkeypatch.setattr(contest, "page_faults", lambda: faults[0])
    steps = {"pyrnn": lambda: step("pyrnn", 1.0), "torch": lambda: step("torch", 2.0)}
    times, found = contest.race_in_blocks(steps, Scale(plan, block=4))
    assert times == {"pyrnn": [1.0] * 3, "torch": [2.0] * 3}
    assert found == {"pyrnn": [4.0] * 3, "torch": [8.0] * 3}
    assert made == dict.fromkeys(made, 4 * (1 + 4))


def test_an_epoch_has_its_steps(scale: Scale, monkeypatch: pytest.MonkeyPatch) -> None:
    times = {"pyrnn": [2.0, 1.0, 3.0], "torch": [4.0, 4.0, 9.0]}
    faults = {"pyrnn": [0.0, 0.0, 1.0], "torch": [5.0, 7.0, 6.0]}
    monkeypatch.setattr(contest, "race_in_blocks", lambda *_: (times, faults))
    row = contest.speed({}, 10, scale)
    assert row["epoch_seconds"] == {"pyrnn": 20.0, "torch": 40.0}
    assert row["ratio"] == {"torch": {"minimum": 2.0, "median": 3.0, "maximum": 4.0}}
    assert row["page_faults"] == {"pyrnn": 0, "torch": 6}
