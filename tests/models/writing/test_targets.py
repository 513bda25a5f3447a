"""Texts to ids, and back to texts that read as they were written."""

from __future__ import annotations

import pytest

from pyrnn.models import Seq2Seq, Seq2SeqConfig
from pyrnn.models.writing.targets import MANY, Targets, raw_tokens, vectorizer_of

TEXTS = ["A man, who \u201cwaits\u201d.", "Two dogs (one black) run!", "na\u00efve 3.5 % T-Shirt's"]


def targets_of(unit, texts=TEXTS, **settings):
    if unit == "subwords":
        pytest.importorskip("tokenizers")
    config = Seq2SeqConfig(**settings)
    return Targets.fit(vectorizer_of("targets", texts, config, unit, len(texts)), texts)


@pytest.mark.parametrize("unit", ["words", "characters", "bytes", "subwords"])
def test_a_text_comes_back(unit):
    targets = targets_of(unit)
    for text in TEXTS:
        ids = targets.encode(text)
        assert ids[-1] == targets.vectorizer.end_id == 3
        assert targets.text(ids[:-1].tolist(), {}) == text
        assert len(targets.tokens(ids[:-1].tolist(), {})) == len(ids) - 1
    assert targets.longest == max(len(targets.encode(text)) - 1 for text in TEXTS)
    assert targets.encode("").tolist() == [3]


def test_words_are_copied_where_they_are_unknown():
    targets = targets_of("words")
    ids = targets.encode("Two unicorns, who run!")[:-1].tolist()
    assert ids[1] == 1
    assert targets.text(ids, {1: "Einh\u00f6rner"}) == "Two Einh\u00f6rner, who run!"
    assert targets.tokens(ids, {1: "x"}) == ("Two", "x", ",", "who", "run", "!")
    assert targets.text(ids, {}) == "Two <unk>, who run!"


def test_raw_tokens_keep_their_case():
    config = Seq2SeqConfig(lowercase=True)
    vectorizer = vectorizer_of("sources", ["ein haus"], config, "words", 1)
    assert raw_tokens(vectorizer, "Ein HAUS") == ["Ein", "HAUS"]
    assert raw_tokens(vectorizer, "") == []


def test_how_rare_a_word_is_unknown():
    """With few pairs none is; with many, words that stand once, so that copying is learnt."""
    texts = [f"word{k // 2}" for k in range(MANY - 1)] + ["once"]
    config = Seq2SeqConfig()
    few = vectorizer_of("targets", texts[1:], config, "words", len(texts) - 1)
    many = vectorizer_of("targets", texts, config, "words", len(texts))
    assert few.encode("once")[0] != 1
    assert many.encode("once")[0] == 1
    assert many.encode("word0")[0] != 1
    every = vectorizer_of("targets", texts, Seq2SeqConfig(min_count=1), "words", len(texts))
    assert every.encode("once")[0] != 1
    letters = vectorizer_of("targets", ["a" * MANY, "b"], config, "characters", MANY)
    assert letters.encode("b")[0] != 1


@pytest.mark.parametrize("texts", [["", " "], ["\n"]])
def test_no_token_at_all(texts):
    with pytest.raises(ValueError, match="targets: expected at least one token"):
        Seq2Seq().for_data(["a"] * len(texts), texts)
    with pytest.raises(ValueError, match="sources: expected at least one token"):
        Seq2Seq().for_data(texts, ["a"] * len(texts))


@pytest.mark.parametrize(
    "content",
    [None, {}, {"longest": 2}, {"longest": -1, "vectorizer": {}}, {"longest": 10**9},
     {"longest": "2"}, {"longest": True, "vectorizer": {"kind": "text"}}],
)  # fmt: skip
def test_content_that_is_none(content):
    with pytest.raises((ValueError, KeyError, TypeError)):
        Targets.from_json(content, None)


def test_a_vectorizer_without_marks_is_refused():
    from pyrnn.data import TextVectorizer

    with pytest.raises(ValueError, match="marks: expected ids for start and end"):
        Targets(TextVectorizer.fit(["a"]), 3)
