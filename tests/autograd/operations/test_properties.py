"""Shapes and indices that nobody thought of."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from pyrnn import Tensor
from pyrnn import functional as F

SHAPES = hnp.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=4)


def filled(shape, seed=0):
    """Small whole numbers: sums of them are exact in every order."""
    return np.random.default_rng(seed).integers(-9, 9, shape).astype(np.float64)


@given(hnp.mutually_broadcastable_shapes(num_shapes=2, min_side=0, max_dims=4, max_side=3))
@settings(deadline=None)
def test_broadcasting(shapes):
    a, b = (Tensor(filled(shape, k), True) for k, shape in enumerate(shapes.input_shapes))
    y = a * b
    np.testing.assert_array_equal(y.data, a.data * b.data)
    upstream = filled(y.shape, 2)
    y.backward(upstream)
    for tensor, other in ((a, b), (b, a)):
        # d/da_i sum_j u_j (a b)_j, one element at a time
        spread = [np.broadcast_to(e, y.shape) for e in units(tensor.shape)]
        expected = [float((upstream * other.data * e).sum()) for e in spread]
        np.testing.assert_array_equal(tensor.grad, np.reshape(expected, tensor.shape))


def units(shape):
    """The arrays of this shape with one 1 and zeros."""
    for k in range(int(np.prod(shape))):
        unit = np.zeros(shape)
        unit.reshape(-1)[k] = 1
        yield unit


@given(st.data())
@settings(deadline=None)
def test_indexing(data):
    shape = data.draw(hnp.array_shapes(max_dims=3, max_side=4))
    basic = hnp.basic_indices(shape, allow_newaxis=True)
    whole = hnp.integer_array_indices(shape, result_shape=SHAPES)
    mask = hnp.arrays(np.bool_, shape)
    index = data.draw(st.one_of(basic, whole, mask))
    x = Tensor(filled(shape), requires_grad=True)
    y = x[index]
    np.testing.assert_array_equal(y.data, x.data[index])
    upstream = filled(y.shape, 1)
    y.backward(upstream)
    expected = np.zeros(shape)
    np.add.at(expected, index, upstream)
    np.testing.assert_array_equal(x.grad, expected)


@given(st.lists(st.integers(0, 3), min_size=1, max_size=4), st.integers(0, 2), st.data())
@settings(deadline=None)
def test_apart_and_together(lengths, axis, data):
    """Concatenating slices, or stacking what was unstacked, changes nothing."""
    shape = [2, 3, 2]
    shape[axis] = sum(lengths)
    x = Tensor(filled(shape), requires_grad=True)
    ends = np.cumsum(lengths)
    slices = [slice(end - length, end) for end, length in zip(ends, lengths, strict=True)]
    parts = [x[(slice(None),) * axis + (part,)] for part in slices]
    again = F.concatenate(parts, axis)
    if shape[axis] > 0 and data.draw(st.booleans()):
        again = F.stack(F.unstack(again, axis), axis)
    np.testing.assert_array_equal(again.data, x.data)
    upstream = filled(shape, 1)
    again.backward(upstream)
    np.testing.assert_array_equal(x.grad, upstream)
