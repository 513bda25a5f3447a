"""Classification: by hand, by scikit-learn, and however the data is cut."""

from __future__ import annotations

import math
import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyrnn.metrics import Classification, Metric


def of(targets, output, classes=None):
    output = np.asarray(output)
    metric = Classification(classes or output.shape[1])
    metric.update(np.asarray(targets), output)
    return metric


def said(predictions, classes):
    """Log-probabilities with 0.8 for each prediction."""
    p = np.full((len(predictions), classes), 0.2 / max(1, classes - 1))
    p[np.arange(len(predictions)), predictions] = 0.8
    return np.log(p)


def test_by_hand():
    metric = of([0, 0, 0, 1, 1, 2], said([0, 0, 1, 1, 0, 1], 3))
    assert metric.confusion.tolist() == [[2, 1, 0], [1, 1, 0], [0, 1, 0]]
    assert metric.examples == 6
    found = metric.compute()
    assert found["accuracy"] == pytest.approx(1 / 2)
    # F1: 2*2/(3+3), 2*1/(2+3), 0
    assert found["f1_macro"] == pytest.approx((2 / 3 + 2 / 5) / 3)
    assert found["balanced_accuracy"] == pytest.approx((2 / 3 + 1 / 2) / 3)
    assert found["log_loss"] == pytest.approx(-(3 * math.log(0.8) + 3 * math.log(0.1)) / 6)


def test_log_loss_of_nine_to_one():
    p = np.array([[0.9, 0.1]] * 9 + [[0.9, 0.1]])
    assert of([0] * 9 + [1], np.log(p)).compute()["log_loss"] == pytest.approx(0.325083, abs=1e-6)


@pytest.mark.parametrize(
    ("targets", "predictions", "f1", "balanced"),
    [
        ([0, 0], [0, 0], 1, 1),  # classes 1 and 2 nowhere: left out
        ([0, 0], [0, 1], (2 / 3) / 2, 1 / 2),  # class 1 said only: in F1, not in recall
        ([0, 1], [0, 0], (2 / 3) / 2, 1 / 2),
        ([0, 0], [1, 1], 0, 0),
    ],
)
def test_classes_that_are_not_there(targets, predictions, f1, balanced):
    found = of(targets, said(predictions, 3)).compute()
    assert found["f1_macro"] == pytest.approx(f1)
    assert found["balanced_accuracy"] == pytest.approx(balanced)


@given(data=st.data(), classes=st.integers(2, 5), count=st.integers(1, 30))
def test_scikit_learn_agrees(data, classes, count):
    metrics = pytest.importorskip("sklearn.metrics")
    draw = st.lists(st.integers(0, classes - 1), min_size=count, max_size=count)
    targets, predictions = np.array(data.draw(draw)), np.array(data.draw(draw))
    output = said(predictions, classes)
    metric = of(targets, output)
    known = range(classes)
    with warnings.catch_warnings():  # of classes that are not there
        warnings.simplefilter("ignore")
        expected = {
            "accuracy": metrics.accuracy_score(targets, predictions),
            "f1_macro": metrics.f1_score(targets, predictions, average="macro", zero_division=0),
            "balanced_accuracy": metrics.balanced_accuracy_score(targets, predictions),
            "log_loss": metrics.log_loss(targets, np.exp(output), labels=list(known)),
        }
    assert metric.compute() == pytest.approx(expected, rel=1e-12, abs=1e-12)
    np.testing.assert_array_equal(
        metric.confusion, metrics.confusion_matrix(targets, predictions, labels=list(known))
    )


@given(cut=st.integers(0, 20), merged=st.booleans())
def test_batches_and_parts_do_not_matter(cut, merged):
    rng = np.random.default_rng(cut)
    targets, output = rng.integers(0, 4, 20), rng.standard_normal((20, 4))
    first = of(targets[:cut], output[:cut])
    if merged:
        first.merge(of(targets[cut:], output[cut:]))
    else:
        first.update(targets[cut:], output[cut:])
    whole = of(targets, output)
    assert first.compute() == pytest.approx(whole.compute(), rel=1e-12)
    np.testing.assert_array_equal(first.confusion, whole.confusion)


def test_logits_need_not_be_normalised(rng):
    targets, logits = rng.integers(0, 3, 9), rng.standard_normal((9, 3))
    p = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    expected = -np.log(p[np.arange(9), targets]).mean()
    for shift in (0, 1000, -1000):
        assert of(targets, logits + shift).compute()["log_loss"] == pytest.approx(expected)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_probability_of_zero(dtype):
    output = np.array([[0, -np.inf], [0, -np.inf]], dtype)
    assert of([0, 0], output).compute()["log_loss"] == 0
    assert of([0, 1], output).compute()["log_loss"] == math.inf


def test_the_matrix_is_a_copy():
    metric = of([0], [[1.0, 0.0]])
    metric.confusion[:] = 9
    assert metric.examples == 1


def test_it_is_a_metric():
    metric: Metric = Classification(2)
    metric.update(np.array([], np.int64), np.zeros((0, 2)))
    with pytest.raises(ValueError, match="examples: expected at least one; got none"):
        metric.compute()


@pytest.mark.parametrize(
    ("targets", "output", "kind", "words"),
    [
        ([0.0], [[1.0, 2.0]], TypeError, r"targets: expected integers \(B,\); got float64"),
        ([2], [[1.0, 2.0]], ValueError, "targets: expected 0 to 1; got 2 to 2"),
        ([-1], [[1.0, 2.0]], ValueError, "targets: expected 0 to 1; got -1 to -1"),
        ([0], [[1.0, 2.0, 3.0]], ValueError, r"output: expected \(B, 2\) .* got \(1, 3\)"),
        ([0, 1], [[1.0, 2.0]], ValueError, r"got \(1, 2\) beside \(2,\)"),
        ([[0]], [[1.0, 2.0]], ValueError, r"beside \(1, 1\)"),
        ([0], [[math.nan, 2.0]], ValueError, "finite largest logit in each row; got nan"),
        ([0], [[math.inf, 2.0]], ValueError, "finite largest logit in each row; got inf"),
        ([0], [[-math.inf, -math.inf]], ValueError, "finite largest logit .* got -inf"),
    ],
)
def test_errors(targets, output, kind, words):
    metric = of([1], [[0.0, 1.0]])
    before = metric.compute()
    with pytest.raises(kind, match=words):
        metric.update(np.array(targets), np.array(output))
    assert metric.compute() == before


def test_classes_must_agree():
    with pytest.raises(ValueError, match="classes: expected 2; got 3"):
        Classification(2).merge(Classification(3))
    with pytest.raises(ValueError, match=r"classes: .* got 0"):
        Classification(0)
