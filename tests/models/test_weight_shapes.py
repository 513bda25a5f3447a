"""The shapes that settings ask for are those of the network that they make."""

from __future__ import annotations

import itertools
import tracemalloc

import numpy as np
import pytest

from pyrnn.kernels.stack import CELLS
from pyrnn.models import LanguageModelConfig, LanguageNetwork
from pyrnn.models.language_model.weight_shapes import check_weights, weight_shapes


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("layers", [1, 3])
@pytest.mark.parametrize("embedding", [None, 4, 5])
@pytest.mark.parametrize("tied", [False, True])
def test_shapes_are_the_networks_own(cell, layers, embedding, tied):
    config = LanguageModelConfig(
        cell=cell, hidden_size=5, num_layers=layers, embedding_size=embedding, tied=tied
    )
    weights = LanguageNetwork(7, config).state_dict()
    assert dict(weight_shapes(7, config)) == {name: w.shape for name, w in weights.items()}
    check_weights(weights, 7, config)
    if tied:  # one parameter: either name is enough
        check_weights({n: w for n, w in weights.items() if n != "output.weight"}, 7, config)
        check_weights({n: w for n, w in weights.items() if n != "embedding.weight"}, 7, config)


@pytest.mark.parametrize("cutoffs", [None, (3,), (2, 5, 9)])
def test_shapes_of_an_adaptive_softmax(cutoffs):
    config = LanguageModelConfig(hidden_size=9, softmax="adaptive", cutoffs=cutoffs, div_value=2)
    weights = LanguageNetwork(12, config).state_dict()
    assert dict(weight_shapes(12, config)) == {name: w.shape for name, w in weights.items()}
    check_weights(weights, 12, config)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"hidden_size": 6}, r"recurrent.weight_ih_l0: expected shape \(24, 4\).* got \(20, 4\)"),
        ({"cell": "gru"}, r"recurrent.weight_ih_l0: expected shape \(15, 4\)"),
        ({"num_layers": 3}, "expected recurrent.weight_ih_l2 .* got none"),
        ({"embedding_size": 3}, r"embedding.weight: expected shape \(7, 3\)"),
        ({"tied": True}, r"expected projection.weight \(4, 5\)"),
    ],
)
def test_settings_that_do_not_fit(settings, words):
    known = {"hidden_size": 5, "num_layers": 2, "embedding_size": 4}
    weights = LanguageNetwork(7, LanguageModelConfig(**known)).state_dict()
    with pytest.raises(ValueError, match=words):
        check_weights(weights, 7, LanguageModelConfig(**{**known, **settings}))


ENORMOUS = ("hidden_size", "num_layers", "embedding_size")


@pytest.mark.parametrize(
    "names", [set_ for n in (1, 2, 3) for set_ in itertools.combinations(ENORMOUS, n)]
)
def test_enormous_settings_take_no_memory(names):
    weights = {"embedding.weight": np.zeros((7, 5)), "output.weight": np.zeros((7, 5))}
    config = LanguageModelConfig(**{"hidden_size": 5, **dict.fromkeys(names, 10**12)})
    tracemalloc.start()
    try:
        with pytest.raises(ValueError, match="as the settings ask for"):
            check_weights(weights, 7, config)
        assert tracemalloc.get_traced_memory()[1] < 100_000
    finally:
        tracemalloc.stop()
