"""Texts as ids, piece by piece: the ids of the whole, in few bytes, with documents' beginnings."""

from __future__ import annotations

import itertools
import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pyrnn.data import (
    TOKENIZERS,
    Corpus,
    EncodedText,
    UnknownTokenError,
    WordTokenizer,
    tokenizer_for,
)

TEXT = st.text("ab \t\n\x1c\u2028éΣσİ\U0001f600'", min_size=1, max_size=60)
CUTS = st.lists(st.integers(0, 60), max_size=6)


def cut(text, places):
    edges = [0, *sorted(min(place, len(text)) for place in places), len(text)]
    return [text[a:b] for a, b in itertools.pairwise(edges)]


@pytest.mark.parametrize("unit", TOKENIZERS)
@settings(max_examples=100, deadline=None)
@given(text=TEXT, places=CUTS)
def test_pieces_have_the_vocabulary_and_the_ids_of_the_whole(unit, text, places):
    options = {"lowercase": True} if unit == "words" else {}
    whole = tokenizer_for(text, unit, **options)
    tokenizer = tokenizer_for(iter(cut(text, places)), unit, **options)
    assert tokenizer.to_json() == whole.to_json()
    found = list(tokenizer.encoded(cut(text, places)))
    np.testing.assert_array_equal(np.concatenate([np.zeros(0, int), *found]), whole.encode(text))


@settings(max_examples=100, deadline=None)
@given(text=st.text("ab \n€", min_size=1, max_size=40), places=CUTS)
@pytest.mark.parametrize("unit", ["characters", "words"])
def test_an_unknown_token_is_named_with_its_place_in_the_whole(unit, text, places):
    tokenizer = tokenizer_for("ab \nb a ", unit, unknown="error")

    def said(call):
        try:
            call()
        except UnknownTokenError as error:
            return str(error)
        return None

    expected = said(lambda: tokenizer.encode(text))
    assert said(lambda: list(tokenizer.encoded(cut(text, places)))) == expected


@settings(max_examples=60, deadline=None)
@given(places=CUTS)
def test_a_word_with_the_name_of_a_lines_end_is_named_with_its_place(places):
    text = "a b\nc <eos> d\n<eos>"
    with pytest.raises(UnknownTokenError, match=r"'<eos>' \(word 4, line 2\)"):
        WordTokenizer.train(iter(cut(text, places)), unknown="error")
    tokenizer = WordTokenizer.train(iter(cut(text, places)))
    assert tokenizer.to_json() == WordTokenizer.train(text).to_json()


@pytest.mark.parametrize("limit", [0, 1 << 28])
@pytest.mark.parametrize(
    ("tokens", "kind"), [(2, np.uint8), (256, np.uint8), (257, np.uint16), (65_537, np.uint32)]
)
def test_ids_take_as_few_bytes_as_they_need(tokens, kind, limit):
    # 2^16 letters of two planes, and one more: no surrogates
    text = "".join(chr(0x10000 + k) for k in range(tokens)) * 2
    tokenizer = tokenizer_for(text, "characters")
    encoded = EncodedText.of(Corpus.of(text), tokenizer, limit=limit)
    assert encoded.ids.dtype == kind
    assert not encoded.ids.flags.writeable
    np.testing.assert_array_equal(encoded.ids, tokenizer.encode(text))
    assert encoded.resets.tolist() == []


@pytest.mark.parametrize("unit", TOKENIZERS)
@pytest.mark.parametrize("limit", [0, 1 << 28])
def test_documents_begin_at_the_newline_before(unit, limit):
    corpus = Corpus.of(["a b", "", "c\n", "\n", "d a"])
    tokenizer = tokenizer_for(corpus.pieces(), unit)
    encoded = EncodedText.of(corpus, tokenizer, limit=limit)
    np.testing.assert_array_equal(encoded.ids, tokenizer.encode("a b\nc\n\nd a\n"))
    newlines = np.flatnonzero(encoded.ids == tokenizer.newline_id)
    assert encoded.resets.tolist() == newlines[:3].tolist()  # the last has nothing behind it
    text = tokenizer_for("a b\nc\n\nd a\n", unit)
    assert tokenizer.to_json() == text.to_json()


def test_a_part_begins_within_a_document():
    corpus = Corpus.of(["abc", "def", "ghi"])
    tokenizer = tokenizer_for(corpus.pieces(), "characters")
    encoded = EncodedText.of(corpus.part(2, 10), tokenizer)
    assert tokenizer.decode(encoded.ids) == "c\ndef\ngh"
    assert encoded.resets.tolist() == [1, 5]


def test_nothing():
    encoded = EncodedText.of(Corpus.of(""), tokenizer_for("a", "characters"))
    assert (len(encoded.ids), len(encoded.resets)) == (0, 0)


def test_an_unknown_token_is_named_with_its_file(tmp_path):
    for name, text in (("a.txt", "ab\n"), ("b.txt", "ab\naxb\n")):
        (tmp_path / name).write_text(text, "utf-8")
    corpus, tokenizer = Corpus.read(tmp_path), tokenizer_for("ab\n", "characters")
    with pytest.raises(
        UnknownTokenError, match=r"b\.txt: the character 'x' .* position 4 \(line 2, column 2\)"
    ):
        EncodedText.of(corpus, tokenizer)
    with pytest.raises(
        UnknownTokenError, match=r"b\.txt, from its character 2 on: the character 'x' .* position 2"
    ):
        EncodedText.of(corpus.part(5, 9), tokenizer)


@pytest.mark.parametrize(("limit", "most"), [(0, 0.3), (1 << 28, 1.4)])
@pytest.mark.parametrize("unit", TOKENIZERS)
def test_memory(tmp_path, unit, limit, most):
    """A byte a character, and an eighth, in memory; hardly any where they lie in a file."""
    path = tmp_path / "text.txt"
    path.write_bytes(b"to be or not to be, that\n" * 600_000)  # 15 MB
    tracemalloc.start()
    corpus = Corpus.read(path)
    tokenizer = tokenizer_for(corpus.pieces(), unit)
    encoded = EncodedText.of(corpus, tokenizer, limit=limit, folder=tmp_path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert len(encoded.ids) == (4_800_000 if unit == "words" else 15_000_000)
    assert peak < most * 15_000_000


def test_no_file_is_left(tmp_path):
    encoded = EncodedText.of(
        Corpus.of("ab" * 99), tokenizer_for("ab", "characters"), limit=0, folder=tmp_path
    )
    with pytest.raises(UnknownTokenError):
        EncodedText.of(
            Corpus.of("abc"), tokenizer_for("ab", "characters"), limit=0, folder=tmp_path
        )
    assert list(tmp_path.iterdir()) == []
    assert len(encoded.ids) == 198
