"""F1 of spans: conlleval's numbers, merging, what is refused."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyrnn.data.schemes import spans
from pyrnn.metrics import SpanF1

LABELS = ["O", "B-x", "I-x", "B-y", "I-y"]


def metric(gold=(), predicted=(), lengths=None, scheme="iob2"):
    found = SpanF1(partial(spans, scheme=scheme))
    found.update([one.split() for one in gold], [one.split() for one in predicted], lengths)
    return found


def test_the_numbers_by_hand():
    found = metric(
        ["B-x I-x O B-y", "B-x B-x I-x", "O O"],  # x 0:2, y 3:4; x 0:1, x 1:3
        ["B-x I-x O B-x", "B-x I-x I-x", "O B-y"],  # x 0:2, x 3:4; x 0:3; y 1:2
    )
    assert found.compute() == {
        "precision": 1 / 4,
        "recall": 1 / 4,
        "f1": 1 / 4,
        "accuracy": 6 / 9,
    }
    assert found.per_label() == {
        "x": {"support": 3, "predicted": 3, "precision": 1 / 3, "recall": 1 / 3, "f1": 1 / 3},
        "y": {"support": 1, "predicted": 1, "precision": 0, "recall": 0, "f1": 0},
    }


def test_a_wrong_first_letter_is_forgiven_as_by_conlleval():
    assert metric(["B-P I-P"], ["I-P I-P"]).compute()["f1"] == 1
    assert metric(["B-P I-P"], ["I-P I-P"]).compute()["accuracy"] == 1 / 2


def test_nothing_but_outside():
    found = metric(["O O", "O"], ["O O", "O"])
    assert found.compute() == {"precision": 0, "recall": 0, "f1": 0, "accuracy": 1}
    assert found.per_label() == {}


def test_plain_labels_have_one_span_a_step():
    found = metric(["N V N", "N"], ["N N N", "V"], scheme="none")
    assert found.compute() == dict.fromkeys(("precision", "recall", "f1", "accuracy"), 1 / 2)
    assert found.per_label()["N"]["recall"] == 2 / 3


def test_lengths_say_how_many_labels_count():
    found = metric(["B-x I-x O", "O B-x"], ["B-x I-x B-x", "O O"], [2, 1])
    assert found.compute() == dict.fromkeys(("precision", "recall", "f1", "accuracy"), 1)
    assert found.steps == 3


SENTENCE = st.lists(st.tuples(st.sampled_from(LABELS), st.sampled_from(LABELS)), max_size=6)


@given(st.lists(SENTENCE, max_size=5), st.integers(0, 5))
def test_however_the_data_are_cut(sentences, cut):
    gold, predicted = ([[pair[k] for pair in one] for one in sentences] for k in (0, 1))
    whole, parts = (SpanF1(partial(spans, scheme="iob2")) for _ in range(2))
    whole.update(gold, predicted)
    other = SpanF1(partial(spans, scheme="iob2"))
    parts.update(gold[:cut], predicted[:cut])
    other.update(gold[cut:], predicted[cut:])
    parts.merge(other)
    assert parts.per_label() == whole.per_label()
    assert parts.steps == whole.steps
    if whole.steps:
        assert parts.compute() == whole.compute()
        right = {(k, *s) for k, one in enumerate(gold) for s in spans(one, "iob2")}
        said = {(k, *s) for k, one in enumerate(predicted) for s in spans(one, "iob2")}
        f1 = 2 * len(right & said) / max(1, len(right) + len(said))
        assert whole.compute()["f1"] == pytest.approx(f1)


def test_nothing_taken_in():
    with pytest.raises(ValueError, match="labels: expected at least one; got none"):
        metric().compute()
    with pytest.raises(ValueError, match="labels: expected at least one; got none"):
        metric([""], [""]).compute()


@pytest.mark.parametrize(
    ("predicted", "lengths", "words"),
    [
        (["O O"], None, "predicted: expected 2 sentences, as in gold; got 1"),
        (["O O", "O"], [2], "expected 2 sentences, as in gold; got 2 and 1 lengths"),
        (["O O", "O O"], None, "predicted: sentence 1: expected 1 labels, as in gold; got 2"),
        (["O O", ""], np.array([1, 1]), "sentence 1: expected 1 labels, as in gold; got 0"),
        (["O O", "X"], None, "got 'X'"),
    ],
)
def test_what_is_refused_changes_nothing(predicted, lengths, words):
    found = metric(["O B-x"], ["O B-x"])
    with pytest.raises(ValueError, match=words):
        found.update([["O", "O"], ["O"]], [one.split() for one in predicted], lengths)
    assert found.steps == 2
    assert found.compute()["accuracy"] == 1
