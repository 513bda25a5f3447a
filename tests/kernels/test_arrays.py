"""The array operations that kernels may take over: what they promise, whoever computes it."""

from __future__ import annotations

import numpy as np
import pytest

from pyrnn.kernels import arrays as xp

DTYPES = [np.float32, np.float64]
RNG = np.random.default_rng(0)


def draw(*shape, dtype=np.float64):
    return RNG.standard_normal(shape).astype(dtype)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(
    ("a", "b"),
    [
        ((3, 4), (4, 5)),
        ((1, 17), (17, 33)),
        ((0, 4), (4, 5)),
        ((3, 0), (0, 5)),
        ((2, 3, 4), (2, 4, 5)),
        ((2, 1, 3, 4), (6, 4, 5)),
    ],
    ids=str,
)
def test_matmul(a, b, dtype):
    a, b = draw(*a, dtype=dtype), draw(*b, dtype=dtype)
    expected = np.einsum("...mk,...kn->...mn", a.astype(np.float64), b.astype(np.float64))
    bound = 4 * max(1, a.shape[-1]) * np.finfo(dtype).eps  # K roundings of terms of size about 1
    for left in (a, np.asfortranarray(a)):
        product = xp.matmul(left, b)
        assert product.dtype == dtype
        np.testing.assert_allclose(product, expected, rtol=bound, atol=bound)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", [(), (7,), (0, 3), (3, 65)], ids=str)
def test_activations(shape, dtype):
    x = np.asarray(draw(*shape) * 10, dtype)
    exact = x.astype(np.longdouble)
    for function, expected in [
        (xp.tanh, np.tanh(exact)),
        (xp.sigmoid, 1 / (1 + np.exp(-exact))),
        (xp.relu, np.maximum(exact, 0)),
    ]:
        y = np.asarray(function(x))
        assert y.dtype == dtype
        np.testing.assert_allclose(y, expected.astype(dtype), rtol=4 * np.finfo(dtype).eps)


@pytest.mark.parametrize("dtype", DTYPES)
def test_activations_at_the_ends(dtype):
    x = np.array([-np.inf, -1e4, 0.0, 1e4, np.inf, np.nan], dtype)
    np.testing.assert_array_equal(xp.sigmoid(x), [0, 0, 0.5, 1, 1, np.nan])
    np.testing.assert_array_equal(xp.tanh(x), [-1, -1, 0, 1, 1, np.nan])
    np.testing.assert_array_equal(xp.relu(x), [0, 0, 0, 1e4, np.inf, np.nan])


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("shape", [(5, 7), (1, 1), (0, 3), (3, 300)], ids=str)
def test_softmax_cross_entropy(shape, weighted, dtype):
    n, classes = shape
    logits = draw(n, classes, dtype=dtype) * dtype(5)
    targets = RNG.integers(0, classes, n)
    targets[: n // 3] = -1
    class_weights = (RNG.random(classes) + 0.5).astype(dtype) if weighted else None
    kept = logits.copy()
    losses, weights, dlogits = xp.softmax_cross_entropy(logits, targets, class_weights, -1)
    np.testing.assert_array_equal(logits, kept)

    exact = logits.astype(np.float64)
    p = np.exp(exact - exact.max(1, keepdims=True))
    p /= p.sum(1, keepdims=True)
    w = np.where(targets == -1, 0, 1.0 if class_weights is None else class_weights[targets])
    onehot = np.eye(classes)[targets] * (targets != -1)[:, None]
    bound = 64 * np.finfo(dtype).eps
    np.testing.assert_allclose(weights, w, rtol=bound)
    np.testing.assert_allclose(
        losses, -w * np.log(p[np.arange(n), targets]), rtol=bound, atol=bound
    )
    np.testing.assert_allclose(dlogits, w[:, None] * (p - onehot), rtol=bound, atol=bound)
    assert losses.dtype == weights.dtype == dlogits.dtype == dtype

    alone = xp.softmax_cross_entropy(logits, targets, class_weights, -1, gradient=False)
    np.testing.assert_array_equal(alone[0], losses)
    assert alone[2] is None


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("ids", [[], [4], [0, 4, 4, 2, 4], [[1, 1], [1, 0]]], ids=str)
@pytest.mark.parametrize("width", [0, 1, 3, 70_000])
def test_rows(ids, width, dtype):
    ids = np.array(ids, np.int64)
    table = draw(5, width, dtype=dtype)
    rows = xp.gather_rows(table, ids)
    np.testing.assert_array_equal(rows, table[ids])
    values = draw(*ids.shape, width, dtype=dtype)
    expected = np.zeros((5, width), dtype)
    for row, value in zip(ids.reshape(-1), values.reshape(ids.size, width), strict=True):
        expected[row] += value
    result = xp.scatter_add_rows((5, width), ids, values)
    assert result.dtype == dtype
    np.testing.assert_array_equal(result, expected)  # the same order, so the same bits


def test_scatter_add_in_many_blocks():
    ids = RNG.integers(0, 3, 500)
    values = draw(500, 1000, dtype=np.float32)
    expected = np.zeros((3, 1000), np.float32)
    for row, value in zip(ids, values, strict=True):
        expected[row] += value
    np.testing.assert_array_equal(xp.scatter_add_rows((3, 1000), ids, values), expected)


def test_add_at():
    out = np.zeros((3, 4))
    xp.add_at(out, (np.array([0, 0, 2]), slice(1, 3)), np.ones((3, 2)))
    np.testing.assert_array_equal(out, [[0, 2, 2, 0], [0, 0, 0, 0], [0, 1, 1, 0]])
