"""Few sequences have small batches and are seen often; what the user says is kept."""

from __future__ import annotations

import numpy as np
import pytest

from pyrnn.models import SequenceClassifier, SequenceRegressor
from pyrnn.models.sequence_options import SequenceOptions

TINY = {"hidden_size": 4, "embedding_size": 3}


@pytest.mark.parametrize(
    ("sequences", "batch", "epochs"),
    [
        (1, 4, 600),  # a step an epoch
        (4, 4, 600),
        (5, 4, 300),
        (60, 4, 40),
        (119, 4, 20),
        (120, 5, 25),
        (600, 25, 25),
        (1_535, 63, 24),
        (1_536, 64, 25),
        (3_840, 64, 10),
        (25_000, 64, 10),
        (1_000_000, 64, 10),
    ],
)
def test_batch_and_epochs_follow_the_number_of_sequences(
    sequences: int, batch: int, epochs: int
) -> None:
    found = SequenceOptions().suited(sequences)
    assert (found.batch_size, found.epochs) == (batch, epochs)
    assert found == SequenceOptions(batch_size=batch, epochs=epochs)  # nothing else is chosen


@pytest.mark.parametrize("sequences", range(1, 5_000, 97))
def test_there_are_steps_enough_and_not_many_more(sequences: int) -> None:
    found = SequenceOptions().suited(sequences)
    assert found.batch_size is not None
    assert found.epochs is not None
    an_epoch = -(-sequences // found.batch_size)
    assert 600 <= an_epoch * found.epochs < max(600 + an_epoch, 10 * an_epoch + 1)


@pytest.mark.parametrize(
    "limit",
    [{"epochs": 3}, {"max_steps": 7}, {"max_minutes": 0.5}],
    ids=lambda limit: next(iter(limit)),
)
def test_a_limit_that_is_given_is_the_only_one(limit: dict[str, float]) -> None:
    found = SequenceOptions(**limit).suited(60)
    assert found == SequenceOptions(batch_size=4, **limit)


def test_a_batch_that_is_given_is_kept() -> None:
    assert SequenceOptions(batch_size=20).suited(60) == SequenceOptions(batch_size=20, epochs=200)


def test_patience_is_no_end_by_itself() -> None:
    assert SequenceOptions(patience=3).suited(60).epochs == 40


def test_options_that_are_suited_stay_so() -> None:
    once = SequenceOptions().suited(60)
    assert once.suited(6_000) == once


def test_the_run_keeps_what_was_chosen(tmp_path) -> None:
    """What was held out does not count: 54 of 60."""
    texts, labels = ["good", "bad"] * 30, ["p", "n"] * 30
    model = SequenceClassifier(**TINY)
    loop = model.training(texts, labels, valid=0.1, folder=tmp_path)
    assert (loop.options.batch_size, loop.options.epochs) == (4, 43)
    model.run(loop)
    assert model.trained is not None
    assert {"batch_size": 4, "epochs": 43}.items() <= model.trained["options"].items()
    assert loop.position.step == 43 * 14


def test_a_run_that_is_resumed_has_its_numbers(tmp_path) -> None:
    texts, labels = ["good", "bad"] * 20, ["p", "n"] * 20
    whole = SequenceClassifier(**TINY)
    whole.fit(texts, labels)

    stopped = SequenceClassifier(**TINY)
    halves = [lambda loop, _: loop.stop() if loop.position.step == 301 else None]
    assert stopped.fit(texts, labels, folder=tmp_path, callbacks=halves).reason == "stopped"
    resumed = SequenceClassifier(**TINY)
    result = resumed.fit(texts, labels, folder=tmp_path, resume=True)
    assert (result.reason, result.end.step) == ("epochs", 600)
    for name, weights in whole.network.state_dict().items():
        np.testing.assert_array_equal(resumed.network.state_dict()[name], weights)


@pytest.mark.parametrize("sequences", [2, 5])
@pytest.mark.parametrize("cell", ["rnn_tanh", "gru", "lstm"])
def test_a_handful_is_learnt_by_heart(sequences: int, cell: str) -> None:
    texts = ["good film", "bad film", "so good", "so bad", "a good one"][:sequences]
    labels = ["p", "n", "p", "n", "p"][:sequences]
    model = SequenceClassifier(cell=cell, hidden_size=16)
    assert model.fit(texts, labels).end.step == 600
    assert [each.label for each in model.predict(texts)] == labels


def test_sixty_sequences_are_enough_for_a_sum() -> None:
    """With no option at all; 600 steps instead of the 10 of ten epochs of a batch of 64."""
    draw = np.random.default_rng(0)
    series = [draw.uniform(size=n) for n in draw.integers(2, 9, size=160)]
    totals = [float(each.sum()) for each in series]
    model = SequenceRegressor(hidden_size=32)
    model.fit(series[:60], totals[:60], valid=0.1)
    assert model.evaluate(series[60:], totals[60:])["r2"] > 0.9


def test_a_class_of_one_example_stays_in_training() -> None:
    texts = ["good", "bad"] * 10 + ["odd"]
    model = SequenceClassifier(hidden_size=16)
    with pytest.warns(UserWarning, match="'o': a class of one example"):
        model.fit(texts, ["p", "n"] * 10 + ["o"], valid=0.1)
    assert model.labels == ("n", "o", "p")
    assert model.predict(["odd"])[0].label == "o"
