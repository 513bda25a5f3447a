"""Completions beside what scoring says about all that could come."""

from __future__ import annotations

import math
from itertools import product

import numpy as np
import pytest

from pyrnn.data import UnknownTokenError
from pyrnn.models import Completion, LanguageModel, LanguageModelConfig, LanguageModelOptions
from pyrnn.models.language_model.completion.completion import distinct
from pyrnn.models.stack_settings import LAYERS

LETTERS = "ab .\n"
TEXT = "the cat sat on the mat\nthe dog sat on the log\nthe catalogue\n"


@pytest.fixture
def model():
    config = LanguageModelConfig(hidden_size=7, dtype="float64", seed=2)
    return LanguageModel.for_text(LETTERS, config)


@pytest.fixture(scope="module")
def trained():
    """trained(unit): a model that knows TEXT by heart."""
    known = {}

    def make(unit):
        if unit not in known:
            config = LanguageModelConfig(unit=unit, hidden_size=32)
            known[unit] = LanguageModel.for_text(TEXT, config)
            options = LanguageModelOptions(batch_size=2, bptt=20, max_steps=250, learning_rate=0.02)
            known[unit].fit(TEXT * 10, options=options)
        return known[unit]

    return make


def log_likelihood(model, text, prefix):
    return model.score(text, prefix).total if text else 0.0


def ended(model, text, prefix, ends):
    """ln p(text, then one of these characters | prefix)"""
    likelihoods = [log_likelihood(model, text + character, prefix) for character in ends]
    return math.log(math.fsum(map(math.exp, likelihoods)))


def agree(found, expected):
    """found: completions; expected: {text: log-likelihood}, of which they should be the best."""
    best = sorted(expected, key=lambda text: (-expected[text], text))[: len(found)]
    assert [one.text for one in found] == best
    # sums of a few logarithms, each from logits good to 1e-14
    likelihoods = [one.log_likelihood for one in found]
    np.testing.assert_allclose(likelihoods, [expected[text] for text in best], rtol=1e-11)


@pytest.mark.parametrize("prefix", ["a", "b ", "", "ab.\nb"])
def test_words_of_characters(model, prefix):
    expected = {}
    for lead in ("", " ", ".", "  ", " .", ". ", ".."):
        for letters in range(1, 4 - len(lead)):
            for word in map("".join, product("ab", repeat=letters)):
                text = lead + word
                if len(text) < 3:
                    expected[text] = ended(model, text, prefix or "\n", " .\n")
                else:
                    expected[text] = log_likelihood(model, text, prefix or "\n")
    found = model.complete(prefix, 8, length=3, beam=200)
    agree([one for one in found if one.text in expected], expected)
    for one in found:
        assert one.finished == (len(one.text) < 3)
        assert one.probability == math.exp(one.log_likelihood)
        if one.text not in expected:  # nothing but blanks and stops, as long as was allowed
            assert one.text.strip(" .") == ""
            assert one.log_likelihood == pytest.approx(
                log_likelihood(model, one.text, prefix or "\n")
            )


def test_lines_of_characters(model):
    expected = {
        text: ended(model, text, "a", "\n") if len(text) < 3 else log_likelihood(model, text, "a")
        for n in (1, 2, 3)
        for text in map("".join, product("ab .", repeat=n))
    }
    agree(model.complete("a", 20, length=3, beam=200, until="line"), expected)


def test_so_many_characters(model):
    expected = {
        text: log_likelihood(model, text, "a") for text in map("".join, product(LETTERS, repeat=3))
    }
    found = model.complete("a", 20, length=3, beam=200, until="length")
    agree(found, expected)
    assert not any(one.finished for one in found)


def words_model(**settings):
    config = LanguageModelConfig(unit="words", hidden_size=7, dtype="float64", **settings)
    return LanguageModel.for_text("da dark darkness night day\n", config)


def test_the_next_word():
    model = words_model()
    for prefix in ("", "night ", "night\n", "day dark  "):
        expected = {
            word: log_likelihood(model, word, prefix or "\n")
            for word in ["da", "dark", "darkness", "night", "day"]
        }
        agree(model.complete(prefix, 9), expected)
        assert len(model.complete(prefix, 9)) == 5  # neither <unk> nor <eos>


def test_the_rest_of_a_word():
    model = words_model()
    vocabulary = ["da", "dark", "darkness", "night", "day"]

    def p(text):
        return log_likelihood(model, text, "night")

    all_begun = math.log(sum(math.exp(p(word)) for word in ("dark", "darkness")))
    expected = {"ness": p("darkness") - all_begun}
    expected |= {f" {word}": p(f"dark {word}") - all_begun for word in vocabulary}
    agree(model.complete("night dark", 9), expected)
    # they are all that can come but for <unk> and <eos>
    lost = math.fsum(map(math.exp, (p("dark zzz") - all_begun, p("dark\n") - all_begun)))
    assert math.fsum(map(math.exp, expected.values())) == pytest.approx(1 - lost, rel=1e-12)


def test_a_word_that_nobody_knows_has_no_rest():
    assert words_model().complete("night x") == []
    assert len(words_model().complete("night x ", 9)) == 5


def test_words_that_are_an_error():
    model = words_model(unknown="error")
    assert model.complete("night x") == []  # it may still become a word: no reason to complain
    with pytest.raises(UnknownTokenError, match=r"'x' .*word 1"):
        model.complete("night x ")


