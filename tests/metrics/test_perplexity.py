"""Perplexity: sums over the whole text, not means of means."""

from __future__ import annotations

import math

import pytest

from pyrnn.metrics import Metric, Perplexity, perplexity


def test_by_hand():
    metric = Perplexity()
    metric.update(3, 3 * math.log(2), 6)
    metric.update(1, math.log(8), 2)
    expected = {"loss": 1.5 * math.log(2), "perplexity": 2**1.5, "bits_per_character": 6 / 8}
    assert metric.compute() == pytest.approx(expected)


def test_merged():
    metric: Metric = Perplexity(2.0, 4, 5)
    metric.merge(Perplexity(1.0, 2, 3))
    assert metric == Perplexity(3.0, 6, 8)
    metric.merge(Perplexity(1.0, 1))
    assert metric == Perplexity(4.0, 7, 8)


def test_without_characters():
    metric = Perplexity(2.0, 4)
    assert metric.bits_per_character is None
    assert set(metric.compute()) == {"loss", "perplexity"}


def test_an_overflow_is_infinite():
    assert perplexity(1000) == math.inf
    assert Perplexity(1e6, 1).perplexity == math.inf


def test_nothing_was_predicted():
    with pytest.raises(ValueError, match="tokens: expected at least one; got none"):
        Perplexity().compute()


@pytest.mark.parametrize(
    ("arguments", "kind", "words"),
    [
        ((-1, 0.0), ValueError, "tokens: .* got -1"),
        ((1.5, 0.0), TypeError, "tokens: expected an integer"),
        ((1, "2"), TypeError, "nats: expected a number"),
        ((1, 1.0, -1), ValueError, "characters: .* got -1"),
    ],
)
def test_errors_change_nothing(arguments, kind, words):
    metric = Perplexity(1.0, 2, 3)
    with pytest.raises(kind, match=words):
        metric.update(*arguments)
    assert metric == Perplexity(1.0, 2, 3)
