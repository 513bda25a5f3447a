"""Several labels: by hand, by counting, by scikit-learn, and however the data is cut."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyrnn.metrics import Metric, MultiLabel, best_thresholds


def of(targets, output, **how):
    targets = np.asarray(targets)
    metric = MultiLabel(targets.shape[1], **how)
    metric.update(targets, output)
    return metric


def logit(p):
    return np.log(np.asarray(p) / (1 - np.asarray(p)))


def f1_by_counting(truth, said):
    tp = sum(bool(t and s) for t, s in zip(truth, said, strict=True))
    wrong = sum(bool(t) != bool(s) for t, s in zip(truth, said, strict=True))
    return 2 * tp / (2 * tp + wrong) if tp or wrong else 0.0


TRUTH = np.array([[1, 0, 1], [0, 0, 1], [1, 0, 0], [1, 0, 0]])
P = np.array([[0.9, 0.2, 0.8], [0.6, 0.1, 0.3], [0.7, 0.4, 0.1], [0.2, 0.3, 0.4]])


def test_by_hand():
    metric = of(TRUTH, logit(P))
    assert metric.examples == 4
    # tp, fp, fn, tn
    assert metric.counts.tolist() == [[2, 1, 1, 0], [0, 0, 0, 4], [1, 0, 1, 2]]
    found = metric.compute()
    assert found["f1_micro"] == pytest.approx(6 / (6 + 1 + 2))
    assert found["f1_macro"] == pytest.approx((4 / 6 + 0 + 2 / 3) / 3)
    assert found["exact_match"] == 2 / 4
    assert found["hamming_loss"] == pytest.approx(3 / 12)
    nats = -np.log(np.where(TRUTH, P, 1 - P)).mean()
    assert found["log_loss"] == pytest.approx(nats, rel=1e-12)
    assert metric.per_label() == {
        0: {"support": 3, "precision": 2 / 3, "recall": 2 / 3, "f1": 4 / 6},
        1: {"support": 0, "precision": 0, "recall": 0, "f1": 0},
        2: {"support": 2, "precision": 1, "recall": 1 / 2, "f1": 2 / 3},
    }


def test_each_label_has_its_threshold():
    metric = of(TRUTH, logit(P), thresholds=[0.65, 0.5, 0.25])
    assert metric.counts.tolist() == [[2, 0, 1, 1], [0, 0, 0, 4], [2, 1, 0, 1]]
    assert of([[1]], [[0.0]]).counts.tolist() == [[1, 0, 0, 0]]  # 0.5 is at least 0.5
    assert of([[1, 0]], [[-900.0, -900.0]], thresholds=0).counts[:, 1].tolist() == [0, 1]


@given(data=st.data(), labels=st.integers(2, 4), count=st.integers(1, 20))
def test_scikit_learn_agrees(data, labels, count):
    metrics = pytest.importorskip("sklearn.metrics")
    row = st.lists(st.integers(0, 1), min_size=labels, max_size=labels)
    draw = st.lists(row, min_size=count, max_size=count)
    truth, said = np.array(data.draw(draw)), np.array(data.draw(draw))
    metric = of(truth, np.where(said, 2.0, -1.0))
    found = metric.compute()
    averages = {
        f"f1_{how}": metrics.f1_score(truth, said, average=how, zero_division=0)
        for how in ("micro", "macro")
    }
    assert {name: found[name] for name in averages} == pytest.approx(averages, rel=1e-12)
    assert found["exact_match"] == pytest.approx(metrics.accuracy_score(truth, said))
    assert found["hamming_loss"] == pytest.approx(metrics.hamming_loss(truth, said))
    table = metrics.precision_recall_fscore_support(truth, said, zero_division=0)
    for name, values in zip(("precision", "recall", "f1", "support"), table, strict=True):
        each = [metric.per_label()[c][name] for c in range(labels)]
        np.testing.assert_allclose(each, values, rtol=1e-12)
    expected = metrics.multilabel_confusion_matrix(truth, said)  # [[tn, fp], [fn, tp]]
    np.testing.assert_array_equal(metric.counts, expected.reshape(-1, 4)[:, [3, 1, 2, 0]])


@given(cut=st.integers(0, 20), merged=st.booleans(), own=st.booleans())
def test_batches_and_parts_do_not_matter(cut, merged, own):
    rng = np.random.default_rng(cut)
    truth, output = rng.integers(0, 2, (20, 3)), rng.standard_normal((20, 3)) * 3
    how = {"thresholds": [0.2, 0.5, 0.7] if own else 0.4}
    first = of(truth[:cut], output[:cut], **how)
    if merged:
        first.merge(of(truth[cut:], output[cut:], **how))
    else:
        first.update(truth[cut:], output[cut:])
    whole = of(truth, output, **how)
    assert first.compute() == pytest.approx(whole.compute(), rel=1e-12)
    np.testing.assert_array_equal(first.counts, whole.counts)


@pytest.mark.parametrize("kind", [bool, np.int8, np.uint64, np.float32])
def test_truths_of_any_type(kind):
    assert of(TRUTH.astype(kind), logit(P)).compute() == of(TRUTH, logit(P)).compute()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_logits_far_out(dtype):
    sure = np.array([[1000.0, -1000.0], [np.inf, -np.inf]], dtype)
    assert of([[1, 0], [1, 0]], sure).compute()["log_loss"] == 0
    assert of([[0, 0]], sure[:1]).compute()["log_loss"] == 500
    assert of([[0, 0]], sure[1:]).compute()["log_loss"] == math.inf


def test_the_counts_are_a_copy():
    metric = of(TRUTH, logit(P))
    metric.counts[:] = 9
    assert metric.counts.sum() == 12


def test_it_is_a_metric():
    metric: Metric = MultiLabel(2)
    metric.update(np.zeros((0, 2)), np.zeros((0, 2)))
    for read in (metric.compute, metric.per_label):
        with pytest.raises(ValueError, match="examples: expected at least one; got none"):
            read()


@pytest.mark.parametrize(
    ("targets", "output", "kind", "words"),
    [
        ([["a", "b"]], [[1, 2]], TypeError, r"targets: expected numbers, \(B, 2\); got <U1"),
        ([[0, 2]], [[1, 2]], ValueError, r"targets: expected 0 or 1; got 2 at \(0, 1\)"),
        ([[0.5, 1]], [[1, 2]], ValueError, "targets: expected 0 or 1; got 0.5"),
        ([[math.nan, 1]], [[1, 2]], ValueError, "targets: expected numbers; got nan"),
        ([0, 1], [[1, 2]], ValueError, r"targets: expected \(B, 2\); got \(2,\)"),
        ([[0, 1]], [[1, 2]] * 2, ValueError, "output: expected as many rows as targets, 1; got 2"),
        ([[0, 1]], [[1, math.nan]], ValueError, r"output: expected numbers; got nan at \(0, 1\)"),
    ],
)
def test_errors(targets, output, kind, words):
    metric = of([[1, 0]], [[1.0, 1.0]])
    before = metric.compute()
    with pytest.raises(kind, match=words):
        metric.update(targets, output)
    assert metric.compute() == before


@pytest.mark.parametrize(
    ("thresholds", "kind", "words"),
    [
        (1.5, ValueError, "numbers from 0 to 1; got 1.5"),
        ([0.5, -1], ValueError, r"numbers from 0 to 1; got -1 at \(1,\)"),
        (math.nan, ValueError, "expected numbers; got nan"),
        ([0.5] * 3, ValueError, r"expected one or \(2,\); got \(3,\)"),
        ([[0.5, 0.5]], ValueError, r"got \(1, 2\)"),
        ("0.5", TypeError, "expected numbers"),
        (None, TypeError, "expected numbers"),
        ([0.5, [0.5]], ValueError, "unequal lengths"),
    ],
)
def test_errors_of_thresholds(thresholds, kind, words):
    with pytest.raises(kind, match=f"thresholds: .*{words}"):
        MultiLabel(2, thresholds)


def test_labels_and_thresholds_must_agree():
    with pytest.raises(ValueError, match="labels: expected 2; got 3"):
        MultiLabel(2).merge(MultiLabel(3))
    with pytest.raises(ValueError, match=r"thresholds: expected \[0.5, 0.5\]; got \[0.4, 0.4\]"):
        MultiLabel(2).merge(MultiLabel(2, 0.4))
    with pytest.raises(ValueError, match=r"labels: .* got 0"):
        MultiLabel(0)


@pytest.mark.parametrize(
    ("truth", "p", "expected"),
    [
        ([1, 0], [0.9, 0.1], 0.5),  # as good as any
        ([1, 0], [0.4, 0.1], 0.25),  # the middle between the two
        ([1, 1, 0], [0.9, 0.8, 0.6], 0.7),
        ([0, 0], [0.9, 0.1], 0.5),  # never true
        ([1, 1], [0.2, 0.1], 0.05),  # always
        ([1, 0], [0.0, 0.0], 0.0),
        ([], [], 0.5),
        # both 0.25 and 0.75 are as far, and F1 is 2/3 at each
        ([1, 1, 0, 1, 0, 0], [1.0, 1.0, 0.5, 0.5, 0.0, 0.5], 0.75),
    ],
)
def test_best_thresholds_by_hand(truth, p, expected):
    truth, p = np.array(truth, int)[:, None], np.array(p, float)[:, None]
    assert best_thresholds(truth, p).tolist() == pytest.approx([expected])


NEIGHBOURS = (0.3, np.nextafter(0.3, 1))  # nothing in between
SHARES = st.one_of(st.sampled_from([0.0, 1.0, 0.5, *NEIGHBOURS]), st.floats(0, 1))


@given(rows=st.lists(st.tuples(st.booleans(), SHARES), max_size=12))
def test_no_threshold_is_better(rows):
    truth, p = np.array([t for t, _ in rows], bool), np.array([x for _, x in rows], float)
    (found,) = best_thresholds(truth[:, None], p[:, None])
    scores = {t: f1_by_counting(truth, p >= t) for t in {0.5, *p.tolist()}}
    best = max(scores.values())
    assert 0 <= found <= 1
    assert f1_by_counting(truth, p >= found) == best
    if scores[0.5] == best:
        assert found == 0.5
    if len(truth):
        metric = of(truth[:, None], logit(np.clip(p, 1e-9, 1 - 1e-9))[:, None], thresholds=found)
        assert metric.examples == len(truth)


def test_best_thresholds_are_those_of_each_label():
    rng = np.random.default_rng(0)
    truth, p = rng.integers(0, 2, (30, 3)), rng.random((30, 3))
    together = best_thresholds(truth, p)
    for c, threshold in itertools.product(range(3), [0.0, *p.ravel()]):
        assert best_thresholds(truth[:, [c]], p[:, [c]]) == together[c]
        said = of(truth, logit(p), thresholds=together).per_label()[c]["f1"]
        assert said >= f1_by_counting(truth[:, c], p[:, c] >= threshold)


@pytest.mark.parametrize(
    ("targets", "probabilities", "words"),
    [
        ([[1]], [[1.5]], r"probabilities: expected numbers from 0 to 1; got 1.5 at \(0, 0\)"),
        ([[1]], [[math.nan]], "probabilities: expected numbers; got nan"),
        ([[2]], [[0.5]], "targets: expected 0 or 1; got 2"),
        ([1, 0], [[0.5], [0.5]], r"targets: expected \(N, C\); got \(2,\)"),
        ([[1]], [[0.5, 0.5]], r"probabilities: expected \(N, 1\); got \(1, 2\)"),
        ([[1]], [[0.5]] * 2, "probabilities: expected as many rows as targets, 1; got 2"),
    ],
)
def test_errors_of_best_thresholds(targets, probabilities, words):
    with pytest.raises(ValueError, match=words):
        best_thresholds(targets, probabilities)
