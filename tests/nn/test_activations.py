"""Activations as modules: the functions of these names."""

import numpy as np
import pytest

from pyrnn import functional, nn


@pytest.mark.parametrize("kind", [nn.ReLU, nn.Tanh, nn.Sigmoid])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_they_are_the_functions(kind, dtype):
    x = np.random.default_rng(0).normal(size=(3, 4)).astype(dtype)
    y = kind()(x)
    assert y.dtype == dtype
    np.testing.assert_array_equal(y.numpy(), getattr(functional, kind.__name__.lower())(x).numpy())
    assert list(nn.Sequential(nn.Linear(4, 2, rng=0), kind()).state_dict()) == [
        "0.weight",
        "0.bias",
    ]


@pytest.mark.parametrize("kind", [nn.ReLU, nn.Tanh, nn.Sigmoid])
def test_what_a_recurrent_layer_returns_is_refused(kind):
    with pytest.raises(TypeError, match=r"x: .*got a tuple of 2"):
        kind()(nn.GRU(2, 3, rng=0)(np.zeros((1, 1, 2), "float32")))
