"""What a translator may be made of, and how it decodes."""

from __future__ import annotations

import pytest

from pyrnn.models import Decoding, Seq2Seq, Seq2SeqConfig, Seq2SeqOptions
from pyrnn.models.seq2seq import Seq2SeqColumns


def test_the_defaults():
    config = Seq2SeqConfig()
    assert (config.cell, config.bidirectional, config.attention) == ("gru", True, "additive")
    assert (config.unit, config.unit_of_targets) == ("words", "words")
    assert Seq2SeqConfig(unit="characters").unit_of_targets == "characters"
    assert Seq2SeqConfig(unit="characters", target_unit="bytes").unit_of_targets == "bytes"
    assert Seq2SeqConfig(unit="regex", pattern=r"\S+").unit_of_targets == "words"
    assert Seq2SeqConfig(cell="rnn").cell == "rnn_tanh"


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"attention": "soft"}, "attention: expected one of additive, dot, general, last, none"),
        ({"attention": "dot", "attention_size": 4}, "attention_size: expected None with"),
        ({"shared_vocabulary": True, "target_unit": "bytes"}, "target_unit: expected 'words'"),
        ({"target_unit": "regex"}, "target_unit: expected one of words, characters"),
        ({"unit": "regex"}, "pattern: expected a regular expression with unit='regex'"),
        ({"dropout_between": 0.1}, "dropout_between: expected 0 with one layer"),
        ({"input_feeding": False, "attention": "last"}, "input_feeding: expected True with"),
        ({"tied": True, "attention": "none", "embedding_size": 3}, "tied: expected embedding_size"),
        ({"min_count": 0}, "min_count: expected a whole number"),
        ({"keep": "first"}, "keep: expected 'last' with max_length=None; got 'first'"),
    ],
)
def test_settings_that_do_not_go_together(settings, words):
    with pytest.raises(ValueError, match=words):
        Seq2Seq(**settings)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"nbest": 2}, "nbest: expected at most beam, 1; got 2"),
        ({"beam": 2, "sample": True}, "beam: expected 1 with sample=True; got 2"),
        ({"temperature": 0.5}, "temperature: expected 1.0 with sample=False; got 0.5"),
        ({"top_k": 3}, "top_k: expected None with sample=False; got 3"),
        ({"samples": 3}, "samples: expected 1 with sample=False; got 3"),
        ({"length_penalty": 1.0}, "length_penalty: expected 0.6 with beam=1; got 1.0"),
        ({"beam": 0}, "beam: expected"),
        ({"max_length": 0}, "max_length: expected"),
        ({"length_penalty": -1}, "length_penalty: expected"),
        ({"top_p": 0.0, "sample": True}, "top_p: expected"),
    ],
)
def test_decoding_that_cannot_be(settings, words):
    with pytest.raises(ValueError, match=words):
        Decoding(**settings)
    model = Seq2Seq(hidden_size=3).for_data(["a"], ["b"])
    with pytest.raises(ValueError, match=words):
        model.predict(["a"], **settings)
    with pytest.raises(ValueError, match=words):
        model.evaluate(["a"], ["b"], **settings)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"teacher_forcing_schedule": "constant"}, "teacher_forcing_schedule: expected 'linear'"),
        ({"teacher_forcing_epochs": 2}, "teacher_forcing_epochs: expected 5.0 with"),
    ],
)
def test_options_without_use(options, words):
    with pytest.raises(ValueError, match=words):
        Seq2SeqOptions(**options)
    assert Seq2SeqOptions(**options, teacher_forcing=0.5).forced(9) == 0.5


def test_a_name_that_is_none():
    model = Seq2Seq(hidden_size=3).for_data(["a"], ["b"])
    with pytest.raises(TypeError, match="beams: expected a setting of Decoding"):
        model.predict(["a"], beams=3)
    with pytest.raises(TypeError, match="decoding: expected Decoding"):
        model.predict(["a"], decoding=3)


@pytest.mark.parametrize(
    ("schedule", "half", "end"),
    [("constant", 0.5, 0.5), ("linear", 0.75, 0.5), ("exponential", 0.541, 0.5),
     ("sigmoid", 0.75, 0.5)],
)  # fmt: skip
def test_the_share_of_teacher_forcing(schedule, half, end):
    options = Seq2SeqOptions(
        teacher_forcing=0.5, teacher_forcing_schedule=schedule, teacher_forcing_epochs=4
    )
    assert options.forced(2) == pytest.approx(half, abs=1e-3)
    assert options.forced(4) == options.forced(9) == end
    falling = [options.forced(k / 10) for k in range(60)]
    assert falling == sorted(falling, reverse=True)
    assert 0.5 <= falling[-1] <= falling[0] <= 1


def test_columns_that_do_not_go_together():
    with pytest.raises(ValueError, match="source_column: expected None beside text; got 'x'"):
        Seq2SeqColumns(text="y", source_column="x")
    with pytest.raises(ValueError, match="features: expected one of text, series"):
        Seq2SeqColumns(text="y", features=("x",))
