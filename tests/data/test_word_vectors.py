"""Word vectors out of files: which lines are vectors, and what is wrong with others."""

from __future__ import annotations

import gzip
import io
import lzma
import tracemalloc
import zipfile

import numpy as np
import pytest

from pyrnn.data import read_vectors
from pyrnn.files.content import Content

GLOVE = "the 0.5 -1 2e-1\n, 1 2 3\ncat 4 5 6\n. . . 7 8 9\nthe 0 0 0\n"
WORD2VEC = "4 3\n" + "the 0.5 -1 2e-1 \n, 1 2 3 \ncat 4 5 6 \n. . . 7 8 9 \n"  # blanks at the ends


def read(content, tokens, **options):
    return read_vectors(Content("v.txt", content.encode()), tokens, **options)


@pytest.mark.parametrize("content", [GLOVE, WORD2VEC, GLOVE.replace("\n", "\r\n"), GLOVE[:-1]])
def test_vectors_of_the_words_that_are_wanted(content):
    """The first line of a word counts; words may hold blanks; no line is needed for a word."""
    vectors, found = read(content, ["cat", "dog", "the", ". . .", "Cat"])
    assert vectors.dtype == np.float32
    np.testing.assert_array_equal(
        vectors, np.array([[4, 5, 6], [0, 0, 0], [0.5, -1, 0.2], [7, 8, 9], [0, 0, 0]], np.float32)
    )
    assert found.tolist() == [True, False, True, True, False]
    assert found.dtype == np.bool_


def test_the_share_of_the_words_found():
    assert read(GLOVE, ["cat", "dog", "the", "x"]).share == 0.5
    empty = read(GLOVE, [])
    assert empty.vectors.shape == (0, 3)
    assert empty.share == 0


@pytest.mark.parametrize("mark", ["\u00a0", "\u0085", "\u2028", "\x0b", "\ufeff"])
def test_only_blanks_and_line_feeds_separate(mark):
    vectors, found = read(f"a 1 2\n{mark}b{mark} 3 4\n", [f"{mark}b{mark}"])
    assert vectors.tolist() == [[3, 4]]
    assert found.all()


def test_one_value_a_word():
    assert read("a 1\nb 2\n", ["b"]).vectors.tolist() == [[2]]
    assert read("2 1\na 1\n3 2\n", ["3"]).vectors.tolist() == [[2]]


def zipped(raw):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("glove.txt", raw)
    return file.getvalue()


@pytest.mark.parametrize(
    ("name", "pack"),
    [
        ("v.txt", bytes),
        ("v.vec.gz", gzip.compress),
        ("v.txt.xz", lzma.compress),
        ("v.zip", zipped),
    ],
)
def test_files_and_streams(name, pack, tmp_path):
    raw = ("\ufeff" + WORD2VEC).encode()
    file = tmp_path / name
    file.write_bytes(pack(raw))
    for source in (file, str(file)):
        assert read_vectors(source, ["cat"]).vectors.tolist() == [[4, 5, 6]]
    assert read_vectors(io.BytesIO(raw), ["cat"]).vectors.tolist() == [[4, 5, 6]]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", "v.txt: expected vectors of words; got none"),
        ("3 2\n", "v.txt: expected vectors of words; got none"),
        ("a 1 2\nb 3\n", "v.txt: line 2: expected a word and 2 values; got 1"),
        ("a 1 2\n\nb 3 4\n", "v.txt: line 2: expected a word and 2 values; got 0"),
        ("a\n", "v.txt: line 1: expected a word and 1 value; got 0"),
        ("2 3\na 1 2\nb 3 4\n", "v.txt: line 2: expected a word and 3 values; got 2"),
        ("2 0\na\nb\n", "v.txt: line 2: expected a word and 1 value; got 0"),
        (f"1 {10**15}\na 1\n", f"v.txt: line 2: expected a word and {10**15} values; got 1"),
        ("3 2\na 1 2\nb 3 4\n", "v.txt: line 3: expected 3 vectors, as line 1 says; got 2"),
        ("1 2\na 1 2\nb 3 4\n", "v.txt: line 3: expected 1 vectors, as line 1 says; got 2"),
        ("b 3 4\na 1 x\n", "v.txt: line 2: expected numbers; got 'x'"),
        ("b 3 4\na 1 1_0\n", "v.txt: line 2: expected numbers; got '1_0'"),
        ("b 3 4\na 1 \u0661\n", "v.txt: line 2: expected numbers; got '\u0661'"),
        ("b 3 4\na  1\n", "v.txt: line 2: expected numbers; got ''"),
        ("b 3 4\na 1 nan\n", "v.txt: line 2: expected finite numbers; got 'nan'"),
        ("b 3 4\na -inf 2\n", "v.txt: line 2: expected finite numbers; got '-inf'"),
        ("b 3 4\na 1 1e39\n", "v.txt: line 2: expected finite numbers; got '1e39'"),
        ("b 3,5 4\na 1,5 2\n", "v.txt: line 2: expected numbers; got '1,5'"),
    ],
)
def test_files_that_hold_none(content, words):
    with pytest.raises(ValueError, match=words):
        read(content, ["a"])


def test_bytes_that_are_no_text():
    with pytest.raises(ValueError, match=r"v.txt: line 2, column 1: byte 6 .* is not utf-8"):
        read_vectors(Content("v.txt", b"a 1 2\n\xe9 3 4\n"), ["a"])
    raw = "é 3 4\n".encode("latin-1")
    assert read_vectors(Content("v.txt", raw), ["é"], encoding="latin-1").found.all()


@pytest.mark.parametrize(
    ("tokens", "kind", "words"),
    [
        (["a", "b", "a"], ValueError, "tokens: expected each once; got 'a' more than once"),
        (["a", 5], TypeError, "tokens: expected strings; got int 5 at position 1"),
        ("abc", TypeError, "tokens: expected a list of words; got one, 'abc'"),
    ],
)
def test_tokens_that_are_none(tokens, kind, words):
    with pytest.raises(kind, match=words):
        read(GLOVE, tokens)


def test_a_file_is_never_held_as_a_whole(tmp_path):
    """20 MB of vectors, of which one is wanted, are read in less than 2 MB."""
    file = tmp_path / "v.txt"
    with file.open("w", encoding="utf-8") as out:
        for number in range(20_000):
            out.write(f"w{number}" + " 0.123456" * 110 + "\n")
    tracemalloc.start()
    vectors, found = read_vectors(file, ["w19999"])
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert found.all()
    assert vectors.shape == (1, 110)
    assert file.stat().st_size > 19e6
    assert peak < 2e6
