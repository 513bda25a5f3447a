"""Few sequences have small batches and are seen often; what the user says is kept."""

from __future__ import annotations

import numpy as np
import pytest

from pyrnn.models import SequenceClassifier, SequenceRegressor
from pyrnn.models.sequence.options import SequenceOptions

TINY = {"hidden_size": 4, "embedding_size": 3}


@pytest.mark.parametrize(
    ("sequences", "batch", "rate", "epochs"),
    [
        (407, 16, 3e-3, 24),
        (408, 17, 3e-3, 25),
        (600, 25, 3e-3, 25),
        (1_535, 63, 3e-3, 24),
        (1_536, 64, 3e-3, 25),
        (3_839, 64, 3e-3, 10),
        (3_840, 64, 1e-3, 10),
        (25_000, 64, 1e-3, 10),
        (1_000_000, 64, 1e-3, 10),
    ],
)
def test_what_is_chosen_follows_the_number_of_sequences(
    sequences: int, batch: int, rate: float, epochs: int
) -> None:
    found = SequenceOptions().suited(sequences)
    assert found == SequenceOptions(batch_size=batch, learning_rate=rate, epochs=epochs)


@pytest.mark.parametrize(("sequences", "epochs"), [(1, 600), (16, 600), (17, 300), (60, 150)])
def test_many_short_epochs_are_not_validated_one_by_one(sequences: int, epochs: int) -> None:
    chosen = {"batch_size": 16, "learning_rate": 3e-3, "epochs": epochs}
    every = {"validate_every": 24, "checkpoint_every": 24}
    assert SequenceOptions().suited(sequences) == SequenceOptions(**chosen, **every)
    own = {"validate_every": 7, "checkpoint_every": 9}
    assert SequenceOptions(**own).suited(sequences) == SequenceOptions(**chosen, **own)


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
    assert found == SequenceOptions(batch_size=16, learning_rate=3e-3, **limit)


def test_what_is_given_is_kept() -> None:
    given = SequenceOptions(batch_size=20, learning_rate=0.1, epochs=2)
    assert given.suited(60) == given
    batch = SequenceOptions(batch_size=2).suited(60)
    assert (batch.batch_size, batch.epochs, batch.validate_every) == (2, 20, None)


def test_patience_is_no_end_by_itself() -> None:
    assert SequenceOptions(patience=3).suited(60).epochs == 150


def test_options_that_are_suited_stay_so() -> None:
    once = SequenceOptions().suited(60)
    assert once.suited(6_000) == once


def test_the_run_keeps_what_was_chosen(tmp_path) -> None:
    """Of 54 sequences: what is held out does not count."""
    texts, labels = ["good", "bad"] * 30, ["p", "n"] * 30
    model = SequenceClassifier(**TINY)
    loop = model.training(texts, labels, valid=0.1, folder=tmp_path)
    chosen = {"batch_size": 16, "learning_rate": 3e-3, "epochs": 150, "validate_every": 24}
    assert chosen.items() <= loop.options.to_json().items()
    result = model.run(loop)
    assert model.trained is not None
    assert chosen.items() <= model.trained["options"].items()
    assert loop.position.step == 600
    assert len(result.validations) == 600 // 24


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
