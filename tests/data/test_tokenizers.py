"""Tokenizers: every text comes back, and what is not known is named."""

from __future__ import annotations

import json
import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pyrnn.data import (
    TOKENIZERS,
    CharacterTokenizer,
    UnknownTokenError,
    WordTokenizer,
    tokenizer_for,
    tokenizer_from_json,
)
from pyrnn.data.code_points import CHUNK

TEXT = "Häuser, 5 €\n\n  \U0001f600 to be,\tor not\nto be"


@pytest.mark.parametrize("unit", ["characters", "bytes"])
def test_the_text_comes_back(unit):
    tokenizer = tokenizer_for(TEXT, unit)
    ids = tokenizer.encode(TEXT)
    assert ids.dtype == np.int64
    assert ids.max() < tokenizer.size
    assert tokenizer.decode(ids) == TEXT
    assert "".join(tokenizer.pieces(iter(ids.tolist()))) == TEXT


@settings(max_examples=50, deadline=None)
@given(text=st.text(min_size=1), unit=st.sampled_from(["characters", "bytes"]))
def test_any_text_comes_back(text, unit):
    tokenizer = tokenizer_for(text, unit)
    assert tokenizer.decode(tokenizer.encode(text)) == text


@settings(max_examples=50, deadline=None)
@given(text=st.text(min_size=1))
def test_words_come_back_up_to_spacing(text):
    tokenizer = tokenizer_for(text, "words")
    ids = tokenizer.encode(text)
    lines = [" ".join(line.split()) for line in text.split("\n")]
    assert tokenizer.decode(ids) == "\n".join(lines)


@settings(max_examples=100, deadline=None)
@given(text=st.text("ab \t\n\x1cé", min_size=1), unit=st.sampled_from(["characters", "words"]))
def test_a_text_is_cut_where_its_first_token_ends(text, unit):
    tokenizer = tokenizer_for(text, unit)
    ids, end = tokenizer.encode(text), tokenizer.first_end(text)
    np.testing.assert_array_equal(tokenizer.encode(text[:end]), ids[:1])
    np.testing.assert_array_equal(tokenizer.encode(text[end:]), ids[1:])


@pytest.mark.parametrize("unit", TOKENIZERS)
def test_json_round_trip(unit):
    tokenizer = tokenizer_for(TEXT, unit)
    again = tokenizer_from_json(json.loads(json.dumps(tokenizer.to_json())))
    assert type(again) is type(tokenizer)
    assert again.size == tokenizer.size
    np.testing.assert_array_equal(again.encode(TEXT), tokenizer.encode(TEXT))
    assert [again.token(i) for i in range(3)] == [tokenizer.token(i) for i in range(3)]


@pytest.mark.parametrize("unit", TOKENIZERS)
def test_an_empty_text_has_no_ids(unit):
    assert tokenizer_for(TEXT, unit).encode("").shape == (0,)


@pytest.mark.parametrize("unit", TOKENIZERS)
def test_the_newline(unit):
    tokenizer = tokenizer_for(TEXT, unit)
    assert tokenizer.decode([tokenizer.newline_id]) == "\n"
    assert tokenizer.newline_id in tokenizer.encode(TEXT)


def test_no_newline():
    assert tokenizer_for("abc", "characters").newline_id is None


def test_characters_are_numbered_by_falling_count():
    assert CharacterTokenizer.train("abbccc").encode("cba").tolist() == [0, 1, 2]


def test_an_unknown_character_is_named_with_its_place():
    tokenizer = CharacterTokenizer.train("abc\n")
    message = r"'é' \(U\+00E9\) at position 6 \(line 2, column 3\) .* 4 characters"
    with pytest.raises(UnknownTokenError, match=message):
        tokenizer.encode("abc\nabé!")


@pytest.mark.parametrize("text", ["\x00", "\U0010ffff", "b"])
def test_unknown_characters_below_above_and_between_the_known(text):
    with pytest.raises(UnknownTokenError):
        CharacterTokenizer.train("ac").encode(text)


def test_unknown_characters_replaced():
    tokenizer = CharacterTokenizer.train("aab", unknown="replace", min_count=2)
    assert tokenizer.size == 2
    assert tokenizer.decode(tokenizer.encode("abcaé")) == "a\ufffd\ufffda\ufffd"


def test_words_and_line_ends():
    tokenizer = WordTokenizer.train(" a b \n a \n")
    assert [tokenizer.token(i) for i in tokenizer.encode("b a\n\na")] == [
        *("b", "a", "<eos>", "<eos>", "a")
    ]


