"""Texts as ids: what a token is, which of them are known, and what comes back."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyrnn.data import UNITS, TextVectorizer, vectorizer_from_json
from pyrnn.data.units import BYTES, Bytes, Characters, Regex, Words

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


def test_a_regular_expression():
    assert Regex(r"\w+|!").split("no, no!") == ["no", "no", "!"]
    assert Regex(r"(a)(b)?|x*").split("abxxa") == ["ab", "xx", "a"]


def test_ids_follow_counts_then_code_points():
    vectorizer = TextVectorizer.fit(["b a", "c a"])
    assert vectorizer.encode("a b c d A").tolist() == [2, 3, 4, 1, 2]
    assert [vectorizer.token(k) for k in range(vectorizer.size)] == ["<pad>", "<unk>", *"abc"]


@pytest.mark.parametrize("unit", UNITS)
@pytest.mark.parametrize("seed", [1, 2])
def test_the_order_of_texts_does_not_matter(unit, seed):
    texts = TEXTS * 2 + ["b a c"]
    shuffled = np.random.default_rng(seed).permutation(texts).tolist()
    assert fitted(unit, texts).to_json() == fitted(unit, shuffled).to_json()


@pytest.mark.parametrize("seed", ["0", "1"])
def test_ids_do_not_depend_on_the_hash_seed(seed, tmp_path):
    code = (
        "from pyrnn.data import TextVectorizer as V;"
        "print(*V.fit(['b a c'], max_vocabulary=2).encode('a b c'))"
    )
    result = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONHASHSEED": seed},
        cwd=tmp_path,  # in the source tree Python would find that, and not what is installed
        capture_output=True,
        text=True,
        check=True,
    )
    assert result.stdout == "2 3 1\n"


def test_counts_are_those_of_the_training_texts():
    vectorizer = TextVectorizer.fit(["foo bar bar"], min_count=2)
    assert vectorizer.encode("foo foo bar").tolist() == [1, 1, 2]


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


@pytest.mark.parametrize("unit", UNITS)
def test_a_training_text_has_no_unknown_token(unit):
    vectorizer = fitted(unit)
    for text in TEXTS:
        ids = vectorizer.encode(text)
        assert ids.dtype == np.int64
        assert ids.min() >= 2
        assert ids.max() < vectorizer.size
    assert vectorizer.encode("").shape == (0,)


@pytest.mark.parametrize("unit", UNITS)
@given(text=st.text(st.characters()))
def test_no_text_is_an_error(unit, text):
    ids = fitted(unit).encode(text)
    assert ((ids > 0) & (ids < fitted(unit).size)).all()
    fitted(unit).decode(ids)


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


def test_padding_in_a_text_is_no_padding():
    vectorizer = TextVectorizer.fit(["<pad> <unk> x"], unit="regex", pattern=r"\S+")
    assert vectorizer.encode("<pad> <unk>").min() >= 2


@pytest.mark.parametrize("unit", UNITS)
def test_json_round_trip(unit):
    vectorizer = fitted(unit)
    again = vectorizer_from_json(json.loads(json.dumps(vectorizer.to_json())))
    assert again.to_json() == vectorizer.to_json()
    for text in (*TEXTS, "unknown\u0107"):
        np.testing.assert_array_equal(again.encode(text), vectorizer.encode(text))


GOOD = {"kind": "text", "unit": "words", "pattern": None, "lowercase": True, "tokens": ["a"]}


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ([], "expected an object with a kind"),
        (GOOD | {"kind": "x"}, "kind: expected one of text; got 'x'"),
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
        (lambda: fitted("letters"), ValueError, "unit: expected one of words, characters"),
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
    assert [UNITS[name] for name in ("words", "characters", "bytes", "regex")] == [
        *(Words, Characters, Bytes, Regex)
    ]