@pytest.mark.parametrize("unit", ["characters", "bytes", "words"])
def test_what_was_learnt(trained, unit):
    def best(prefix, **settings):
        return trained(unit).complete(prefix, 1, **settings)[0].text

    assert best("the dog sat o") == "n"
    assert best("the dog sat on t") == "he"
    assert best("the dog sat on") == " the"
    assert best("the dog ") == "sat"
    assert best("the dog ", until="line") in ("sat on the log", "sat on the mat")
    assert best("the catal") == "ogue"


def test_several_ways_to_go_on(trained):
    found = trained("characters").complete("the cat", 3)
    assert {found[0].text, found[1].text} == {" sat", "alogue"}
    assert [one.log_likelihood for one in found] == sorted(
        (one.log_likelihood for one in found), reverse=True
    )
    assert sum(one.probability for one in found) <= 1


def test_bytes_complete_whole_characters():
    text = "le café “noir” était là — déjà\n" * 3
    config = LanguageModelConfig(unit="bytes", hidden_size=40)
    model = LanguageModel.for_text(text, config)
    model.fit(
        text * 4,
        options=LanguageModelOptions(batch_size=2, bptt=25, max_steps=120, learning_rate=0.02),
    )
    assert model.complete("le ca", 1)[0].text == "fé"
    assert model.complete("le café", 1)[0].text == " “noir"
    assert model.complete("le café “no", 1)[0].text == "ir"
    for prefix in ("", "l", "le caf", "xyz", "était l", "—"):
        found = model.complete(prefix, 12)
        texts = [one.text for one in found]
        assert len(set(texts)) == len(texts)
        assert "\ufffd" not in "".join(texts)
        assert all(texts)
        assert sum(one.probability for one in found) <= 1 + 1e-12


def test_bytes_that_end_a_word_in_several_ways_count_together():
    text = "ab “ab” ab ab— ab\n"
    model = LanguageModel.for_text(text, LanguageModelConfig(unit="bytes", hidden_size=16))
    options = LanguageModelOptions(batch_size=2, bptt=25, max_steps=60, learning_rate=0.02)
    model.fit(text * 20, options=options)
    one, every = model.complete("ab a", 1), model.complete("ab a", 9)
    assert one[0].text == every[0].text == "b"
    assert one[0].log_likelihood == pytest.approx(every[0].log_likelihood, rel=1e-9)


@pytest.mark.parametrize("cell", LAYERS)
def test_every_cell(cell):
    config = LanguageModelConfig(cell=cell, hidden_size=5, num_layers=2, dtype="float64")
    model = LanguageModel.for_text(LETTERS, config)
    for one in model.complete("ab", 4, length=4, until="line"):
        ends = "\n" if one.finished else ""
        expected = log_likelihood(model, one.text + ends, "ab")
        assert one.log_likelihood == pytest.approx(expected, rel=1e-11)


def test_an_empty_prefix_is_a_newline(model):
    assert model.complete("") == model.complete() == model.complete("\n")
    without = LanguageModel.for_text("abc", LanguageModelConfig(hidden_size=4))
    with pytest.raises(ValueError, match=r"prefix: expected a beginning, .* no newline"):
        without.complete()
    assert without.complete("a")


@pytest.mark.parametrize(
    ("settings", "error", "words"),
    [
        ({"n": 0}, ValueError, "n: .* got 0"),
        ({"n": 2.5}, TypeError, r"n: .* got float 2\.5"),
        ({"n": True}, TypeError, "n: .* got bool True"),
        ({"length": 0}, ValueError, "length: .* got 0"),
        ({"beam": 0}, ValueError, "beam: .* got 0"),
        ({"beam": "3"}, TypeError, "beam: .* got str '3'"),
        ({"alpha": -1}, ValueError, "alpha: .* got -1"),
        ({"alpha": math.nan}, ValueError, "alpha: .* got nan"),
        ({"alpha": "1"}, TypeError, "alpha: .* got str '1'"),
        ({"until": "page"}, ValueError, "until: expected one of word, line, length; got 'page'"),
        ({"prefix": "axb"}, UnknownTokenError, "'x' .* at position 1"),
    ],
)
def test_wrong_calls(model, settings, error, words):
    with pytest.raises(error, match=words):
        model.complete(**{"prefix": "ab", **settings})


def test_numpys_numbers_count_as_pythons(model):
    numpys = model.complete("ab", np.int64(3), length=np.int32(4), beam=np.int64(5))
    assert numpys == model.complete("ab", 3, length=4, beam=5)


def test_equal_texts_are_one():
    half = math.log(0.5)
    ways = [
        Completion("a", half, True),
        Completion("b", half - 1, True),
        Completion("", half - 1, True),
        Completion("c", half - 2, False),
        Completion("b", half - 3, True),
    ]
    found = distinct(ways)
    assert [one.text for one in found] == ["a", "b", "c"]
    both = math.log(math.exp(half - 1) + math.exp(half - 3))
    assert found[1].log_likelihood == pytest.approx(both, rel=1e-14)
    assert found[1].finished


def test_a_length_penalty_favours_longer_ones(trained):
    model = trained("characters")
    plain = model.complete("the ", 3, until="line", length=20)
    longer = model.complete("the ", 3, until="line", length=20, alpha=1.5)
    assert sum(len(one.text) for one in longer) >= sum(len(one.text) for one in plain)

    def score(one):
        return one.log_likelihood / ((5 + len(one.text) + one.finished) / 6) ** 1.5

    assert longer == sorted(longer, key=score, reverse=True)
