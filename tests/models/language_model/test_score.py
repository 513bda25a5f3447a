"""Scores: log-likelihoods token by token, and what is computed from them."""

from __future__ import annotations

import math
import re

import numpy as np
import pytest

from pyrnn import no_grad
from pyrnn.data import Corpus, EvaluationStreams, UnknownTokenError
from pyrnn.models import LanguageModel, LanguageModelConfig
from pyrnn.models.language_model import reading
from pyrnn.models.stack_settings import LAYERS


def by_hand(model, text):
    """ln p of each token but the first, from one pass over the whole text."""
    ids = model.tokenizer.encode(text)
    with no_grad():
        logits = model.network(ids[:-1, None])[0].numpy()[:, 0]
    shifted = logits - logits.max(axis=1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    return log_p[np.arange(len(ids) - 1), ids[1:]]


@pytest.mark.parametrize("cell", LAYERS)
@pytest.mark.parametrize("chunk", [1, 7, 1000])
def test_pieces_with_a_carried_state_give_one_long_pass(noise, small, monkeypatch, cell, chunk):
    monkeypatch.setattr(reading, "CHUNK", chunk)
    model, text = small(cell=cell, num_layers=2), noise(50)
    score = model.score(text)
    # float64: pieces of another length may add in another order
    np.testing.assert_allclose(score.log_likelihoods, by_hand(model, text), rtol=0, atol=1e-12)
    assert score.tokens == tuple(text[1:])


def test_sum_mean_perplexity_and_bits(noise, small):
    model, text = small(), noise(80)
    score = model.score(text)
    assert score.log_likelihoods.shape == (79,)
    assert (score.log_likelihoods < 0).all()
    assert score.total == pytest.approx(np.sum(score.log_likelihoods), rel=1e-12)
    assert score.mean == pytest.approx(score.total / 79, rel=1e-12)
    assert model.perplexity(text) == pytest.approx(math.exp(-score.mean), rel=1e-12)
    assert score.bits_per_character == pytest.approx(-score.mean / math.log(2), rel=1e-12)


def test_probabilities_of_all_continuations_add_up_to_one(small):
    model = small()
    letters = model.tokenizer.vocabulary
    total = sum(
        math.exp(model.score(one + two, context="ab").total) for one in letters for two in letters
    )
    assert total == pytest.approx(1.0, rel=1e-12)


def test_a_context_is_read_and_not_scored(noise, small):
    model, text = small(), noise(40)
    whole, part = model.score(text), model.score(text[25:], context=text[:25])
    assert part.tokens == whole.tokens[24:]
    np.testing.assert_array_equal(part.log_likelihoods, whole.log_likelihoods[24:])
    assert part.characters == 15


def test_bits_per_character_where_tokens_are_no_characters():
    text = "grüße an alle, grüße\nan dich\n"
    for unit in ("bytes", "words"):
        model = LanguageModel.for_text(text, LanguageModelConfig(unit=unit, hidden_size=4))
        score = model.score(text)
        first = {"bytes": "g", "words": "grüße"}[unit]
        assert score.characters == len(text) - len(first)
        nats = -score.total / score.characters
        assert score.bits_per_character == pytest.approx(nats / math.log(2), rel=1e-12)


@pytest.mark.parametrize(
    ("text", "tokens", "characters"),
    [
        ("the cat", 1, 4),
        ("a cat", 1, 4),  # an unknown word has the characters that stand there, not those of <unk>
        ("I the", 1, 4),
        ("x cat sat", 2, 8),
        ("unknowable cat", 1, 4),
        ("  x\tcat", 1, 4),  # what stands before the first word is no other's
        (" \ncat", 1, 3),  # the first token is the end of the line
        ("İx cat", 1, 4),  # two characters, of which lower case makes three
    ],
)
def test_characters_are_those_of_the_text(text, tokens, characters):
    config = LanguageModelConfig(unit="words", hidden_size=8, lowercase=True)
    score = LanguageModel.for_text("the cat sat\n" * 5, config).score(text)
    assert (len(score.tokens), score.characters) == (tokens, characters)
    assert score.bits_per_character == pytest.approx(-score.total / math.log(2) / characters)


def measured(model, text, streams):
    """The metrics over streams, as a validation finds them."""
    metric = model.metrics(Corpus.of(text))
    for batch, found in model.evaluated(streams):
        model.measure(metric, batch, found)
    return metric.compute()


@pytest.mark.parametrize("context", [0, 5])
@pytest.mark.parametrize("batch_size", [1, 3])
def test_evaluation_in_parallel_streams(noise, small, batch_size, context):
    model, text = small(), noise(100)
    ids = model.tokenizer.encode(text)
    streams = EvaluationStreams(ids, batch_size, 8, context)
    found = measured(model, text, streams)
    assert streams.batch_size == batch_size
    # Each stream scored for itself: all of the first, the others after their context
    length = -(-(99 + (batch_size - 1) * context) // batch_size)
    nats = 0.0
    for row in range(batch_size):
        start = row * (length - context)
        part = reading.log_likelihoods(model.network, ids[start : start + length + 1])
        nats -= part[context if row else 0 :].sum()
    assert found["loss"] == pytest.approx(nats / 99, rel=1e-12)
    assert found["perplexity"] == pytest.approx(math.exp(nats / 99), rel=1e-12)
    assert found["bits_per_character"] == pytest.approx(nats / 99 / math.log(2), rel=1e-12)


def test_one_stream_is_the_score(noise, small):
    model, text = small(), noise(100)
    streams = EvaluationStreams(model.tokenizer.encode(text), 1, 8)
    found = measured(model, text, streams)
    assert found == pytest.approx(model.score(text).evaluation.compute(), rel=1e-12)


def test_texts_that_cannot_be_scored(small):
    model = small()
    with pytest.raises(ValueError, match="at least 2 tokens to score; got 1"):
        model.score("a")
    with pytest.raises(ValueError, match="at least 1 tokens to score; got 0"):
        model.score("", context="a")
    with pytest.raises(UnknownTokenError, match=r"'z' .* at position 2 \(line 1, column 3\)"):
        model.score("abz")


def test_a_score_shows_itself_in_a_line():
    score = LanguageModel.for_text("ab\n" * 5, LanguageModelConfig(hidden_size=4)).score(
        "ab" * 5000
    )
    assert re.fullmatch(
        r"Score\(9,999 tokens: -\d\.\d+ nats a token, perplexity \d\.\d+\)", repr(score)
    )
