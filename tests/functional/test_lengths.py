"""mask and masked_softmax against plain NumPy; exact zeros past a length."""

import numpy as np
import pytest

from pyrnn import Tensor
from pyrnn import functional as F
from pyrnn.autograd import gradcheck

LENGTHS = [3, 0, 5, 1]
T, B = 5, 4


def test_the_mask():
    expected = np.array([[t < n for n in LENGTHS] for t in range(T)])
    for steps in (None, T):
        np.testing.assert_array_equal(F.mask(LENGTHS, steps).numpy(), expected)
        np.testing.assert_array_equal(F.mask(LENGTHS, steps, batch_first=True).numpy(), expected.T)
    assert F.mask(LENGTHS, 7).shape == (7, B)
    assert F.mask([]).shape == (0, 0)
    y = np.ones((T, B, 2), "float32")
    kept = F.where(F.mask(LENGTHS, T)[..., None], y, 0.0).numpy()
    np.testing.assert_array_equal(kept, y * expected[..., None])


# (shape of scores, axis of time, axis of the batch)
LAYOUTS = [((T, B), 0, 1), ((B, T), 1, 0), ((T, B, 2), 0, 1), ((B, 3, T), -1, 0), ((B, T), -1, 0)]


@pytest.mark.parametrize(("shape", "axis", "batch"), LAYOUTS)
@pytest.mark.parametrize("lengths", [LENGTHS, None])
def test_each_row_is_the_softmax_of_its_steps(shape, axis, batch, lengths):
    x = np.random.default_rng(0).normal(0, 40, size=shape)
    y = np.moveaxis(F.masked_softmax(x, lengths, axis).numpy(), (batch, axis), (0, 1))
    x = np.moveaxis(x, (batch, axis), (0, 1))
    for b, n in enumerate(lengths or [T] * B):
        if n:
            np.testing.assert_allclose(
                y[b, :n], F.softmax(x[b, :n], axis=0).numpy(), rtol=1e-12, atol=1e-300
            )
        assert (y[b, n:] == 0).all()


@pytest.mark.parametrize(("shape", "axis", "batch"), LAYOUTS)
def test_gradient(shape, axis, batch):
    x = np.random.default_rng(0).normal(size=shape)
    assert gradcheck(lambda s: F.masked_softmax(s, LENGTHS, axis), (x,))


@pytest.mark.parametrize("garbage", [np.nan, np.inf, 1e30])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_what_stands_past_a_length_counts_nothing(garbage, dtype):
    clean = np.random.default_rng(0).normal(size=(T, B)).astype(dtype)
    dirty = np.where(F.mask(LENGTHS, T).numpy(), clean, np.asarray(garbage, dtype))
    x = Tensor(dirty, requires_grad=True)
    y = F.masked_softmax(x, LENGTHS)
    assert y.dtype == dtype
    np.testing.assert_array_equal(y.numpy(), F.masked_softmax(clean, LENGTHS).numpy())
    up = np.where(F.mask(LENGTHS, T).numpy(), clean, np.asarray(garbage, dtype))
    y.backward(up)
    assert (x.grad[~F.mask(LENGTHS, T).numpy()] == 0).all()
    assert np.isfinite(x.grad).all()


def test_rows_with_nothing_but_minus_infinity_are_zero():
    x = np.full((2, 2), -np.inf)
    np.testing.assert_array_equal(F.masked_softmax(x, [2, 1]).numpy(), 0)


@pytest.mark.parametrize(
    ("wrong", "error", "message"),
    [
        (lambda: F.mask([1, 2], 1), ValueError, "lengths: .* T = 1; got 2 at row 1"),
        (lambda: F.mask([1, -2]), ValueError, "lengths: .*got -2 at row 1"),
        (lambda: F.mask([-2]), ValueError, "lengths: .*got -2 at row 0"),
        (lambda: F.mask([[1]]), ValueError, r"lengths: .*got shape \(1, 1\)"),
        (lambda: F.mask([1.5]), TypeError, "lengths: expected integers"),
        (lambda: F.mask([1], 1.5), TypeError, "steps: expected an integer"),
        (lambda: F.masked_softmax([1.0], [1]), ValueError, r"scores: .*got shape \(1,\)"),
        (lambda: F.masked_softmax([[1.0]], [1], 2), ValueError, "scores: .*axis=2"),
        (lambda: F.masked_softmax([[1.0]], [1], "0"), TypeError, "axis: expected an integer"),
        (lambda: F.masked_softmax([[1.0]], [1, 1]), ValueError, r"lengths: .*\(B,\) = \(1,\)"),
    ],
)
def test_refusals(wrong, error, message):
    with pytest.raises(error, match=message):
        wrong()
