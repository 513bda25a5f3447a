"""Texts as ids: what a token is, which of them are known, and what comes back."""

from __future__ import annotations

import itertools
import tracemalloc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyrnn.data import UNITS, TextVectorizer, vectorizer_from_json
from pyrnn.data.units import (
    BYTES,
    JOINER,
    Bytes,
    Characters,
    Regex,
    Words,
    WordsAndSigns,
)

TEXTS = ["The cat sat.", "the dog, the cat", "Naïve \u2014 don't \U0001f600"]
PATTERN = {"regex": r"\w+|[^\w\s]"}


def fitted(unit, texts=TEXTS, **options):
    return TextVectorizer.fit(texts, unit=unit, pattern=PATTERN.get(unit), **options)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("good, good; (good)", ["good", "good", "good"]),
        ("don't DON\u2019T 'tis dogs' rock''n", ["don't", "don't", "tis", "dogs", "rock", "n"]),
        ("O\u2019Neill's", ["o'neill's"]),
        ("well-known -- a_b", ["well", "known", "a", "b"]),
        ("3.5 B2B", ["3", "5", "b2b"]),
        ("a<br />b<BR>c<br/>d < b <i>", ["a", "b", "c", "d", "b", "i"]),
        ("caf\u00e9 cafe\u0301", ["caf\u00e9", "cafe\u0301"]),
        ("हिन्दी में", ["हिन्दी", "में"]),
        ("می\u200cخواهم", ["می\u200cخواهم"]),
        ("עברית, שָׁלוֹם", ["עברית", "שָׁלוֹם"]),
        ("'e\u0301t\u00e9' l'\u00e9t\u00e9 \u0301x", ["e\u0301t\u00e9", "l'\u00e9t\u00e9", "x"]),
        ("\u2764\ufe0f \U0001f600!", []),
        ("", []),
        ("...", []),
    ],
)
def test_words(text, words):
    assert Words().split(text.lower()) == words


@given(text=st.text())
def test_a_word_is_the_same_with_and_without_marks_elsewhere(text):
    """The pattern for texts with marks, made to run by a mark at the end, finds what the other
    does."""
    assert Words().split(text + " e\u0301") == [*Words().split(text), "e\u0301"]


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("(Well, 3.5!)", "(~ Well ~, 3 ~.~ 5 ~! ~)"),
        ('A "T-Shirt" .', 'A "~ T ~-~ Shirt ~" .'),
        ("don't l\u2019eau 'tis dogs'", "don't l\u2019eau '~ tis dogs ~'"),
        ("a_b ... <br/>", "a ~_~ b . ~. ~. <~ br ~/ ~>"),
        ("हिन्दी, में।", "हिन्दी ~, में ~।"),
        ("\u2764\ufe0f", "\u2764 ~\ufe0f"),
        (" \t\n", ""),
        ("", ""),
    ],
)
def test_words_and_signs(text, tokens):
    unit = WordsAndSigns()
    expected = tokens.replace("~", JOINER).split()
    assert unit.split(text) == expected
    assert unit.join(expected) == " ".join(text.split())
    assert [unit.readable(token) for token in expected] == tokens.replace("~", "").split()


@given(text=st.text() | st.text(alphabet="ab1'\u2019_.,-( \n\u0301\u05e9"))
def test_words_and_signs_give_a_text_back_but_for_its_blanks(text):
    unit = WordsAndSigns()
    plain = " ".join(text.replace(JOINER, " ").split())
    assert unit.join(unit.split(text)) == plain
    assert unit.split(plain) == unit.split(text)
    assert unit.split(f"{text} e\u0301") == [*unit.split(text), "e\u0301"]


def test_unknown_words_stand_between_blanks_and_signs_where_they_belong():
    vectorizer = TextVectorizer.fit(["Well, (no)."], unit="words+signs")
    assert vectorizer.decode(vectorizer.encode("Well, (yes) yes.")) == "Well, (<unk>) <unk>."
    shown = [vectorizer.token(number) for number in vectorizer.encode("Well, (yes).")]
    assert shown == ["Well", ",", "(", "<unk>", ")", "."]


