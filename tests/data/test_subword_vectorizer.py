"""Texts in pieces: which pieces there are, that every text comes back, and files that are none."""

from __future__ import annotations

import json
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pyrnn.data import SubwordVectorizer, TextForm, byte_pairs, fit_vectorizer, vectorizer_from_json
from pyrnn.data.byte_pairs import BytePairs

from ..json_trees import changed

library = pytest.importorskip("tokenizers")

TEXTS = ["low low low lower lowest", "newer newer newest wide", "na\u00efve \u2603 \U0001f600"] * 2
PLAIN = {"normalization": "none", "lowercase": False}


@pytest.fixture(scope="module")
def vectorizer():
    return SubwordVectorizer.fit(TEXTS, **PLAIN)


def test_frequent_pairs_are_pieces_and_rare_ones_are_not():
    # ab stands four times; then abc three times; cd once
    vectorizer = SubwordVectorizer.fit(["abc abc", "abc ab", "cd"])
    pieces = vectorizer.pairs.pieces[256:]
    assert pieces[0] == b"ab"
    assert b"abc" in pieces
    assert b"cd" not in pieces
    assert [vectorizer.token(n) for n in vectorizer.encode("abcd")] == ["abc", "d"]


@pytest.mark.parametrize(
    ("options", "pieces"),
    [
        ({}, 258),
        ({"min_count": 3}, 257),
        ({"min_count": 4}, 256),
        ({"max_vocabulary": 257}, 257),
        ({"max_vocabulary": 256}, 256),
    ],
)
def test_limits(options, pieces):
    assert SubwordVectorizer.fit(["ab", "ab", "ab", "cd", "cd"], **options).known == pieces


def test_all_bytes_are_pieces_whatever_the_texts():
    vectorizer = SubwordVectorizer.fit([])
    assert vectorizer.size == 258
    assert sorted(vectorizer.pairs.pieces) == sorted(bytes((byte,)) for byte in range(256))
    assert vectorizer.decode(vectorizer.encode("\u2603!")) == "\u2603!"
    assert [vectorizer.token(n) for n in vectorizer.encode("\u2603!")] == [
        *("<0xE2>", "<0x98>", "<0x83>", "!")
    ]


@settings(deadline=None)
@given(text=st.text(st.characters(exclude_categories=["Cs"])))
def test_every_text_comes_back(vectorizer, text):
    ids = vectorizer.encode(text)
    assert (ids >= 2).all()
    assert vectorizer.decode(ids) == text


def test_halves_of_surrogate_pairs_are_read_as_no_character(vectorizer):
    assert vectorizer.decode(vectorizer.encode("a\ud800b\udcff")) == "a\ufffdb\ufffd"
    assert SubwordVectorizer.fit(["\ud800 a"] * 2).encode("a").min() >= 2
    assert vectorizer.decode([1]) == "\ufffd"


def test_the_form_comes_first():
    vectorizer = SubwordVectorizer.fit(["CAFE\u0301"] * 2, lowercase=True)
    assert vectorizer.form == TextForm("NFC", lowercase=True)
    assert vectorizer.decode(vectorizer.encode("Cafe\u0301")) == "caf\u00e9"
    assert len(vectorizer.encode("CAFE\u0301")) == 1


def test_ids_are_those_of_the_library(vectorizer):
    """What is stored is the library's own JSON, which it reads by itself."""
    stored = library.Tokenizer.from_str(json.dumps(vectorizer.to_json()["tokenizer"]))
    for text in (*TEXTS, "other  words,\nthat's it"):
        assert [n + 2 for n in stored.encode(text).ids] == vectorizer.encode(text).tolist()
        assert stored.decode(stored.encode(text).ids) == text


