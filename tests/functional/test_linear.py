"""The affine map."""

from __future__ import annotations

import numpy as np
import pytest

from pyrnn import Tensor
from pyrnn import functional as F

RNG = np.random.default_rng(0)
W = Tensor(RNG.standard_normal((5, 3)), requires_grad=True)
B = Tensor(RNG.standard_normal(5), requires_grad=True)


@pytest.mark.parametrize("shape", [(3,), (4, 3), (2, 4, 3), (0, 3), (2, 0, 3)], ids=str)
def test_values(shape):
    x = RNG.standard_normal(shape)
    np.testing.assert_allclose(F.linear(x, W, B).data, x @ W.data.T + B.data, rtol=1e-12)
    np.testing.assert_allclose(F.linear(x, W).data, x @ W.data.T, rtol=1e-12)


def test_is_one_node():
    y = F.linear(Tensor(np.zeros((4, 3))), W, B)
    assert y._edge.node.function.__name__ == "Linear"


def test_plain_input_takes_the_weights_dtype():
    w = Tensor(np.ones((2, 3), np.float32))
    assert F.linear(np.ones((4, 3)), w).dtype == np.float32


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((np.zeros((2, 4)), W, B), r"x: expected shape \(..., I\) with I = 3; got \(2, 4\)"),
        ((np.zeros((2, 3)), B, B), r"weight: expected shape \(O, I\); got \(5,\)"),
        ((np.zeros((2, 3)), W, np.zeros(3)), r"bias: expected shape \(O,\) = \(5,\); got \(3,\)"),
    ],
)
def test_errors(arguments, message):
    with pytest.raises(ValueError, match=message):
        F.linear(*arguments)