def test_a_regular_expression():
    assert Regex(r"\w+|!").split("no, no!") == ["no", "no", "!"]
    assert Regex(r"(a)(b)?|x*").split("abxxa") == ["ab", "xx", "a"]


def test_ids_follow_counts_then_code_points():
    vectorizer = TextVectorizer.fit(["b a", "c a"])
    assert vectorizer.encode("a b c d A").tolist() == [2, 3, 4, 1, 2]
    assert [vectorizer.token(k) for k in range(vectorizer.size)] == ["<pad>", "<unk>", *"abc"]


@pytest.mark.parametrize("text", [" ".join(order) for order in itertools.permutations("abc")])
def test_of_equal_counts_the_same_are_kept(text):
    vectorizer = TextVectorizer.fit([text], max_vocabulary=2)
    assert vectorizer.encode("a b c").tolist() == [2, 3, 1]


def test_a_long_text_takes_a_small_multiple_of_its_ids():
    """100,000 words: beside the ids, 8 bytes each, the words are there once, 55 bytes each."""
    words = 100_000
    vectorizer, text = TextVectorizer.fit(["a b c d"]), "a b c\u00e9 e " * (words // 4)
    tracemalloc.start()
    ids = vectorizer.encode(text)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert len(ids) == words
    assert peak < 120 * words


@pytest.mark.parametrize(
    ("options", "tokens"),
    [
        ({}, ["a", "b", "c"]),
        ({"min_count": 2}, ["a", "b"]),
        ({"max_vocabulary": 1}, ["a"]),
        ({"max_vocabulary": np.int64(9)}, ["a", "b", "c"]),
        ({"min_count": 2, "max_vocabulary": 3}, ["a", "b"]),
        ({"lowercase": False}, ["b", "A", "a", "c"]),
    ],
)
def test_limits(options, tokens):
    vectorizer = TextVectorizer.fit(["a A A b b c"] if "lowercase" not in options else
                                    ["a A b b c"], **options)  # fmt: skip
    assert list(vectorizer.vocabulary) == tokens
    assert vectorizer.size == len(tokens) + 2


@pytest.mark.parametrize(
    ("unit", "expected"),
    [
        ("words", "the cat <unk>"),
        ("characters", "The cat\ufffd\ufffdd"),
        ("bytes", "The cat\n\xdfd"),
        ("regex", "the cat <unk>"),
    ],
)
def test_decoding(unit, expected):
    vectorizer = fitted(unit)
    ids = [0, *vectorizer.encode("The cat\n\xdfd"), 0]
    assert vectorizer.decode(ids) == expected


def test_bytes_come_back():
    vectorizer = fitted("bytes")
    raw = bytes(range(256)).decode("utf-8", "surrogateescape")
    assert vectorizer.encode(raw).tolist() == list(range(2, 258))
    assert vectorizer.decode(vectorizer.encode("Häuser €")) == "Häuser €"
    assert vectorizer.decode([1, 0, 67]) == "\ufffdA"
    assert Bytes().split("é") == ["<0xC3>", "<0xA9>"]
    assert vectorizer.encode("\ud800").tolist() == [0xED + 2, 0xA0 + 2, 0x80 + 2]


GOOD = {"kind": "text", "unit": "words", "pattern": None, "lowercase": True, "tokens": ["a"]}


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ([], "expected an object with a kind"),
        (GOOD | {"kind": "x"}, "kind: expected one of text, .*; got 'x'"),
        (GOOD | {"kind": []}, "kind: expected one of text"),
        (GOOD | {"unit": "x"}, "unit: expected one of words, .*got 'x'"),
        (GOOD | {"unit": {}}, "unit: expected one of"),
        (GOOD | {"pattern": "a"}, "pattern: expected None with unit='words'"),
        (GOOD | {"unit": "regex"}, "pattern: expected a regular expression with unit='regex'"),
        (GOOD | {"unit": "regex", "pattern": "("}, r"pattern: .* got '\(' \(missing"),
        (GOOD | {"unit": "regex", "pattern": "(" * 9999}, "pattern: expected a regular"),
        (GOOD | {"lowercase": 1}, "lowercase: expected true or false; got 1"),
        (GOOD | {"tokens": []}, "tokens: expected at least one"),
        (GOOD | {"tokens": ["a", "a"]}, "tokens: expected distinct"),
        (GOOD | {"tokens": [1]}, "tokens: expected a list of strings"),
        (GOOD | {"unit": "characters", "tokens": ["ab"]}, "expected single characters"),
        (GOOD | {"unit": "characters", "tokens": ["", "a"]}, "expected single characters"),
        (GOOD | {"unit": "bytes", "lowercase": False}, "expected the 256 bytes; got others"),
        (GOOD | {"unit": "bytes", "tokens": list(BYTES)}, "lowercase: expected False"),
        ({"kind": "text", "unit": "words"}, "expected an entry 'lowercase'"),
    ],
)
def test_json_that_is_no_vectorizer(content, words):
    with pytest.raises(ValueError, match=words):
        vectorizer_from_json(content)


