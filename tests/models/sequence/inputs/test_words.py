"""Lists of words: which are known, what becomes of the others, and of their characters."""

from __future__ import annotations

import numpy as np
import pytest

from pyrnn.models import TaggerConfig
from pyrnn.models.sequence.inputs.words import LONGEST, WordInput

from ....interpreter import fresh_python

SENTENCES = [("The", "cat", "saw", "the", "cat"), (), ("A", "dog", "saw", "Tom")]


def fit(sentences=SENTENCES, **settings):
    return WordInput.fit(sentences, TaggerConfig(**settings))


def test_words_by_count_then_by_spelling():
    found = fit()
    assert found.words.tokens == ("cat", "saw", "the", "a", "dog", "tom")
    assert found.rare == 3
    assert (found.tokens, found.letters) == (7, 1 + len(set("ThecatsawAdogTom")))
    assert found.sequence(("THE", "tom", "bird")).tolist() == [3, 6, 0]
    cased = fit(lowercase=False)
    assert cased.words.tokens == ("cat", "saw", "A", "The", "Tom", "dog", "the")
    assert cased.rare == 2


def test_minimum_and_most():
    found = fit([("foo", "bar", "bar")], min_count=2)
    assert found.words.tokens == ("bar",)
    assert found.sequence(("foo", "foo")).tolist() == [0, 0]
    assert fit([("b", "a", "c")], max_vocabulary=2).words.tokens == ("a", "b")
    with pytest.raises(ValueError, match=r"^min_count: expected one that leaves words"):
        fit(min_count=3)
    for none in ([], [()], [(), ()]):
        with pytest.raises(ValueError, match=r"^sentences: expected at least one word"):
            fit(none)


def test_the_same_vocabulary_in_any_order_and_under_any_seed_of_hashes():
    program = (
        "from pyrnn.models import TaggerConfig\n"
        "from pyrnn.models.sequence.inputs.words import WordInput\n"
        "print(WordInput.fit(%r, TaggerConfig(max_vocabulary=2)).to_json())"
    )
    said = set()
    for seed, order in enumerate(("b a c", "c b a", "a c b")):
        code = program % ([tuple(order.split())],)
        done = fresh_python("-c", code, env={"PYTHONHASHSEED": str(seed)}, check=True)
        said.add(done.stdout)
    assert len(said) == 1


def test_each_different_word_is_read_once():
    found = fit()
    packed = found.sequences([("cat", "Cat", "cat"), (), ("bird", "cat")])
    assert packed.forms == ("cat", "Cat", "bird")
    assert [one.tolist() for one in packed] == [[0, 1, 0], [], [2, 0]]
    assert packed.ids.tolist() == [1, 1, 0]
    words = packed.words(np.array([1, 2]))
    assert words.ids.tolist() == [1, 0]
    assert words.lengths.tolist() == [3, 4]
    assert words.characters.shape == (4, 2)
    letters = dict(zip(found.characters.tokens, range(1, found.letters), strict=True))
    assert words.characters[:, 0].tolist() == [0, letters["a"], letters["t"], 0]  # no C is known
    none = packed.words(np.zeros(0, np.int64))
    assert none.ids.shape == none.lengths.shape == (0,)


def test_a_word_of_a_book():
    found = fit([("ab", "c" * LONGEST)])
    ids = {letter: number for number, letter in enumerate("abc", 1)}
    packed = found.sequences([("a" + "c" * 10**6 + "b", "c" * LONGEST)])
    assert packed.characters.lengths.tolist() == [LONGEST, LONGEST]
    assert packed.characters[0][[0, 1, -2, -1]].tolist() == [ids["a"], ids["c"], ids["c"], ids["b"]]


def test_digests_tell_words_apart():
    found = fit()
    one, same, other = (
        found.sequences(given).fingerprint()
        for given in ([("xy", "z")], [("xy",), ("z",)], [("x", "yz")])
    )
    assert one == same != other


def test_marks_in_one_piece_or_two_are_one_word():
    pair = ("caf\u00e9", "cafe\u0301")
    assert fit([pair]).words.tokens == (pair[0],)
    assert len(fit([pair], normalization="none").words) == 2


@pytest.mark.parametrize(
    ("value", "error", "words"),
    [
        ("a text", TypeError, "x: expected a list of words; got str 'a text'"),
        (5, TypeError, "x: expected a list of words; got int 5"),
        ({"a": 1}, TypeError, "x: expected a list of words; got dict"),
        (["a", 5], TypeError, "x: expected words; got int 5 at position 1"),
        ([["a"]], TypeError, "x: expected words; got list"),
        (["a", ""], ValueError, "x: expected words; got an empty one at position 1"),
        ([b"a"], TypeError, "x: expected words; got bytes"),
    ],
)
def test_what_are_no_words(value, error, words):
    with pytest.raises(error, match=f"^{words}"):
        WordInput.checked(value, "x")


@pytest.mark.parametrize("value", [["a", "b"], ("a", "b"), np.array(["a", "b"])])
def test_what_are_words(value):
    assert WordInput.checked(value, "x") == ("a", "b")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"rare": 9}, "rare: expected"),
        ({"rare": "0"}, "rare: expected"),
        ({"tokens": []}, "tokens: expected at least one token"),
        ({"tokens": ["a", "a"]}, "tokens: expected distinct tokens"),
        ({"characters": None}, "tokens: expected a list of strings"),
    ],
)
def test_files_that_were_changed(change, words):
    with pytest.raises(ValueError, match=words):
        WordInput.from_json({**fit().to_json(), **change}, TaggerConfig())
