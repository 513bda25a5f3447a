"""Which settings an encoder has a use for, and what is said of the others."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
import pytest

from pyrnn.models import ClassifierConfig, SequenceClassifier
from pyrnn.models.encoders import ENCODERS

OTHER = {
    "cell": "gru",
    "hidden_size": 7,
    "num_layers": 2,
    "bidirectional": True,
    "embedding_size": 7,
    "pooling": "max",
    "dropout_input": 0.1,
    "dropout_between": 0.1,
    "dropout_output": 0.1,
    "init": "torch",
    "vectors": "some.vec",
    "freeze_embedding": True,
    "start_from": "lm",
    "widths": (2,),
    "layer_norm": True,
    "recompute": 7,
    "zoneout": (0.5, 0.25),
    "recurrent_dropout": 0.5,
    "weight_drop": 0.5,
    "filters": 7,
    "window": 7,
    "ngrams": 2,
    "buckets": 7,
}


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        (
            {"layer_norm": True, "cell": "rnn_tanh"},
            "layer_norm: .* for cell='lstm' or 'gru'; got True",
        ),
        ({"layer_norm": True, "cell": "lstm_coupled"}, "layer_norm: .*cell='lstm_coupled'"),
        ({"zoneout": (0.1, 0.2), "cell": "gru"}, r"zoneout: .* no c; got \(0.1, 0.2\)"),
        ({"zoneout": 1.0}, "zoneout: expected a number of at least 0 and less than 1, or two"),
        ({"recurrent_dropout": 1.0}, "recurrent_dropout: .*; got 1.0"),
        ({"weight_drop": -0.1}, "weight_drop: .*; got -0.1"),
    ],
)
def test_layers_that_cannot_be(settings, words):
    with pytest.raises(ValueError, match=words):
        ClassifierConfig(**settings)
    others = {name: value for name, value in settings.items() if name in OTHER}
    with pytest.raises(ValueError):
        ClassifierConfig(encoder="bag", **others)


def test_every_setting_is_here():
    assert set(OTHER) == {name for entry in ENCODERS.values() for name in entry.settings}
    defaults = {field.name: field.default for field in fields(ClassifierConfig)}
    assert not [name for name, value in OTHER.items() if value == defaults[name]]


@pytest.mark.parametrize("name", OTHER)
@pytest.mark.parametrize("encoder", ENCODERS)
def test_a_setting_without_a_use_is_refused(encoder, name):
    more = {"num_layers": 2} if name == "dropout_between" and encoder == "recurrent" else {}
    settings = {"encoder": encoder, name: OTHER[name], **more}
    if name == "freeze_embedding" and "vectors" in ENCODERS[encoder].settings:
        settings["vectors"] = OTHER["vectors"]
    if name in ENCODERS[encoder].settings:
        assert getattr(ClassifierConfig(**settings), name) == OTHER[name]
        return
    words = f"{name}: expected .* with encoder='{encoder}', which has no use for it; got "
    with pytest.raises(ValueError, match=words):
        ClassifierConfig(**settings)


@pytest.mark.parametrize("name", ["ngrams", "buckets"])
def test_frames_have_no_ngrams(name):
    model = SequenceClassifier(encoder="bag", **{name: OTHER[name]})
    with pytest.raises(ValueError, match=f"{name}: expected .* with frames of numbers"):
        model.for_data([np.zeros((2, 3)), np.ones((1, 3))], [0, 1])


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"widths": ()}, "widths: expected rising whole numbers of at least 1; got"),
        ({"widths": (3, 2)}, "widths: expected rising whole numbers"),
        ({"widths": (0, 2)}, "widths: expected rising whole numbers"),
        ({"filters": 0}, "filters: expected a whole number"),
        ({"window": 0, "encoder": "window"}, "window: expected a whole number"),
    ],
)
def test_sizes_that_are_none(settings, words):
    with pytest.raises(ValueError, match=words):
        ClassifierConfig(**{"encoder": "conv", **settings})


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({}, "1 x 128 lstm"),
        (
            {"cell": "gru", "bidirectional": True, "num_layers": 2, "hidden_size": 9},
            "both ways, 2 x 9 gru",
        ),
        ({"encoder": "conv"}, "conv 3,4,5 x 100"),
        ({"encoder": "window", "window": 7}, "window of 7 x 128"),
        ({"encoder": "bag"}, "bag"),
        ({"encoder": "bag", "ngrams": 2, "buckets": 9}, "bag of 2-grams"),
    ],
)
def test_in_short(settings, words):
    model = SequenceClassifier(**settings).for_data(["a b", "c"], ["x", "y"])
    assert model.in_short() == f"5 words -> 2 labels, {words}"


@pytest.mark.parametrize("unit", ["words", "characters", "bytes"])
def test_text_is_normalized_as_its_unit_has_it(unit):
    """NFC, but for bytes, which are read as they are."""
    texts = ["cafe\u0301 b", "caf\u00e9 a"]
    model = SequenceClassifier(encoder="bag", unit=unit).for_data(texts, ["x", "y"])
    same = model.sequence("cafe\u0301").tolist() == model.sequence("caf\u00e9").tolist()
    assert same is (unit != "bytes")
    assert SequenceClassifier.Config.from_json({"normalization": "NFC"}).normalization == "NFC"
