"""One-hot rows and bags of words: the sums that an embedding look-up gives without a matrix."""

from __future__ import annotations

import numpy as np
import pytest

from pyrnn import functional, nn
from pyrnn.data import bag_of_words, one_hot, pad

SEQUENCES = [[3, 0, 3, 5], [], [1], [5, 4, 3, 2, 1, 0], [6, 6, 6]]
V, D = 7, 3


@pytest.fixture
def embedding():
    return nn.Embedding(V, D, dtype="float64", rng=np.random.default_rng(1))


def test_a_product_with_one_hot_rows_is_a_look_up(embedding):
    ids = np.array([6, 0, 3, 3])
    table = embedding.weight.numpy()
    rows = one_hot(ids, V, np.float64) @ table
    np.testing.assert_array_equal(rows, table[ids])
    np.testing.assert_array_equal(rows, np.asarray(embedding(ids)))


@pytest.mark.parametrize("counts", [True, False])
def test_a_product_with_a_bag_is_a_sum_of_rows(embedding, counts):
    read = SEQUENCES if counts else [sorted(set(ids)) for ids in SEQUENCES]
    ids, lengths = pad([np.array(one, np.int64) for one in read])
    expected = functional.pool(embedding(ids), lengths, "sum").numpy()
    bags = bag_of_words(SEQUENCES, V, counts=counts, dtype=np.float64)
    np.testing.assert_allclose(bags @ embedding.weight.numpy(), expected, rtol=1e-14, atol=1e-15)
    assert bags.shape == (len(SEQUENCES), V)


def test_rows():
    np.testing.assert_array_equal(one_hot([2, 0], 3), [[0, 0, 1], [1, 0, 0]])
    np.testing.assert_array_equal(bag_of_words([[2, 0, 2], []], 3), [[1, 0, 2], [0, 0, 0]])
    np.testing.assert_array_equal(bag_of_words([[2, 2]], 3, counts=False), [[0, 0, 1]])
    assert one_hot([], 4).shape == (0, 4)
    assert bag_of_words([], 4).shape == (0, 4)
    assert bag_of_words(iter([np.array([1], np.uint8)]), 2).tolist() == [[0, 1]]


@pytest.mark.parametrize("dtype", ["float32", "float64", "int64", "uint8", "bool"])
def test_the_dtype_is_the_one_named(dtype):
    assert one_hot([1], 2, dtype).dtype == dtype
    assert bag_of_words([[1, 1]], 2, dtype=dtype).dtype == dtype
    assert one_hot([1], 2).dtype == np.float32


@pytest.mark.parametrize(
    ("call", "kind", "words"),
    [
        (lambda: one_hot([3], 3), ValueError, "ids: expected ids of 0 to 2; got 3"),
        (lambda: one_hot([-1], 3), ValueError, "ids: expected ids of 0 to 2; got -1"),
        (lambda: one_hot([1.0], 3), TypeError, "ids: expected integers; got float64"),
        (lambda: one_hot([True], 3), TypeError, "ids: expected integers; got bool"),
        (lambda: one_hot(["a"], 3), TypeError, "ids: expected integers; got <U1"),
        (lambda: one_hot(2, 3), ValueError, r"ids: expected one dimension; got shape \(\)"),
        (lambda: one_hot([[1]], 3), ValueError, "ids: expected one dimension"),
        (lambda: one_hot([[1], [1, 2]], 3), ValueError, "ids: expected one dimension"),
        (lambda: one_hot([1], 0), ValueError, "size: .* got 0"),
        (lambda: one_hot([1], 2.0), TypeError, "size: expected an integer"),
        (lambda: one_hot([1], 2, "str"), TypeError, "dtype: expected one of numbers"),
        (lambda: one_hot([1], 2, object), TypeError, "dtype: expected one of numbers"),
        (lambda: one_hot([0], 2**62), MemoryError, "fits in memory; got 1 x 4,611,686"),
        (lambda: bag_of_words([[0], [9]], 3), ValueError, r"sequences\[1\]: expected ids of 0 to"),
        (lambda: bag_of_words([[0], 1], 3), ValueError, r"sequences\[1\]: expected one dimension"),
        (
            lambda: bag_of_words([[1] * 256], 3, dtype="uint8"),
            ValueError,
            r"dtype: expected one that holds the count 256 in sequences\[0\]; got uint8",
        ),
    ],
)
def test_errors(call, kind, words):
    with pytest.raises(kind, match=words):
        call()
