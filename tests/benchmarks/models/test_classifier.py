"""The classifier's two training steps are one; if they were not, it would be noticed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from benchmarks import timing
from benchmarks.agreement import DisagreementError
from benchmarks.models import classifier
from benchmarks.models.classifier import Scale
from benchmarks.models.classifier_training import CELLS, CONFIG, OPTIONS, PyrnnTraining
from benchmarks.quality.imdb import Imdb, Reviews
from benchmarks.timing import Plan

torch = pytest.importorskip("torch")
pytest.importorskip("resource")  # counts page faults
pytestmark = pytest.mark.torch

SMALL = replace(CONFIG, hidden_size=8, embedding_size=6, max_length=20)
TRAINING = replace(OPTIONS, batch_size=16, learning_rate=1e-2)
STEPS = 20  # four epochs


@pytest.fixture
def train(reviews_tar: Path) -> Reviews:
    return Imdb.read(reviews_tar).train


@pytest.fixture
def scale(plan: Plan) -> Scale:
    return Scale(plan, compared=STEPS, block=2)


@pytest.mark.parametrize("cell", CELLS)
def test_losses_agree_and_both_are_timed(
    cell: str, train: Reviews, scale: Scale, capsys: pytest.CaptureFixture[str]
) -> None:
    config = replace(SMALL, cell=cell)
    row = classifier.compare(train, 1, config, TRAINING, replace(scale, packed=2))
    losses = row["losses"]
    assert losses["worst_difference"] <= classifier.TOLERANCE == 1e-5
    assert losses["float64"]["worst_difference"] <= 1e-11
    assert losses["steps"] == losses["verified"]["steps"] == STEPS
    # It learns, the clipping and Adam in action
    assert losses["last"]["pyrnn"] < 0.8 * losses["first"]["pyrnn"]
    assert (row["texts"], row["steps"], row["cell"]) == (79, 5, cell)
    assert 0 < row["padding"] < 0.5
    assert row["step_seconds"].keys() == row["epoch_seconds"].keys() == {"pyrnn", "torch"}
    assert row["ratio"].keys() == {"torch"}
    assert row["packed"]["step_seconds"].keys() == {"padded", "packed"}
    classifier.show([{"allocator": "default", **row}])
    assert "times as long as padded" in capsys.readouterr().out


@pytest.mark.parametrize(
    "other",
    [{"learning_rate": 1.1e-2}, {"clip_norm": 0.1}, {"seed": 1}],
    ids=lambda o: next(iter(o)),
)
def test_another_training_step_is_noticed(
    other: dict[str, Any], train: Reviews, scale: Scale, monkeypatch: pytest.MonkeyPatch
) -> None:
    from benchmarks.baselines.torch.classifier import TorchTraining

    class Other(TorchTraining):
        def __init__(self, weights: Any, batches: Any, config: Any, options: Any) -> None:
            changed = replace(options, **other)
            if changed.seed != options.seed:
                batches = PyrnnTraining(train, config, changed).batches
            super().__init__(weights, batches, config, changed)

    monkeypatch.setattr("benchmarks.baselines.torch.classifier.TorchTraining", Other)
    refuses_to_time(train, scale, monkeypatch)


def test_the_state_after_the_padding_is_noticed(
    train: Reviews, scale: Scale, monkeypatch: pytest.MonkeyPatch
) -> None:
    from benchmarks.baselines.torch.classifier import Encoder

    def forward(self: Encoder, ids: Any, lengths: Any) -> Any:
        return self.recurrent(self.embedding(ids))[0][-1]

    monkeypatch.setattr(Encoder, "forward", forward)
    refuses_to_time(train, scale, monkeypatch)


def refuses_to_time(train: Reviews, scale: Scale, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(classifier, "race_in_blocks", lambda *_: pytest.fail("timed"))
    with pytest.raises(DisagreementError, match="torch: the loss of step"):
        classifier.compare(train, 1, SMALL, TRAINING, scale)


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
    monkeypatch.setattr(classifier, "page_faults", lambda: faults[0])
    steps = {"pyrnn": lambda: step("pyrnn", 1.0), "torch": lambda: step("torch", 2.0)}
    times, found = classifier.race_in_blocks(steps, Scale(plan, block=4))
    assert times == {"pyrnn": [1.0] * 3, "torch": [2.0] * 3}
    assert found == {"pyrnn": [4.0] * 3, "torch": [8.0] * 3}
    assert made == dict.fromkeys(made, 4 * (1 + 4))


def test_an_epoch_has_its_steps(scale: Scale, monkeypatch: pytest.MonkeyPatch) -> None:
    times = {"pyrnn": [2.0, 1.0, 3.0], "torch": [4.0, 4.0, 9.0]}
    faults = {"pyrnn": [0.0, 0.0, 1.0], "torch": [5.0, 7.0, 6.0]}
    monkeypatch.setattr(classifier, "race_in_blocks", lambda *_: (times, faults))
    row = classifier.speed({}, 10, scale)
    assert row["epoch_seconds"] == {"pyrnn": 20.0, "torch": 40.0}
    assert row["ratio"] == {"torch": {"minimum": 2.0, "median": 3.0, "maximum": 4.0}}
    assert row["page_faults"] == {"pyrnn": 0, "torch": 6}