@pytest.mark.parametrize("piece", ["a", " ", "\n", "a b ", "\u0301", "7", "'", "\u4e2d"])
def test_long_texts(vectorizer, piece):
    text = piece * (100_000 // len(piece))
    assert vectorizer.decode(vectorizer.encode(text)) == text


@settings(deadline=None, max_examples=300)
@given(
    text=st.text(st.sampled_from("ab  \n\u00a0\u3000_'!1s\u00e9\u0301\u4e2d\U0001f600\u00b2\u2460"))
)
def test_long_texts_go_in_parts_with_the_same_pieces(vectorizer, text):
    whole = vectorizer.encode(text).tolist()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(byte_pairs, "CHUNK", 2)
        assert vectorizer.encode(text).tolist() == whole
        assert "".join(byte_pairs._parts(text)) == text


def test_parts_are_short():
    parts = list(byte_pairs._parts("the cat " * 10**5))
    assert max(map(len, parts)) < byte_pairs.CHUNK + 10
    assert (
        SubwordVectorizer.fit(["the cat " * 10**5]).known
        == SubwordVectorizer.fit(["the cat " * 3]).known
    )


@pytest.mark.parametrize(
    ("texts", "options", "kind", "words"),
    [
        (["a", 5], {}, TypeError, "texts: expected strings; got int 5 at position 1"),
        ("abc", {}, TypeError, "texts: expected a list of texts; got one, 'abc'"),
        (["a"], {"max_vocabulary": 255}, ValueError, "max_vocabulary: .*least 256; got 255"),
        (["a"], {"max_vocabulary": "9"}, TypeError, "max_vocabulary: expected an integer"),
        (["a"], {"min_count": 0}, ValueError, "min_count: .* got 0"),
        (["a"], {"pattern": "a"}, ValueError, "pattern: expected None with unit='subwords'"),
        (["a"], {"normalization": "x"}, ValueError, "normalization: expected one of"),
        (["a"], {"lowercase": "no"}, TypeError, "lowercase: expected True or False"),
        (["a"], {"marks": 1}, TypeError, "marks: expected True or False"),
    ],
)
def test_errors(texts, options, kind, words):
    with pytest.raises(kind, match=words):
        fit_vectorizer(texts, unit="subwords", **options)


@pytest.mark.parametrize("call", [
    lambda stored: SubwordVectorizer.fit(["a"]),
    lambda stored: vectorizer_from_json(stored),
])  # fmt: skip
def test_without_the_library_there_is_a_word_on_what_to_install(call, vectorizer, monkeypatch):
    stored = vectorizer.to_json()
    monkeypatch.setitem(sys.modules, "tokenizers", None)
    with pytest.raises(ImportError, match=r"pip install 'pyrnn-kernels\[subwords\]'"):
        call(stored)


@pytest.mark.parametrize(
    ("path", "value", "words"),
    [
        (["tokenizer"], None, "tokenizer: expected an object with a model"),
        (["tokenizer"], "{}", "tokenizer: expected an object with a model"),
        (["tokenizer", "model"], [], "tokenizer: expected an object with a model"),
        (["tokenizer", "model", "type"], "WordPiece", "model: expected one of type 'BPE'"),
        (["tokenizer", "model", "type"], [], "model: expected one of type 'BPE'"),
        (["tokenizer", "model", "dropout"], 0.5, "dropout: expected none"),
        (["tokenizer", "model", "unk_token"], "a", "unk_token: expected none"),
        (["tokenizer", "model", "continuing_subword_prefix"], "\u00e9" * 9, "expected none"),
        (["tokenizer", "model", "ignore_merges"], True, "ignore_merges: expected none"),
        (["tokenizer", "normalizer"], {"type": "NFC"}, "normalizer: expected None"),
        (["tokenizer", "truncation"], {"max_length": 1}, "truncation: expected None"),
        (["tokenizer", "padding"], {}, "padding: expected None"),
        (["tokenizer", "post_processor"], {"type": "x"}, "post_processor: expected None"),
        (["tokenizer", "added_tokens"], [{"id": 1}], r"added_tokens: expected \[\]"),
        (["tokenizer", "pre_tokenizer"], None, "pre_tokenizer: expected"),
        (["tokenizer", "pre_tokenizer", "type"], "Split", "pre_tokenizer: expected"),
        (["tokenizer", "pre_tokenizer", "add_prefix_space"], True, "pre_tokenizer: expected"),
        (["tokenizer", "pre_tokenizer", "use_regex"], False, "pre_tokenizer: expected"),
        (["tokenizer", "model", "vocab"], None, "vocab: expected an object"),
        (["tokenizer", "model", "vocab"], {}, "vocab: expected all 256 bytes"),
        (["tokenizer", "model", "vocab"], {"a": 0}, "vocab: expected all 256 bytes"),
        (["tokenizer", "model", "vocab", "a"], -1, "vocab: expected the numbers 0 to"),
        (["tokenizer", "model", "vocab", "a"], 2**64, "vocab: expected the numbers 0 to"),
        (["tokenizer", "model", "vocab", "a"], 0.5, "vocab: expected the numbers 0 to"),
        (["tokenizer", "model", "vocab", "a"], True, "vocab: expected the numbers 0 to"),
        (["tokenizer", "model", "vocab", "a"], "1", "vocab: expected the numbers 0 to"),
        (["tokenizer", "model", "vocab", "a"], 1, "vocab: expected the numbers 0 to"),
        (["tokenizer", "model", "merges"], {}, "merges: expected a list"),
        (["tokenizer", "model", "merges"], [["a"]], "merges: expected pairs"),
        (["tokenizer", "model", "merges"], [["a", "b", "c"]], "merges: expected pairs"),
        (["tokenizer", "model", "merges"], [["a", 5]], "merges: expected pairs"),
        (["tokenizer", "model", "merges"], ["l o"], "merges: expected pairs"),
        (["tokenizer", "model", "merges"], [["a", "z"]], "merges: expected pairs"),
        (["tokenizer", "model", "merges"], [["", "a"]], "merges: expected pairs"),
        (["normalization"], "x", "normalization: expected one of"),
        (["lowercase"], "x", "lowercase: expected true or false"),
        (["marks"], None, "marks: expected True or False"),
    ],
)
def test_json_that_is_no_vectorizer(path, value, words, vectorizer):
    with pytest.raises(ValueError, match=words):
        vectorizer_from_json(changed(vectorizer.to_json(), path, value))


@pytest.mark.parametrize("piece", ["", "\ud800", "\u4e2d", " "])
def test_a_piece_that_no_bytes_make(piece, vectorizer):
    content = vectorizer.to_json()
    vocabulary = content["tokenizer"]["model"]["vocab"]
    vocabulary[piece] = len(vocabulary)
    with pytest.raises(ValueError, match="vocab: expected pieces made of the 256 bytes"):
        vectorizer_from_json(content)


def test_an_entry_that_is_not_there(vectorizer):
    for name in ("tokenizer", "lowercase"):
        content = {key: value for key, value in vectorizer.to_json().items() if key != name}
        with pytest.raises(ValueError, match=f"expected an entry '{name}'"):
            vectorizer_from_json(content)


@pytest.mark.parametrize(
    ("wrong", "kind"),
    [
        (type("PanicException", (BaseException,), {})("index 2 out of range"), ValueError),
        (Exception("index 2 out of range"), ValueError),
        (KeyboardInterrupt(), KeyboardInterrupt),
    ],
)
def test_a_panic_in_the_library_is_an_error_like_others(wrong, kind):
    """Rust's panics are no Exception: `except Exception` would let them end a server."""

    class Broken:
        def get_vocab(self, with_added_tokens):
            return {"a": 0}

        def encode(self, text, add_special_tokens):
            raise wrong

    words = "^$" if kind is KeyboardInterrupt else "text: the tokenizers library says: index 2"
    with pytest.raises(kind, match=words):
        SubwordVectorizer(BytePairs(Broken()), TextForm()).encode("a")
