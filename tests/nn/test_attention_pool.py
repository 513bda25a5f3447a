"""AttentionPool against the equations in plain NumPy, sequence by sequence."""

import numpy as np
import pytest

from pyrnn import Tensor, nn
from pyrnn.autograd import gradcheck

T, B, F, A = 6, 4, 3, 5
Y = np.random.default_rng(0).normal(size=(T, B, F))
LENGTHS = [6, 0, 1, 4]


def by_hand(pool, y):
    """The equations for one sequence y (t, F): out (F,) and a (t,)."""
    w, b, v = (p.numpy() for p in (pool.projection.weight, pool.projection.bias, pool.context))
    s = np.array([v @ np.tanh(w @ step + b) for step in y])
    a = np.exp(s) / np.exp(s).sum() if len(s) else s
    return (a[:, None] * y).sum(axis=0), a


@pytest.mark.parametrize("lengths", [None, LENGTHS])
@pytest.mark.parametrize("batch_first", [False, True])
def test_the_equations(lengths, batch_first):
    pool = nn.AttentionPool(F, A, batch_first, dtype="float64", rng=0)
    pooled, weights = pool(Y.swapaxes(0, 1) if batch_first else Y, lengths)
    weights = weights.numpy().T if batch_first else weights.numpy()
    assert weights.shape == (T, B)
    for b, n in enumerate(lengths or [T] * B):
        out, a = by_hand(pool, Y[:n, b])
        np.testing.assert_allclose(pooled.numpy()[b], out, rtol=1e-12, atol=1e-14)
        np.testing.assert_allclose(weights[:n, b], a, rtol=1e-12)
        assert (weights[n:, b] == 0).all()


def test_gradients_of_everything_and_none_past_a_length():
    pool = nn.AttentionPool(F, A, dtype="float64", rng=0)
    assert gradcheck(lambda y: pool(y, LENGTHS), [Y], list(pool.parameters()))
    y = Tensor(Y, requires_grad=True)
    (pool(y, LENGTHS)[0] * np.arange(1.0, 1 + B * F).reshape(B, F)).sum().backward()
    for b, n in enumerate(LENGTHS):
        assert (y.grad[n:, b] == 0).all()
        assert (y.grad[:n, b] != 0).all()


def test_a_batch_without_steps():
    pool = nn.AttentionPool(F, A, dtype="float64", rng=0)
    pooled, weights = pool(Y[:0], [0] * B)
    np.testing.assert_array_equal(pooled.numpy(), np.zeros((B, F)))
    assert weights.shape == (0, B)
    pooled.sum().backward()
    for parameter in pool.parameters():
        np.testing.assert_array_equal(parameter.grad, np.zeros(parameter.shape))


def test_the_rest_of_the_batch_does_not_matter():
    pool = nn.AttentionPool(F, rng=0)
    y = Y.astype("float32")
    whole = pool(y, LENGTHS)[0].numpy()
    changed = y.copy()
    changed[4:, 3] = 1e30
    np.testing.assert_array_equal(pool(changed, LENGTHS)[0].numpy(), whole)


@pytest.mark.parametrize(
    ("wrong", "error", "message"),
    [
        (lambda: nn.AttentionPool(0), ValueError, "size: expected an integer of at least 1"),
        (lambda: nn.AttentionPool(2, 0), ValueError, "attention_size: "),
        (lambda: nn.AttentionPool(F, rng=0)(Y), TypeError, "y: expected dtype float32"),
        (
            lambda: nn.AttentionPool(2, dtype="float64", rng=0)(Y),
            ValueError,
            r"y: expected shape \(T, B, F\) with F = 2; got \(6, 4, 3\)",
        ),
        (
            lambda: nn.AttentionPool(F, dtype="float64", rng=0)(Y, [7, 1, 1, 1]),
            ValueError,
            "lengths: expected values from 0 to T = 6; got 7 at row 0",
        ),
    ],
)
def test_refusals(wrong, error, message):
    with pytest.raises(error, match=message):
        wrong()


def test_the_repr():
    text = repr(nn.AttentionPool(3, 5, True, rng=0))
    assert text.startswith("AttentionPool(3, attention_size=5, batch_first=True  # y (B, T, 3) -> ")
    assert "-> pooled (B, 3), weights (B, T); 25 parameters" in text
