"""Dropout."""

from __future__ import annotations

import numpy as np
import pytest

from pyrnn import Tensor
from pyrnn import functional as F
from pyrnn.autograd import gradcheck
from pyrnn.kernels.dropout import masked


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("p", [0.1, 0.5, 0.9])
def test_keeps_the_mean(p, dtype):
    x = np.ones((200, 300), dtype)
    y = F.dropout(x, p, np.random.default_rng(0), training=True)
    assert y.dtype == dtype
    kept = y.data[y.data != 0]
    np.testing.assert_allclose(kept, 1 / (1 - p), rtol=1e-6)
    # 60 000 draws: the share kept is within 5 standard deviations.
    assert abs(kept.size / x.size - (1 - p)) < 5 * np.sqrt(p * (1 - p) / x.size)


def test_same_generator_state_same_mask():
    x = Tensor(np.ones((4, 5)), requires_grad=True)
    first, second = (F.dropout(x, 0.5, np.random.default_rng(7), True) for _ in range(2))
    np.testing.assert_array_equal(first.data, second.data)
    first.backward(np.ones((4, 5)))
    np.testing.assert_array_equal(x.grad, first.data)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_gradients_pass_where_values_did(dtype):
    """The mask is drawn anew for the gradient: of any strides, it must meet its own elements."""
    rng = np.random.default_rng(1)
    x = Tensor(rng.standard_normal((5, 4, 6)).astype(dtype), requires_grad=True)
    upstream = rng.standard_normal((6, 4, 5)).astype(dtype)
    y = F.dropout(x.swapaxes(0, 2), 0.4, np.random.default_rng(7), True)
    mask = F.dropout(np.ones((6, 4, 5), dtype), 0.4, np.random.default_rng(7), True).data
    np.testing.assert_array_equal(y.data, x.data.swapaxes(0, 2) * mask)
    y.swapaxes(0, 2).backward(upstream.swapaxes(0, 2))
    np.testing.assert_array_equal(x.grad, (upstream * mask).swapaxes(0, 2))


def test_gradient_is_that_of_finite_differences():
    x = Tensor(np.random.default_rng(2).standard_normal((4, 5)), requires_grad=True)
    weights = np.random.default_rng(3).standard_normal((4, 5))
    gradcheck(lambda x: F.dropout(x, 0.5, np.random.default_rng(7), True) * weights, [x])


def test_each_call_draws_one_number():
    rng, other = np.random.default_rng(5), np.random.default_rng(5)
    first, second = (F.dropout(np.ones(100), 0.5, rng, True).data for _ in range(2))
    assert not np.array_equal(first, second)
    seeds = other.integers(1 << 64, dtype="uint64", size=2)
    np.testing.assert_array_equal(first, masked(np.ones(100), 0.5, seeds[0]))
    np.testing.assert_array_equal(second, masked(np.ones(100), 0.5, seeds[1]))
    assert rng.bit_generator.state == other.bit_generator.state


def test_nothing_is_drawn_where_nothing_drops():
    rng = np.random.default_rng(0)
    before = rng.bit_generator.state
    x = Tensor([1.0, 2.0])
    assert F.dropout(x, 0.5, rng, training=False) is x
    assert F.dropout(x, 0.0, rng, training=True) is x
    assert rng.bit_generator.state == before


def test_everything_drops():
    np.testing.assert_array_equal(
        F.dropout([1.0, 2.0], 1.0, np.random.default_rng(0), True), [0, 0]
    )


@pytest.mark.parametrize("p", [-0.1, 1.5, float("nan")])
def test_p_must_be_a_probability(p):
    with pytest.raises(ValueError, match=r"p: expected a number of at least 0 and at most 1; got"):
        F.dropout([1.0], p, np.random.default_rng(0), True)


def test_a_generator_is_needed():
    with pytest.raises(
        TypeError, match="rng: expected a random generator for dropout; got NoneType"
    ):
        F.dropout([1.0], 0.5, None, True)
