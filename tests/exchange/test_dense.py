"""Dense is a Linear followed by its activation."""

from __future__ import annotations

import numpy as np
import pytest

from pyrnn.autograd import gradcheck
from pyrnn.exchange import Dense
from pyrnn.exchange.dense import ACTIVATIONS

EXPECTED = {
    "exponential": np.exp,
    "log_softmax": lambda z: z - np.log(np.exp(z).sum(-1, keepdims=True)),
    "relu": lambda z: np.maximum(z, 0),
    "sigmoid": lambda z: 1 / (1 + np.exp(-z)),
    "softmax": lambda z: np.exp(z) / np.exp(z).sum(-1, keepdims=True),
    "softplus": lambda z: np.log(1 + np.exp(z)),
    "tanh": np.tanh,
}


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_values_and_gradients(rng, activation):
    dense = Dense(4, 3, activation=activation, dtype="float64", rng=rng)
    x = rng.normal(size=(2, 5, 4))
    z = x @ dense.weight.numpy().T + dense.bias.numpy()
    np.testing.assert_allclose(dense(x).numpy(), EXPECTED[activation](z), rtol=1e-12, atol=1e-14)
    assert gradcheck(dense, [x])


def test_settings():
    assert "activation='tanh'" in repr(Dense(2, 3, activation="tanh"))
    assert Dense(2, 3, False, activation="tanh").bias is None
    with pytest.raises(ValueError, match=r"activation: expected one of .*; got 'swish'"):
        Dense(2, 3, activation="swish")
