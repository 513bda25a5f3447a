"""crf_log_likelihood, crf_marginals, crf_decode: gradients, layouts, what is kept, refusals."""

import numpy as np
import pytest

from pyrnn import Tensor
from pyrnn import functional as F
from pyrnn.autograd import gradcheck

T, B, C = 6, 5, 4
RNG = np.random.default_rng(0)
E, A = RNG.standard_normal((T, B, C)), RNG.standard_normal((C, C))
START, END = RNG.standard_normal(C), RNG.standard_normal(C)
LABELS = RNG.integers(0, C, (T, B))
LENGTHS = [4, 0, 6, 1, 3]


@pytest.mark.parametrize("scale", [0.1, 1.0, 8.0])
@pytest.mark.parametrize("lengths", [None, LENGTHS, [0] * B])
def test_gradients(lengths, scale):
    scores = [scale * array for array in (E, A, START, END)]
    assert gradcheck(
        lambda e, a, start, end: F.crf_log_likelihood(e, LABELS, a, start, end, lengths), scores
    )


def test_gradients_beside_what_is_forbidden():
    """Differences of what is allowed; what is not has none."""
    forbidden = np.zeros((C, C), bool)
    forbidden[1, 2] = forbidden[3, 3] = True
    labels = np.zeros((T, B), int)

    def likelihood(e, a):
        a = F.masked_fill(a, forbidden, -np.inf)
        return F.crf_log_likelihood(e, labels, a, START, END, LENGTHS)

    assert gradcheck(likelihood, [E, A])


def test_the_marginals_are_the_gradient_of_the_normaliser():
    e = Tensor(E, requires_grad=True)
    labels = np.zeros((T, B), int)
    F.crf_log_likelihood(e, labels, A, START, END, LENGTHS).sum().backward()
    inside = np.arange(T)[:, None] < LENGTHS
    onehot = inside[..., None] * np.eye(C)[labels]
    marginals = F.crf_marginals(E, A, START, END, LENGTHS)
    np.testing.assert_allclose(onehot - e.grad, marginals, atol=1e-15)


@pytest.mark.parametrize("garbage", [np.nan, np.inf, 1e30])
def test_what_lies_past_a_length_counts_nothing(garbage):
    results = []
    for value, label in ((0.0, 0), (garbage, -100)):
        emissions, labels = E.copy(), LABELS.copy()
        for b, n in enumerate(LENGTHS):
            emissions[n:, b], labels[n:, b] = value, label
        e, a = Tensor(emissions, requires_grad=True), Tensor(A, requires_grad=True)
        likelihood = F.crf_log_likelihood(e, labels, a, START, END, LENGTHS)
        (likelihood * np.arange(1.0, 1 + B)).sum().backward()
        scores = emissions, A, START, END, LENGTHS
        found = F.crf_marginals(*scores), *F.crf_decode(*scores, best=2)
        results.append((likelihood.numpy(), e.grad, a.grad, *found))
    for one, other in zip(*results, strict=True):
        np.testing.assert_array_equal(one, other)
    for b, n in enumerate(LENGTHS):
        assert (results[0][1][n:, b] == 0).all()
    assert results[0][0][1] == 0


def test_any_layout_of_any_argument():
    given = E, LABELS, A, START, END, np.array(LENGTHS)
    want = F.crf_log_likelihood(*given).numpy()
    best = F.crf_decode(E, *given[2:])
    for odd in (np.asfortranarray, lambda a: np.flip(np.flip(a).copy())):
        np.testing.assert_array_equal(F.crf_log_likelihood(*map(odd, given)).numpy(), want)
        for got, one in zip(F.crf_decode(odd(E), *map(odd, given[2:])), best, strict=True):
            np.testing.assert_array_equal(got, one)
    lists = F.crf_log_likelihood(*(array.tolist() for array in given))
    assert lists.dtype == np.float32
    np.testing.assert_allclose(lists.numpy(), want, rtol=1e-5)
    few = F.crf_log_likelihood(*given[:2], *(array.astype("i2") for array in given[2:5]))
    assert few.dtype == np.float64  # beside the emissions