@pytest.mark.parametrize(
    ("call", "kind", "words"),
    [
        (lambda: fitted("letters"), ValueError, "unit: expected one of words, "),
        (lambda: TextVectorizer.fit("abc"), TypeError, "expected a list of texts; got one, 'abc'"),
        (lambda: fitted("words", ["a", 5]), TypeError, "got int 5 at position 1"),
        (lambda: fitted("words", ["a", None]), TypeError, "got NoneType None at position 1"),
        (lambda: fitted("words", []), ValueError, "texts: expected at least one token"),
        (lambda: fitted("words", ["!"]), ValueError, "at least one token .*unit='words'"),
        (lambda: fitted("words", ["a"], min_count=2), ValueError, "min_count=2"),
        (lambda: fitted("words", min_count=0), ValueError, "min_count: .* got 0"),
        (lambda: fitted("words", max_vocabulary=0), ValueError, "max_vocabulary: .* got 0"),
        (
            lambda: fitted("words", max_vocabulary=True),
            TypeError,
            "max_vocabulary: expected an int",
        ),
        (lambda: fitted("words", lowercase="no"), TypeError, "lowercase: expected True or False"),
        (lambda: fitted("bytes", lowercase=True), ValueError, "lowercase: expected False"),
        (lambda: fitted("bytes", min_count=2), ValueError, "min_count: expected 1 with unit='byt"),
        (lambda: fitted("bytes", max_vocabulary=9), ValueError, "max_vocabulary: expected None"),
        (lambda: TextVectorizer.fit(TEXTS, pattern="a"), ValueError, "pattern: expected None"),
        (lambda: TextVectorizer.fit(TEXTS, unit="regex"), TypeError, "pattern: expected a regular"),
        (
            lambda: TextVectorizer.fit(["AB"], unit="regex", pattern="[A-Z]+"),
            ValueError,
            r"pattern='\[A-Z\]\+', of lower-cased text",
        ),
        (lambda: fitted("words").encode(5), TypeError, "text: expected a string; got int"),
        (lambda: fitted("words").token(99), ValueError, "id: .* got 99"),
        (lambda: fitted("words").decode([-1]), ValueError, "id: .* got -1"),
    ],
)
def test_errors(call, kind, words):
    with pytest.raises(kind, match=words):
        call()


def test_units_have_their_names():
    kinds = [Words, WordsAndSigns, Characters, Bytes, Regex]
    assert list(UNITS.items()) == [(kind.name, kind) for kind in kinds]
