"""Gradients of which only some rows are there."""

from __future__ import annotations

import numpy as np
import pytest

from pyrnn import Tensor
from pyrnn import functional as F
from pyrnn.autograd import RowGradient


def rows(ids, seed=0, shape=(6, 3), dtype=np.float32):
    ids = np.asarray(ids, np.int64)
    values = np.random.default_rng(seed).standard_normal((*ids.shape, *shape[1:])).astype(dtype)
    return RowGradient(ids, values, shape)


def dense(gradient):
    out = np.zeros(gradient.shape, gradient.dtype)
    for k, row in zip(gradient.ids, gradient.values, strict=True):
        out[k] += row
    return out


@pytest.mark.parametrize("ids", [[], [3], [5, 0, 5, 5, 2], [[1, 1], [4, 1]]], ids=str)
def test_dense_adds_up_in_order(ids):
    gradient = rows(ids)
    np.testing.assert_array_equal(gradient.dense(), dense(gradient))


def test_coalescing_lists_each_row_once_and_keeps_the_bits():
    gradient = rows([5, 0, 5, 5, 2])
    once = gradient.coalesce()
    np.testing.assert_array_equal(once.ids, [0, 2, 5])
    np.testing.assert_array_equal(once.dense(), gradient.dense())


def test_sums():
    a, b, c = rows([1, 1]), rows([4, 1], 1), np.ones((6, 3), np.float32)
    few = a + b
    assert isinstance(few, RowGradient)
    np.testing.assert_array_equal(few.dense(), dense(few))
    many = few + rows([0, 2], 2)
    assert isinstance(many, np.ndarray)
    np.testing.assert_array_equal(a + c, c + a)
    np.testing.assert_array_equal(a + c, a.dense() + c)
    np.testing.assert_array_equal(c, np.ones((6, 3)))


def test_disagreeing_shapes():
    with pytest.raises(ValueError, match=r"values: expected shape .* = \(2, 3\); got \(2, 4\)"):
        RowGradient(np.array([0, 1]), np.zeros((2, 4)), (6, 3))


def test_dtype_and_text():
    gradient = rows([1, 2])
    assert gradient.astype(np.float64).dtype == np.float64
    assert repr(gradient) == "RowGradient(2 rows, shape=(6, 3), dtype=float32)"


def test_a_table_read_as_rows_and_as_a_whole():
    table = Tensor(np.random.default_rng(0).standard_normal((6, 3)), requires_grad=True)
    (F.embedding([5, 1, 5], table).sum() + (table * table).sum()).backward()
    expected = 2 * table.data
    expected[[1, 5]] += [[1], [2]]
    np.testing.assert_array_equal(table.grad, expected)


def test_rows_share_nothing_with_anybody():
    """Clipping scales the other leaf's gradient before the table's is read."""
    table = Tensor(np.zeros((6, 3)), requires_grad=True)
    other = Tensor(np.zeros((2, 3)), requires_grad=True)
    ids, upstream = np.array([4, 1]), np.ones((2, 3))
    (F.embedding(ids, table) + other).backward(upstream)
    other.grad *= 0.5
    upstream[...] = 7
    ids[...] = 0
    np.testing.assert_array_equal(table.grad[:, 0], [0, 1, 0, 0, 1, 0])


def test_rows_stay_rows_over_several_passes():
    table = Tensor(np.zeros((100, 3), np.float32), requires_grad=True)
    for _ in range(2):
        F.embedding([7, 1, 7], table).sum().backward()
    rows = table._grad.coalesce()
    np.testing.assert_array_equal(rows.ids, [1, 7])
    np.testing.assert_array_equal(rows.values, [[2] * 3, [4] * 3])
    np.testing.assert_array_equal(table.grad[[0, 1, 7]], [[0] * 3, [2] * 3, [4] * 3])
    F.embedding([1], table).sum().backward()  # onto an array now
    np.testing.assert_array_equal(table.grad[1], [3] * 3)


def test_row_grad_leaves_rows_as_they_are():
    table = Tensor(np.zeros((100, 3), np.float32), requires_grad=True)
    assert table.row_grad is None
    for _ in range(2):
        F.embedding([7, 1, 7], table).sum().backward()
    rows = table.row_grad
    assert isinstance(rows, RowGradient)
    np.testing.assert_array_equal(rows.ids, [1, 7])
    assert table.row_grad is rows
    rows.values *= 0.5  # as clipping does
    np.testing.assert_array_equal(table.grad[[1, 7]], [[1] * 3, [2] * 3])
    assert table.row_grad is table.grad  # an array from here on


def test_rows_and_arrays_of_two_dtypes():
    total = rows([1, 1]) + np.ones((6, 3))
    assert total.dtype == np.float64
    np.testing.assert_array_equal(total, rows([1, 1]).dense() + np.ones((6, 3)))
