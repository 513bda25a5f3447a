"""pool against plain NumPy, sequence by sequence; what lies past a length, ties, lengths of 0."""

import numpy as np
import pytest

from pyrnn import Tensor
from pyrnn import functional as F
from pyrnn.autograd import gradcheck

T, B, N = 6, 5, 3
Y = np.random.default_rng(0).normal(-1.0, 1.0, size=(T, B, N))  # a maximum of zeros would show
LENGTHS = [4, 0, 6, 1, 3]

BY_HAND = {
    "mean": lambda y: y.mean(axis=0),
    "max": lambda y: y.max(axis=0),
    "last": lambda y: y[-1],
    "sum": lambda y: y.sum(axis=0),
}


@pytest.mark.parametrize("how", BY_HAND)
@pytest.mark.parametrize("lengths", [None, LENGTHS])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("batch_first", [False, True])
def test_each_sequence_by_itself(how, lengths, dtype, batch_first):
    y = Y.astype(dtype)
    given = np.ascontiguousarray(y.swapaxes(0, 1)) if batch_first else y
    out = F.pool(given, lengths, how, batch_first=batch_first)
    assert out.dtype == dtype
    for b, n in enumerate(lengths or [T] * B):
        expected = BY_HAND[how](y[:n, b]) if n else np.zeros(N)
        np.testing.assert_allclose(out.numpy()[b], expected, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("how", BY_HAND)
@pytest.mark.parametrize("garbage", [np.nan, np.inf, 1e30])
def test_what_lies_past_a_length_counts_nothing(how, garbage):
    y = Tensor(Y.copy(), requires_grad=True)
    dirty = Y.copy()
    for b, n in enumerate(LENGTHS):
        dirty[n:, b] = garbage
    other = Tensor(dirty, requires_grad=True)
    up = np.random.default_rng(1).normal(size=(B, N))
    for x in (y, other):
        (F.pool(x, LENGTHS, how) * up).sum().backward()
    np.testing.assert_array_equal(
        F.pool(other, LENGTHS, how).numpy(), F.pool(y, LENGTHS, how).numpy()
    )
    np.testing.assert_array_equal(other.grad, y.grad)
    for b, n in enumerate(LENGTHS):
        assert (y.grad[n:, b] == 0).all()


@pytest.mark.parametrize("lengths", [None, LENGTHS, [0] * B])
@pytest.mark.parametrize("how", BY_HAND)
@pytest.mark.parametrize("batch_first", [False, True])
def test_gradient(how, lengths, batch_first):
    y = np.random.default_rng(2).permutation(T * B * N).reshape(T, B, N) * 0.1  # no ties
    given = np.ascontiguousarray(y.swapaxes(0, 1)) if batch_first else y
    assert gradcheck(lambda x: F.pool(x, lengths, how, batch_first=batch_first), (given,))


def test_ties_of_a_maximum_share_the_gradient_as_those_of_max_do():
    y = np.array([1.0, 3.0, 3.0, 2.0, 3.0]).reshape(5, 1, 1)
    mine, plain = Tensor(y, requires_grad=True), Tensor(y[:4], requires_grad=True)
    F.pool(mine, [4], "max").sum().backward()
    plain.max(axis=0).sum().backward()
    np.testing.assert_array_equal(mine.grad[:4], plain.grad)
    assert mine.grad.ravel().tolist() == [0, 0.5, 0.5, 0, 0]


@pytest.mark.parametrize("how", BY_HAND)
def test_no_steps_and_no_sequences(how):
    assert F.pool(np.zeros((0, 2, 3)), how=how).numpy().tolist() == [[0] * 3] * 2
    assert F.pool(np.zeros((4, 0, 3)), [], how).shape == (0, 3)
    assert F.pool([[[1, 2]]], [1], how).dtype == np.float32  # integers become floats


def test_a_minimum_of_minus_infinity_is_what_it_is():
    y = np.full((2, 1, 1), -np.inf)
    assert F.pool(y, [2], "max").item() == -np.inf
    y[0] = np.nan
    assert np.isnan(F.pool(y, [2], "max").item())


@pytest.mark.parametrize(
    ("wrong", "error", "message"),
    [
        (lambda: F.pool(Y, how="median"), ValueError, "how: expected one of mean, max, last, sum"),
        (lambda: F.pool(Y[0]), ValueError, r"y: expected shape \(T, B, F\); got \(5, 3\)"),
        (lambda: F.pool(Y, [1, 2]), ValueError, r"lengths: expected shape \(B,\) = \(5,\)"),
        (lambda: F.pool(Y, 3), ValueError, r"lengths: expected 1 axes \(B,\); got shape \(\)"),
        (lambda: F.pool(Y, [1.0] * 5), TypeError, "lengths: expected integers"),
        (lambda: F.pool(Y, [1, 1, 7, 1, 1]), ValueError, "lengths: .* T = 6; got 7 at row 2"),
        (lambda: F.pool(Y, [1, -1, 7, 1, 1]), ValueError, "lengths: .*got -1 at row 1"),
        (lambda: F.pool("y"), TypeError, "array: expected real numbers"),
    ],
)
def test_refusals(wrong, error, message):
    with pytest.raises(error, match=message):
        wrong()


@pytest.mark.parametrize("lengths", [None, LENGTHS, [0] * B])
@pytest.mark.parametrize("batch_first", [False, True])
def test_a_weighted_sum_and_its_gradients(lengths, batch_first):
    w = np.random.default_rng(3).normal(size=(T, B))
    y, weights = (np.swapaxes(x, 0, 1).copy() if batch_first else x for x in (Y, w))
    out = F.weighted_sum(y, weights, lengths, batch_first=batch_first).numpy()
    for b, n in enumerate(lengths or [T] * B):
        np.testing.assert_allclose(out[b], w[:n, b] @ Y[:n, b], rtol=1e-12, atol=1e-14)
    assert gradcheck(
        lambda y, w: F.weighted_sum(y, w, lengths, batch_first=batch_first), [y, weights]
    )


def test_what_lies_past_a_length_has_no_weight():
    y, w = Y.copy(), np.ones((T, B))
    for b, n in enumerate(LENGTHS):
        y[n:, b], w[n:, b] = np.nan, np.nan
    leaf, weights = Tensor(y, requires_grad=True), Tensor(w, requires_grad=True)
    out = F.weighted_sum(leaf, weights, LENGTHS)
    out.sum().backward()
    np.testing.assert_array_equal(out.numpy(), F.pool(Y, LENGTHS, "sum").numpy())
    for b, n in enumerate(LENGTHS):
        assert (leaf.grad[n:, b] == 0).all()
        assert (weights.grad[n:, b] == 0).all()


@pytest.mark.parametrize("features", [1, 2, 40])
@pytest.mark.parametrize("how", [*BY_HAND, "weighted"])
def test_a_sequence_gives_the_same_bits_in_every_batch(how, features, rng):
    """Alone, beside others, and beside one that is far longer."""
    n, long = 333, 700
    y = rng.normal(size=(long, 4, features)).astype("float32")
    w = rng.normal(size=(long, 4)).astype("float32")

    def pooled(steps, rows):
        y_, w_, lengths = y[:steps, rows], w[:steps, rows], [n, *[steps] * (len(rows) - 1)]
        if how == "weighted":
            return F.weighted_sum(y_, w_, lengths).numpy()[0]
        return F.pool(y_, lengths, how).numpy()[0]

    alone = pooled(n, [0])
    for steps, rows in ((n, [0, 1]), (long, [0, 1, 2, 3]), (long, [0])):
        np.testing.assert_array_equal(pooled(steps, rows), alone)


@pytest.mark.parametrize(
    ("weights", "words"),
    [(np.ones((T, B + 1)), "weights: expected shape"), (np.ones(T), "weights: expected shape")],
)
def test_weights_of_another_shape(weights, words):
    with pytest.raises(ValueError, match=words):
        F.weighted_sum(Y, weights)
