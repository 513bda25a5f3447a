"""conv1d_max: gradients, layouts, what lies past a length, refusals."""

import numpy as np
import pytest

from pyrnn import Tensor
from pyrnn import functional as F
from pyrnn.autograd import gradcheck

T, B, I, N = 6, 5, 3, 4  # N filters
RNG = np.random.default_rng(0)
X, BIAS = RNG.standard_normal((T, B, I)), RNG.standard_normal(N)
LENGTHS = [4, 0, 6, 1, 3]


def weights(width):
    return np.random.default_rng(width).standard_normal((N, I, width))


def by_time(x, batch_first):
    return np.ascontiguousarray(x.swapaxes(0, 1)) if batch_first else x


@pytest.mark.parametrize("batch_first", [False, True])
@pytest.mark.parametrize("bias", [False, True])
@pytest.mark.parametrize("lengths", [None, LENGTHS, [0] * B])
@pytest.mark.parametrize("width", [1, 2, 3, 9])
def test_gradients(width, lengths, bias, batch_first):
    inputs = [by_time(X, batch_first), weights(width), *([BIAS] if bias else [])]
    assert gradcheck(
        lambda x, w, b=None: F.conv1d_max(x, w, b, lengths, batch_first=batch_first), inputs
    )


@pytest.mark.parametrize("garbage", [np.nan, np.inf, 1e30])
def test_what_lies_past_a_length_counts_nothing(garbage):
    dirty = X.copy()
    for b, n in enumerate(LENGTHS):
        dirty[n:, b] = garbage
    results = []
    for values in (X, dirty):
        x, w = Tensor(values, requires_grad=True), Tensor(weights(3), requires_grad=True)
        y = F.conv1d_max(x, w, BIAS, LENGTHS)
        (y * np.arange(1.0, 1 + B * N).reshape(B, N)).sum().backward()
        results.append((y.numpy(), x.grad, w.grad))
    for one, other in zip(*results, strict=True):
        np.testing.assert_array_equal(one, other)
    for b, n in enumerate(LENGTHS):
        assert (results[0][1][n:, b] == 0).all()


def test_of_equal_activations_the_first_has_the_gradient():
    x = Tensor(np.array([1.0, 3.0, 3.0, 2.0]).reshape(4, 1, 1), requires_grad=True)
    F.conv1d_max(x, np.ones((1, 1, 1))).sum().backward()
    assert x.grad.ravel().tolist() == [0, 1, 0, 0]


@pytest.mark.parametrize("batch_first", [False, True])
def test_any_layout_of_any_argument(batch_first):
    x, w, b = by_time(X, batch_first), weights(3), BIAS
    want = F.conv1d_max(x, w, b, LENGTHS, batch_first=batch_first).numpy()
    for odd in (np.asfortranarray, lambda a: np.flip(np.flip(a).copy()), Tensor):
        got = F.conv1d_max(odd(x), odd(w), odd(b), np.array(LENGTHS)[::1], batch_first=batch_first)
        np.testing.assert_array_equal(got.numpy(), want)
    lists = F.conv1d_max(x.tolist(), w.tolist(), b.tolist(), LENGTHS, batch_first=batch_first)
    assert lists.dtype == np.float32
    np.testing.assert_allclose(lists.numpy(), want, rtol=1e-5, atol=1e-6)


def test_a_table_of_an_embedding_gets_the_gradient_of_its_rows():
    ids, w = np.array([[0, 3], [1, 3], [2, 0]]), weights(2)
    assert gradcheck(
        lambda table: F.conv1d_max(F.embedding(ids, table), w, BIAS, [3, 2]),
        [RNG.standard_normal((5, I))],
    )


def test_no_steps_and_no_sequences():
    w = weights(3)
    assert F.conv1d_max(np.zeros((0, 2, I)), w, BIAS).numpy().tolist() == [[0] * N] * 2
    assert F.conv1d_max(np.zeros((4, 0, I)), w, BIAS, []).shape == (0, N)
    assert F.conv1d_max([[[1, 2, 3]]], np.ones((2, 3, 1), int)).dtype == np.float32


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: F.conv1d_max(X[0], weights(3)), ValueError, r"x: expected shape \(T, B, I\); got"),
        (
            lambda: F.conv1d_max(X[0], weights(3), batch_first=True),
            ValueError,
            r"x: expected shape \(B, T, I\); got \(5, 3\)",
        ),
        (lambda: F.conv1d_max(X, weights(3)[0]), ValueError, r"weight: .* axes \(F, I, W\)"),
        (lambda: F.conv1d_max(X, weights(0)), ValueError, "weight: .*each at least 1; got"),
        (lambda: F.conv1d_max(X, weights(3)[:, :2]), ValueError, "x: expected last axis I = 2"),
        (lambda: F.conv1d_max(X, weights(3), BIAS[:2]), ValueError, r"bias: .* \(4,\); got \(2,"),
        (lambda: F.conv1d_max(X, weights(3), None, [1]), ValueError, r"lengths: expected shape"),
        (
            lambda: F.conv1d_max(X, weights(3), None, [7] * B),
            ValueError,
            "lengths: .* T = 6; got 7",
        ),
        (lambda: F.conv1d_max(X, weights(3), None, [1.0] * B), TypeError, "lengths: .* integers"),
        (lambda: F.conv1d_max("x", weights(3)), TypeError, "operand: expected real numbers"),
        (
            lambda: F.conv1d_max(X.astype("f2"), weights(3).astype("f2")),
            TypeError,
            "weight: expected dtype float32 or float64; got float16",
        ),
    ],
)
def test_refusals(call, error, message):
    with pytest.raises(error, match=message):
        call()
