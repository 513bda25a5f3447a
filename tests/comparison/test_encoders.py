"""The same settings for several encoders."""

from __future__ import annotations

from dataclasses import fields

import pytest

from pyrnn.comparison.encoders import hidden_size, of_encoder, useless
from pyrnn.models.classifier import ClassifierConfig
from pyrnn.models.encoders.settings import ENCODERS

GIVEN = {"hidden_size": 7, "ngrams": 3, "unit": "characters", "encoder": "recurrent", "patience": 9}


@pytest.mark.parametrize("encoder", ENCODERS)
def test_a_setting_goes_to_those_that_have_it(encoder: str) -> None:
    config = of_encoder(ClassifierConfig, GIVEN, encoder)
    assert (config.encoder, config.unit) == (encoder, "characters")
    defaults = {field.name: field.default for field in fields(config)}
    for name in ("hidden_size", "ngrams"):
        own = name in ENCODERS[encoder].settings
        assert getattr(config, name) == (GIVEN[name] if own else defaults[name])
    assert hidden_size(config) == (7 if "hidden_size" in ENCODERS[encoder].settings else None)


def test_what_no_encoder_has_a_use_for() -> None:
    assert useless(ENCODERS) == []
    assert "ngrams" in useless(["recurrent"])
    assert "ngrams" not in useless(["recurrent", "bag"])
    assert "hidden_size" in useless(["bag"])


def test_an_error_names_the_setting() -> None:
    with pytest.raises(ValueError, match="ngrams: expected a whole number"):
        of_encoder(ClassifierConfig, {"ngrams": 0}, "bag")
    of_encoder(ClassifierConfig, {"ngrams": 0}, "recurrent")  # it is none of its settings
