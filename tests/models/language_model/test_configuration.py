"""LanguageModelConfig: what is refused, and the vocabulary that it asks for."""

from __future__ import annotations

import json

import pytest

from pyrnn.data import TOKENIZERS
from pyrnn.kernels.stack import gates
from pyrnn.models import LanguageModelConfig, LanguageNetwork
from pyrnn.models.stack_settings import LAYERS
from pyrnn.nn.initializers import RECURRENT


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("unit", "letters"),
        ("unknown", "skip"),
        ("cell", "transformer"),
        ("dtype", "float16"),
        ("init", "ones"),
        ("init", "identity"),  # with an LSTM
        ("init", ["torch"]),
        ("hidden_size", 0),
        ("num_layers", 1.5),
        ("embedding_size", -3),
        ("min_count", 0),
        ("max_vocabulary", 0),
        ("seed", -1),
        ("tied", "yes"),
        ("tied", None),
        ("lowercase", 1),
        ("dropout_input", 1.0),
        ("dropout_output", -0.1),
        ("dropout_between", float("nan")),
        ("dropout_between", 0.5),  # with one layer
    ],
)
def test_settings_outside_their_range(name, value):
    with pytest.raises(ValueError, match=f"^{name}: expected .* got "):
        LanguageModelConfig(**{name: value})


@pytest.mark.parametrize("cell", LAYERS)
@pytest.mark.parametrize("unit", TOKENIZERS)
def test_json_round_trip(cell, unit):
    config = LanguageModelConfig(cell=cell, unit=unit, num_layers=2, dropout_between=0.1)
    assert LanguageModelConfig.from_json(json.loads(json.dumps(config.to_json()))) == config


def test_a_setting_that_does_not_exist():
    with pytest.raises(
        ValueError,
        match=r"^LanguageModelConfig: width: expected a setting",
    ):
        LanguageModelConfig.from_json({"width": 3})


@pytest.mark.parametrize(
    ("settings", "size"),
    [
        ({}, 4),
        ({"unknown": "replace", "max_vocabulary": 3}, 3),
        ({"unit": "bytes"}, 256),
        ({"unit": "words"}, 4),  # b, A, <eos>, <unk>
        ({"unit": "words", "unknown": "error"}, 3),
        ({"unit": "words", "min_count": 2}, 3),
        ({"unit": "words", "lowercase": True}, 4),
    ],
)
def test_the_vocabulary(settings, size):
    assert LanguageModelConfig(**settings).tokenizer("b b\nA").size == size


@pytest.mark.parametrize(
    ("settings", "name"),
    [
        ({"lowercase": True}, "lowercase"),
        ({"min_count": 2}, "unknown"),
        ({"max_vocabulary": 3}, "unknown"),
        ({"unit": "words", "unknown": "error", "min_count": 2}, "unknown"),
        ({"unit": "bytes", "min_count": 2}, "min_count"),
        ({"unit": "bytes", "max_vocabulary": 200}, "max_vocabulary"),
        ({"unit": "bytes", "unknown": "error"}, "unknown"),
        ({"unit": "bytes", "lowercase": True}, "lowercase"),
    ],
)
def test_settings_that_the_unit_does_not_have_are_refused_at_once(settings, name):
    with pytest.raises(ValueError, match=f"^{name}: expected .* got "):
        LanguageModelConfig(**settings)


@pytest.mark.parametrize("init", RECURRENT)
@pytest.mark.parametrize("cell", LAYERS)
def test_every_initializer_that_is_taken_can_be_made(cell, init):
    if init == "identity" and gates(cell) > 1:
        with pytest.raises(ValueError, match=f"^init: .* cell='{cell}'"):
            LanguageModelConfig(cell=cell, init=init)
    else:
        LanguageNetwork(3, LanguageModelConfig(cell=cell, init=init, hidden_size=2))


def test_the_embedding_is_as_wide_as_the_layers_unless_told():
    assert LanguageModelConfig(hidden_size=7).embedding == 7
    assert LanguageModelConfig(hidden_size=7, embedding_size=3).embedding == 3
