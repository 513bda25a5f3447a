from __future__ import annotations

import math
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyrnn.demo.ngram import NgramModel

TEXT = "she sells sea shells by the sea shore; the shells she sells are sea shells"


def probability(text: str, order: int, context: str, character: str) -> float:
    """Witten and Bell's recursion written out with dictionaries, for one character."""
    alphabet = set(text)
    if order == 0:
        return 1 / (len(alphabet) + 1)
    history = context[len(context) - (order - 1) :] if order > 1 else ""
    lower = probability(text, order - 1, context, character)
    places = range(len(text) - order + 1)
    followers = Counter(text[i + order - 1] for i in places if text[i : i + order - 1] == history)
    total = sum(followers.values())
    if len(context) < order - 1 or total == 0:
        return lower
    return (followers[character] + len(followers) * lower) / (total + len(followers))


@pytest.mark.parametrize("order", [1, 2, 3, 4])
@pytest.mark.parametrize("text", ["the shore", "zebra seas", "s", "she?"])
def test_matches_the_rule_written_out(order: int, text: str) -> None:
    expected = [
        math.log(probability(TEXT, order, text[:i], character)) for i, character in enumerate(text)
    ]
    # float64 sums of a few terms: 1e-12 leaves a thousandfold margin
    np.testing.assert_allclose(
        NgramModel(TEXT, order).log_probabilities(text), expected, rtol=1e-12
    )


@given(
    text=st.text("abc", min_size=1, max_size=40),
    context=st.text("abcd", max_size=5),
    order=st.integers(1, 4),
)
def test_probabilities_of_all_followers_sum_to_one(text: str, context: str, order: int) -> None:
    model = NgramModel(text, order)
    # one character outside the alphabet stands for all unseen ones
    followers = [*model.alphabet, "~"]
    total = sum(math.exp(model.log_probabilities(context + c)[-1]) for c in followers)
    assert total == pytest.approx(1.0, abs=1e-12)


def test_frequencies_reach_the_entropy_of_a_long_text() -> None:
    text = "aaab" * 5000
    entropy = -(0.75 * math.log(0.75) + 0.25 * math.log(0.25))
    # the uniform share of Witten and Bell's rule costs D / N = 2 / 20 000 here
    assert NgramModel(text, 1).nats_per_character(text) == pytest.approx(entropy, abs=1e-3)


def test_higher_order_learns_the_pattern() -> None:
    text = "abcabd" * 500
    nats = [NgramModel(text, order).nats_per_character(text) for order in (1, 2, 3, 4)]
    assert nats == sorted(nats, reverse=True)
    assert nats[-1] < 0.05


@pytest.mark.parametrize(
    ("text", "order", "message"),
    [("", 1, "text"), ("abc", 0, "order"), ("abcdefgh", 30, "order")],
)
def test_impossible_arguments(text: str, order: int, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        NgramModel(text, order)


def test_empty_text_has_no_mean() -> None:
    with pytest.raises(ValueError, match="text"):
        NgramModel("abc", 1).nats_per_character("")
