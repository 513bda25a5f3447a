"""BLEU, chrF and exact matches beside numbers by hand and sacrebleu's own."""

from __future__ import annotations

import math
import sys

import pytest

from pyrnn.metrics import ExactMatch, Metric, MissingSacrebleuError, Translation

MAT = "the cat sat on the mat"


def scored(references, hypotheses, **how):
    pytest.importorskip("sacrebleu")
    metric = Translation(**how)
    metric.update(references, hypotheses)
    return metric.compute()


@pytest.mark.parametrize(
    ("reference", "hypothesis", "bleu"),
    [
        (MAT, "", 0.0),  # browsermt/students 10
        ("the cat sat on a mat", MAT, 53.7285),
        (MAT, "the cat sat on the", 81.8731),
        (MAT, MAT, 100.0),
    ],
)
def test_bleu_of_one_sentence(reference, hypothesis, bleu):
    found = scored([reference], [hypothesis])
    assert found["bleu"] == pytest.approx(bleu, abs=5e-5)
    assert found["exact_match"] == (reference == hypothesis)


def test_bleu_by_hand():
    # five of six words, three of five pairs, two of four triples, one of three fours
    expected = 100 * (5 / 6 * 3 / 5 * 2 / 4 * 1 / 3) ** 0.25
    assert scored(["the cat sat on a mat"], [MAT])["bleu"] == pytest.approx(expected)
    # four, three, two, one of as many; one word of six is missing
    assert scored([MAT], ["the cat sat on the"])["bleu"] == pytest.approx(100 * math.exp(1 - 6 / 5))


def test_bleu_is_on_natural_text():
    # sacrebleu 162: what has been cut into tokens is counted twice
    reference = "It's cold, isn't it?"
    natural = scored([reference], [reference])["bleu"]
    cut = scored([reference], ["It 's cold , is n't it ?"])["bleu"]
    assert natural == pytest.approx(100)
    assert cut < 60


def test_chrf_by_hand():
    # one letter of each: all character n-grams that both have agree, of order 1 alone
    assert scored(["a"], ["a"])["chrf"] == pytest.approx(100)
    assert scored(["a"], ["b"])["chrf"] == 0


def test_the_whole_counts_however_it_is_cut():
    pytest.importorskip("sacrebleu")
    references = [MAT, "a dog", "", "yes", "no more"]
    hypotheses = ["the cat sat on a mat", "a dog", "x", "", "no more of it"]
    whole, parts, other = Translation(), Translation(), Translation()
    whole.update(references, hypotheses)
    parts.update(references[:2], hypotheses[:2])
    other.update(tuple(references[2:]), tuple(hypotheses[2:]))
    metric: Metric = parts
    metric.merge(other)
    assert parts.compute() == whole.compute()
    assert whole.compute()["exact_match"] == 1 / 5


def test_the_numbers_are_sacrebleus():
    sacrebleu = pytest.importorskip("sacrebleu")
    references = [MAT, "two dogs bark", "Hello, world!"]
    hypotheses = ["the cat sat on a mat", "two dog bark", "Hello world!"]
    found = scored(references, hypotheses)
    assert found["bleu"] == sacrebleu.corpus_bleu(hypotheses, [references]).score
    assert found["chrf"] == sacrebleu.corpus_chrf(hypotheses, [references]).score


def test_signatures_say_how_it_was_computed():
    sacrebleu = pytest.importorskip("sacrebleu")
    metric = Translation(tokenize="char")
    metric.update([MAT], [MAT])
    metric.compute()
    assert set(metric.signatures) == {"bleu", "chrf"}
    assert "tok:char" in metric.signatures["bleu"]
    assert all(f"version:{sacrebleu.__version__}" in one for one in metric.signatures.values())


def test_exact_matches_need_no_library(monkeypatch):
    monkeypatch.setitem(sys.modules, "sacrebleu", None)
    metric = ExactMatch()
    metric.update(["a", "b", ""], ["a", "B", ""])
    assert metric.compute() == {"exact_match": 2 / 3}


def test_without_sacrebleu(monkeypatch):
    for name in ("sacrebleu", "sacrebleu.metrics"):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(MissingSacrebleuError, match=r"bleu and chrf need sacrebleu.*pip install"):
        Translation()


@pytest.mark.parametrize(
    ("references", "hypotheses", "error", "words"),
    [
        (["a"], ["a", "b"], ValueError, "hypotheses: expected 1, one for each reference; got 2"),
        ("a", ["a"], TypeError, "references: expected a list of texts; got one text"),
        (["a"], [None], TypeError, r"hypotheses\[0\]: expected a text; got NoneType None"),
    ],
)
def test_what_are_no_texts(references, hypotheses, error, words):
    pytest.importorskip("sacrebleu")
    metric = Translation()
    with pytest.raises(error, match=words):
        metric.update(references, hypotheses)
    with pytest.raises(ValueError, match="examples: expected at least one; got none"):
        metric.compute()


def test_other_words():
    pytest.importorskip("sacrebleu")
    with pytest.raises(ValueError, match=r"tokenize: expected one of .*13a.*; got 'klingon'"):
        Translation(tokenize="klingon")
    with pytest.raises(ValueError, match="tokenize: expected '13a'; got 'intl'"):
        Translation().merge(Translation("intl"))