def test_arrays_that_are_refilled_before_backward():
    """What backward reads is what forward has read."""
    gradients = []
    for refill in (False, True):
        labels, lengths, a = LABELS.copy(), np.array(LENGTHS), Tensor(A, requires_grad=True)
        likelihood = F.crf_log_likelihood(E, labels, a, START, END, lengths)
        if refill:
            labels[:], lengths[:] = 0, 1
        likelihood.sum().backward()
        gradients.append(a.grad)
    np.testing.assert_array_equal(*gradients)


def test_one_path_and_several():
    labels, scores = F.crf_decode(E, A, START, END, LENGTHS)
    assert (labels.shape, labels.dtype, scores.shape) == ((T, B), np.int64, (B,))
    first, others = F.crf_decode(E, A, START, END, LENGTHS, best=3)
    assert (first.shape, others.shape) == ((3, T, B), (3, B))
    np.testing.assert_array_equal(first[0], labels)
    np.testing.assert_array_equal(others[0], scores)
    assert scores[1] == 0
    assert (labels[:, 1] == -1).all()
    assert others[:, 1].tolist() == [0, -np.inf, -np.inf]
    likelihood = F.crf_log_likelihood(E, np.maximum(labels, 0), A, START, END, LENGTHS).numpy()
    worse = F.crf_log_likelihood(E, np.maximum(first[1], 0), A, START, END, [4, 0, 6, 1, 3]).numpy()
    some = np.array(LENGTHS) > 0
    np.testing.assert_allclose((likelihood - worse)[some], (others[0] - others[1])[some])


def test_no_steps_and_no_sequences():
    none = np.zeros((0, 2, C))
    labels = np.zeros((0, 2), int)
    assert F.crf_log_likelihood(none, labels, A, START, END).numpy().tolist() == [0, 0]
    assert F.crf_marginals(none, A, START, END).shape == (0, 2, C)
    assert F.crf_decode(none, A, START, END)[1].tolist() == [0, 0]
    assert F.crf_marginals(np.zeros((3, 0, C)), A, START, END, []).shape == (3, 0, C)


def call(**changed):
    given = {
        "emissions": E,
        "labels": LABELS,
        "transitions": A,
        "start": START,
        "end": END,
        "lengths": LENGTHS,
    }
    return F.crf_log_likelihood(**(given | changed))


@pytest.mark.parametrize(
    ("wrong", "error", "message"),
    [
        ({"emissions": E[0]}, ValueError, r"emissions: expected shape \(T, B, C\); got \(5, 4\)"),
        ({"emissions": E[..., :0]}, ValueError, "emissions: .* C at least 1"),
        ({"emissions": "x"}, TypeError, "operand: expected real numbers"),
        ({"labels": LABELS[0]}, ValueError, r"labels: expected shape \(T, B\) = \(6, 5\); got \(5"),
        ({"labels": LABELS.T}, ValueError, r"labels: expected shape \(T, B\) = \(6, 5\)"),
        ({"labels": LABELS * 1.0}, TypeError, "labels: expected integers; got dtype float64"),
        ({"labels": LABELS + C}, ValueError, "labels: expected values from 0 to C - 1 = 3; got"),
        ({"transitions": A[:3]}, ValueError, r"transitions: expected shape \(C, C\) = \(4, 4\)"),
        ({"start": START[:3]}, ValueError, r"start: expected shape \(C,\) = \(4,\)"),
        ({"end": A}, ValueError, r"end: expected 1 axes \(C,\)"),
        ({"lengths": [7] * B}, ValueError, "lengths: .* T = 6; got 7"),
        ({"lengths": [1.0] * B}, TypeError, "lengths: expected integers"),
        ({"start": np.full(C, -np.inf)}, ValueError, "labels: expected a path that is allowed"),
    ],
)
def test_refusals(wrong, error, message):
    with pytest.raises(error, match=message):
        call(**wrong)


@pytest.mark.parametrize(("best", "error"), [(0, ValueError), (1.5, TypeError), ("2", TypeError)])
def test_refused_numbers_of_paths(best, error):
    with pytest.raises(error, match="best: expected an integer"):
        F.crf_decode(E, A, START, END, best=best)
