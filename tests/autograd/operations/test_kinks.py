"""What the gradient is where there is no derivative: stated in the docs, held to here."""

from __future__ import annotations

import numpy as np
import pytest

from pyrnn import Tensor
from pyrnn import functional as F


def gradient(function, *values):
    tensors = [Tensor(np.array(value, np.float64), requires_grad=True) for value in values]
    function(*tensors).sum().backward()
    grads = [tensor.grad for tensor in tensors]
    return grads[0] if len(grads) == 1 else grads


@pytest.mark.parametrize(
    ("function", "x", "expected"),
    [
        (F.relu, [-1.0, 0.0, 2.0], [0, 0, 1]),
        (F.absolute, [-1.0, 0.0, 2.0], [-1, 0, 1]),
        (lambda x: F.clip(x, -1, 1), [-2.0, -1.0, 0.0, 1.0, 2.0], [0, 1, 1, 1, 0]),
        (F.max, [1.0, 3.0, 3.0], [0, 0.5, 0.5]),
        (F.min, [1.0, 1.0, 3.0], [0.5, 0.5, 0]),
        (lambda x: x**0, [0.0, 1.0], [0, 0]),
        (lambda x: x**1, [0.0, -1.0], [1, 1]),
        (lambda x: x**2, [0.0, -1.0], [0, -2]),
        (lambda x: 0.0**x, [1.0, 2.0], [0, 0]),
    ],
)
def test_one_operand(function, x, expected):
    np.testing.assert_array_equal(gradient(function, x), expected)


@pytest.mark.parametrize("function", [F.maximum, F.minimum])
def test_equal_operands_share(function):
    for grad in gradient(function, [1.0, 2.0], [1.0, 2.0]):
        np.testing.assert_array_equal(grad, [0.5, 0.5])


def test_where_shields_the_other_side():
    """The usual guard: log of a masked 0 must not put NaN into the gradient."""
    x = Tensor([0.0, 2.0], requires_grad=True)
    mask = x.data > 0
    F.where(mask, F.where(mask, x, 1.0).log(), 0.0).sum().backward()
    np.testing.assert_array_equal(x.grad, [0, 0.5])


def test_sigmoid_and_softplus_far_out():
    x = Tensor([-1e4, -100.0, 0.0, 100.0, 1e4], dtype=np.float64)
    np.testing.assert_allclose(x.sigmoid().data, [0, np.exp(-100), 0.5, 1, 1], rtol=1e-15)
    np.testing.assert_allclose(
        F.softplus(x).data, [0, np.exp(-100), np.log(2), 100, 1e4], rtol=1e-15
    )


def test_extremes_of_booleans():
    x = Tensor([True, False])
    assert x.max().item() is True
    assert x.min().item() is False


def test_elements_taken_more_than_once_add_up():
    expected = [0, 3, 0, 1]
    np.testing.assert_array_equal(gradient(lambda x: x[[1, 1, 3, 1]], np.zeros(4)), expected)
    np.testing.assert_array_equal(gradient(lambda x: x[[[-3, 1], [3, 1]]], np.zeros(4)), expected)


def test_a_standard_deviation_of_equal_elements_has_slope_0():
    x = Tensor([[1.0, 1.0, 1.0], [1.0, 2.0, 3.0]], requires_grad=True)
    y = x.std(1)
    y.sum().backward()
    np.testing.assert_array_equal(x.grad[0], 0)
    np.testing.assert_allclose(x.grad[1], (x.data[1] - 2) / (3 * y.data[1]), rtol=1e-6)


def test_what_a_mask_fills_gets_no_gradient_however_large():
    x = Tensor([1.0, 2.0, 3.0], requires_grad=True)
    y = x.masked_fill([True, False, True], -np.inf)
    y.backward(np.float32([np.inf, 5, np.nan]))
    np.testing.assert_array_equal(x.grad, [0, 5, 0])
