"""Both softmaxes are trained and timed; other texts than the published ones are noticed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from benchmarks.agreement import DisagreementError
from benchmarks.quality import word_models
from benchmarks.quality.word_corpora import CORPORA
from benchmarks.timing import Plan
from pyrnn.data import Parts
from pyrnn.models import LanguageModel

TINY = {"hidden_size": 8}


@pytest.fixture
def parts() -> Parts:
    """Texts of words with a share of about 1/rank."""
    rng = np.random.default_rng(0)
    words = [f"w{k}" for k in range(200)]
    shares = 1 / np.arange(1, 201)

    def text(lines: int) -> str:
        drawn = rng.choice(words, size=(lines, 12), p=shares / shares.sum())
        return "".join(f" {' '.join(line)} \n" for line in drawn)

    return Parts(text(400), text(30), text(30))


def test_both_are_trained_and_compared(parts: Parts) -> None:
    options = replace(word_models.OPTIONS, batch_size=4, epochs=None, max_steps=20)
    rows = [
        word_models.train("ptb", parts, softmax, options, check=False, **TINY)
        for softmax in word_models.SOFTMAXES
    ]
    assert [row["softmax"] for row in rows] == ["full", "adaptive"]
    assert rows[0]["cutoffs"] is None
    assert len(rows[1]["cutoffs"]) == 2
    assert all(1 < p < 250 for row in rows for p in row["perplexity"].values())
    ratio = rows[1]["perplexity"]["test"] / rows[0]["perplexity"]["test"]
    assert word_models.summary(rows)["test"] == pytest.approx(ratio, abs=1e-4)
    assert "adaptive / full" in "\n".join(word_models.show("ptb", rows))


def test_steps_are_timed_in_turns(parts: Parts, plan: Plan) -> None:
    row = word_models.speed(parts, 1, plan, **TINY)
    assert row["tokens_per_second"].keys() == {"full", "adaptive"}
    assert row["ratio"]["minimum"] <= row["ratio"]["median"]
    assert row["V"] > 150
    assert "times as fast" in word_models.show_speed("ptb", row)


def test_other_texts_are_noticed(parts: Parts) -> None:
    model = LanguageModel.for_text(parts.train, word_models.CONFIG)
    with pytest.raises(DisagreementError, match=r"ptb: expected \(929589, 73760, 82430\) tokens"):
        word_models.check_counts("ptb", parts, model)


@pytest.mark.parametrize("name", CORPORA)
def test_a_corpus_is_read(name: str, data_file: Callable) -> None:
    corpus = CORPORA[name]
    path = data_file(corpus.files[1])
    for other in corpus.files:
        data_file(other)
    parts = corpus.read(path.parents[1])
    assert len(parts.valid.split()) + parts.valid.count("\n") == corpus.tokens[1]
