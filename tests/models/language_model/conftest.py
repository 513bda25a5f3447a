"""Small texts and models."""

from __future__ import annotations

import numpy as np
import pytest

from pyrnn.models import LanguageModel, LanguageModelConfig

LETTERS = "abcdefgh\n"


@pytest.fixture
def noise():
    """noise(n, seed=0): n letters without any order."""

    def make(n, seed=0):
        return "".join(np.random.default_rng(seed).choice(list(LETTERS), size=n))

    return make


@pytest.fixture
def small():
    """small(**settings): an untrained model of LETTERS, of 10 units in float64 unless told."""

    def make(**settings):
        config = LanguageModelConfig(**{"hidden_size": 10, "dtype": "float64", **settings})
        return LanguageModel.for_text(LETTERS * 2, config)

    return make


@pytest.fixture
def expect_slopes(rng):
    """expect_slopes(network, batch): the gradient of the loss for every parameter is, along a
    direction drawn at random, the slope of the loss."""

    def check(net, batch):
        def loss():
            return net.cross_entropy(batch.inputs, batch.targets, reduction="mean")[0]

        net.train()
        loss().backward()
        step = 1e-6
        for name, parameter in net.named_parameters():
            gradient = parameter.grad
            assert gradient.shape == parameter.shape
            direction = rng.normal(size=parameter.shape)
            start, values = parameter.numpy().copy(), []
            for sign in (1, -1):
                parameter.assign(start + sign * step * direction)
                values.append(loss().item())
            parameter.assign(start)
            slope = (values[0] - values[1]) / (2 * step)
            # central differences: step² times a third derivative of order 1, and eps / step
            assert np.sum(gradient * direction) == pytest.approx(slope, rel=1e-6, abs=1e-8), name

    return check
