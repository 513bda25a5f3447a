"""The largest numbers of rows and their norms: native beside the reference, and both by hand."""

from __future__ import annotations

import numpy as np
import pytest

from pyrnn.kernels import likeliest as reference
from pyrnn.kernels import native

# a norm's sum is in the dtype of the numbers: hundreds of terms in sixteen lanes
CLOSE = {np.float32: {"rtol": 1e-5, "atol": 1e-6}, np.float64: {"rtol": 1e-13, "atol": 1e-14}}


@pytest.mark.parametrize("which", [native, reference])
def test_by_hand(which):
    x = np.array([[0.0, 2.0, 1.0, 2.0], [-np.inf, -np.inf, 0.5, -np.inf]])
    ids, values, norms = which.likeliest(x, 3)
    np.testing.assert_array_equal(ids, [[1, 3, 2], [2, 0, 0]])
    np.testing.assert_array_equal(values, [[2, 2, 1], [0.5, -np.inf, -np.inf]])
    np.testing.assert_allclose(norms, [np.log(1 + np.e + 2 * np.e**2), 0.5], rtol=1e-14)
    allowed = np.array([[True, False, True, True]])
    ids, values, unchanged = which.likeliest(x, 9, allowed)
    np.testing.assert_array_equal(ids, [[3, 2, 0, 0], [2, 0, 0, 0]])
    np.testing.assert_array_equal(values[0], [2, 1, 0, -np.inf])
    np.testing.assert_array_equal(unchanged, norms)
    np.testing.assert_array_equal(which.largest(x, 1)[0], [[1], [2]])


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("levels", [None, 3], ids=["distinct", "ties"])
@pytest.mark.parametrize("mask", [None, 1, 5])
def test_native_matches_the_reference(isa, rng, dtype, levels, mask):
    for columns in (1, 2, 7, 33, 64, 127, 128, 300, 1001):
        x = rng.normal(size=(5, columns)).astype(dtype) * 4
        if levels is not None:
            x = np.round(x / 4)
            x[:, 1:][rng.random((5, columns - 1)) < 0.3] = -np.inf
        allowed = None if mask is None else rng.random((mask, columns)) < 0.6
        for count in {1, 5, 70, columns}:
            ids, values, norms = native.likeliest(x, count, allowed)
            expected = reference.likeliest(x, count, allowed)
            np.testing.assert_array_equal(ids, expected[0])
            np.testing.assert_array_equal(values, expected[1])
            assert (ids.dtype, values.dtype, norms.dtype) == (np.int64, dtype, np.float64)
            np.testing.assert_allclose(norms, expected[2], **CLOSE[dtype])


def test_the_same_bits_alone_on_threads_and_in_any_order_of_memory(num_threads, rng):
    x = rng.normal(size=(9, 700)).astype(np.float32)
    num_threads(1)
    alone = zip(*(native.likeliest(row[None], 4) for row in x), strict=True)
    expected = [np.concatenate(rows) for rows in alone]
    for threads in (1, 3):
        num_threads(threads)
        for given in (x, np.asfortranarray(x)):
            for part, rows in zip(native.likeliest(given, 4), expected, strict=True):
                np.testing.assert_array_equal(part, rows)


def test_no_rows_and_rows_without_a_norm():
    ids, values, norms = native.likeliest(np.zeros((0, 3)), 2)
    assert (ids.shape, values.shape, norms.shape) == ((0, 2), (0, 2), (0,))
    odd = np.array([[np.nan, 1.0], [-np.inf, -np.inf], [np.inf, 0.0]])
    with np.errstate(invalid="ignore"):
        assert np.isnan(native.likeliest(odd, 2)[2]).all()
        assert np.isnan(reference.likeliest(odd, 2)[2]).all()


@pytest.mark.parametrize(
    ("x", "count", "allowed", "error", "words"),
    [
        (np.zeros((2, 3)), 0, None, ValueError, "count: expected 1 to 3, the columns; got 0"),
        (np.zeros((2, 0)), 1, None, ValueError, "count: expected 1 to 0, the columns; got 0"),
        (np.zeros(3), 1, None, ValueError, "x: expected 2 axes; got 1"),
        (np.zeros((2, 3), np.int64), 1, None, TypeError, "x: expected an array of dtype float32"),
        (np.zeros((2, 3)), 1, np.ones((3, 3), bool), ValueError, "allowed: expected shape"),
        (np.zeros((2, 3)), 1, np.ones((1, 2), bool), ValueError, "allowed: expected shape"),
        (np.zeros((2, 3)), 1, np.ones((1, 3), int), TypeError, "allowed: expected an array of"),
    ],
)
def test_what_is_refused(x, count, allowed, error, words):
    with pytest.raises(error, match=words):
        native.likeliest(x, count, allowed)
