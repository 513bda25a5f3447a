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