def test_unknown_words():
    tokenizer = WordTokenizer.train("a a b", max_vocabulary=3)
    assert tokenizer.decode(tokenizer.encode("a b c")) == "a <unk> <unk>"
    strict = WordTokenizer.train("a a b", unknown="error")
    with pytest.raises(UnknownTokenError, match=r"'c' \(word 3, line 2\) .* 3 words"):
        strict.encode("a b\nc")


def test_a_word_with_the_name_of_a_lines_end_ends_no_line():
    text = "a <eos> b\n<eos>"
    tokenizer = WordTokenizer.train(text)
    assert [tokenizer.token(k) for k in tokenizer.encode(text)] == [
        *("a", "<unk>", "b", "<eos>", "<unk>")
    ]
    assert tokenizer.decode(tokenizer.encode(text)) == "a <unk> b\n<unk>"
    assert sorted(tokenizer.vocabulary) == ["<eos>", "<unk>", "a", "b"]
    message = r"the word '<eos>' \(word 1, line 1\) has the name of a line's end"
    with pytest.raises(UnknownTokenError, match=message):
        WordTokenizer.train(text, unknown="error")
    strict = WordTokenizer.train("a b\n", unknown="error")
    with pytest.raises(UnknownTokenError, match=r"the word '<eos>' \(word 2, line 2\) is not"):
        strict.encode("a\n<eos>")


def test_encoding_takes_eight_bytes_a_character():
    text = "Häuser, 5 €\n" * 100_000
    tokenizer = CharacterTokenizer.train(text)
    tracemalloc.start()
    ids = tokenizer.encode(text)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert ids.nbytes == 8 * len(text)
    assert peak < 10 * len(text)
    assert tokenizer.decode(ids[-9:]) == text[-9:]


@pytest.mark.parametrize("place", [0, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK])
def test_an_unknown_character_is_found_in_every_chunk(place):
    tokenizer = CharacterTokenizer.train("a")
    with pytest.raises(UnknownTokenError, match=f"at position {place} "):
        tokenizer.encode("a" * place + "bc")


def test_lower_case():
    tokenizer = tokenizer_for("The the THE", "words", lowercase=True)
    assert tokenizer.encode("tHe").tolist() == tokenizer.encode("the").tolist()
    assert tokenizer_from_json(tokenizer.to_json()).decode(tokenizer.encode("THE")) == "the"


@pytest.mark.parametrize(
    ("after", "expected"), [("", "a b\nc"), ("x", " a b\nc"), ("x ", "a b\nc"), ("x\n", "a b\nc")]
)
def test_words_go_on_after_a_text(after, expected):
    tokenizer = WordTokenizer.train("a b\nc")
    assert tokenizer.decode(tokenizer.encode("a b\nc"), after) == expected


def test_bytes_that_are_no_text():
    tokenizer = tokenizer_for("x", "bytes")
    raw = bytes(range(256)).decode("utf-8", errors="surrogateescape")
    assert tokenizer.encode(raw).tolist() == list(range(256))
    assert tokenizer.decode([0xC3]) == "\ufffd"
    assert list(tokenizer.pieces([0xC3, 0xA9, 0x61])) == ["", "é", "a", ""]


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: tokenizer_for("a", "letters"), "unit: expected one of characters, bytes, words"),
        (lambda: tokenizer_for("", "bytes"), "text: expected at least one character"),
        (lambda: tokenizer_for("a", unknown="ignore"), "unknown: expected one of error, replace"),
        (lambda: tokenizer_for("a", min_count=2), "unknown: expected 'replace'"),
        (lambda: tokenizer_for("a", "bytes", min_count=2), "no vocabulary options"),
        (lambda: tokenizer_for("a", "bytes").token(256), "0 to 255; got 256"),
        (lambda: tokenizer_from_json({"unit": "x"}), "unit: .* got 'x'"),
        (lambda: tokenizer_from_json({"unit": ["x"]}), r"unit: .* got \['x'\]"),
        (lambda: tokenizer_from_json(["unit"]), "expected an object with a unit"),
        (
            lambda: tokenizer_from_json({"unit": "words", "tokens": ["<eos>"], "lowercase": 1}),
            "lowercase: expected true or false; got 1",
        ),
        (lambda: tokenizer_from_json({"unit": "words"}), "an entry 'tokens'"),
        (
            lambda: tokenizer_from_json({"unit": "characters", "tokens": ["ab"]}),
            "single characters; got 'ab'",
        ),
        (lambda: tokenizer_from_json({"unit": "words", "tokens": ["ab"]}), "'<eos>' among"),
    ],
)
def test_errors(call, words):
    with pytest.raises(ValueError, match=words):
        call()
