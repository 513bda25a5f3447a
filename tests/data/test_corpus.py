"""Texts that are read piece by piece: the same characters as at once, in any part."""

from __future__ import annotations

import gzip
import io
import tarfile
import tracemalloc
import warnings
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pyrnn.data import Corpus, read_bytes, read_text, split_text
from pyrnn.data.corpus import PIECE
from pyrnn.data.readers.packing import CHUNK
from pyrnn.files.content import Content


def text_of(corpus):
    return "".join(corpus.pieces())


def texts_of(corpus):
    return ["".join(document.pieces) for document in corpus.documents()]


@pytest.fixture
def folder(tmp_path):
    """folder({name: bytes or text}): a folder with these files."""

    def make(files, name="texts"):
        for file, content in files.items():
            path = tmp_path / name / file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content.encode() if isinstance(content, str) else content)
        return tmp_path / name

    return make


# as at once

AT_THE_EDGE = "a" * (CHUNK - 1)
CONTENTS = {
    "plain": b"to be\nor not\n",
    "mark": "\ufeffgrüße\n".encode(),
    "CRLF": b"one\r\ntwo\rthree\n\rfour\r\n",
    "CRLF between chunks": AT_THE_EDGE.encode() + b"\r\nb\r",
    "a character between chunks": (AT_THE_EDGE + "€" * 9).encode(),
    "UTF-16": "\ufeffgrüße \U0001f600\r\n".encode("utf-16-le"),
    "a huge line": b"ab " * 100_000,
    "control characters": b"a\x0b\x0c\x1c\x85"[:4] + "\u2028b".encode(),
}


@pytest.mark.parametrize("content", CONTENTS.values(), ids=CONTENTS)
@pytest.mark.parametrize("packed", [False, True])
def test_a_file_is_read_as_at_once(tmp_path, content, packed):
    plain, path = tmp_path / "a.txt", tmp_path / ("b.txt.gz" if packed else "b.txt")
    plain.write_bytes(content)
    path.write_bytes(gzip.compress(content) if packed else content)
    corpus = Corpus.read(path)
    assert text_of(corpus) == text_of(corpus) == read_text(plain)  # as often as one likes
    assert len(corpus) == len(read_text(plain))
    assert not corpus.several


@pytest.mark.parametrize(
    "content", [bytes(range(256)) * 600, b"\xe2\x82" * 70_000, b"\xef\xbb\xbf\r\n"]
)
def test_any_bytes_are_read_as_at_once(tmp_path, content):
    path = tmp_path / "a.bin"
    path.write_bytes(content)
    assert text_of(Corpus.read(path, raw=True)) == read_bytes(path)


def test_another_encoding(tmp_path):
    path = tmp_path / "a.txt"
    path.write_bytes("grüße\n".encode("latin-1"))
    assert text_of(Corpus.read(path, encoding="latin-1")) == "grüße\n"
    assert text_of(Corpus.read(Content.of(path, "latin-1"))) == "grüße\n"


@pytest.mark.parametrize("place", [0, 5, CHUNK - 1, CHUNK, 3 * CHUNK + 7])
def test_bytes_that_are_no_text_are_named_as_at_once(tmp_path, place):
    path = tmp_path / "a.txt"
    path.write_bytes((b"line\n" * (place // 5 + 1))[:place] + b"\xff\n" + b"b" * CHUNK)
    with pytest.raises(ValueError, match=r"line \d+, column \d+: byte") as at_once:
        read_text(path)
    with pytest.raises(ValueError, match=f"byte {place} ") as found:
        len(Corpus.read(path))
    assert str(found.value) == str(at_once.value)


@pytest.mark.parametrize(("raw", "what"), [(False, "a text"), (True, "some bytes")])
def test_an_empty_file_alone(tmp_path, raw, what):
    path = tmp_path / "a.txt"
    path.touch()
    with pytest.raises(ValueError, match=rf"a\.txt: expected {what}; got nothing, it is empty"):
        len(Corpus.read(path, raw=raw))


def test_a_file_takes_no_memory(tmp_path):
    path = tmp_path / "a.txt"
    path.write_bytes(b"to be or not to be\n" * 500_000)  # 9.5 MB
    tracemalloc.start()
    characters = sum(map(len, Corpus.read(path).part(17, 9_000_000).pieces()))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert characters == 9_000_000 - 17
    assert peak < 2_000_000


# parts


@settings(max_examples=60, deadline=None)
@given(
    texts=st.lists(st.text("ab\n", max_size=9), min_size=1, max_size=5),
    edges=st.tuples(st.integers(0, 40), st.integers(0, 40), st.integers(0, 40)).map(sorted),
)
def test_a_part_is_a_slice(texts, edges):
    corpus = Corpus.of(texts)
    whole = text_of(corpus)
    first, inner, last = (min(edge, len(whole)) for edge in edges)
    part = corpus.part(first, last)
    assert text_of(part) == whole[first:last]
    assert len(part) == last - first
    assert text_of(part.part(inner - first, 99)) == whole[inner:last]


def test_a_long_text_is_cut_where_it_was_cut_as_a_string():
    text = "abc" * PIECE
    for shares in ((0.9, 0.1, 0.0), (0.3, 0.3, 0.4), (1 / 3, 2 / 3, 0.0)):
        parts = [text_of(part) for part in Corpus.of(text).parts(shares)]
        assert parts == list(split_text(text, shares))


def test_a_document_says_how_much_of_it_is_left_out():
    corpus = Corpus.of(["abc", "def", "ghi"]).part(6, 11)
    found = [(document.begins, "".join(document.pieces)) for document in corpus.documents()]
    assert found == [(2, "f\n"), (0, "ghi")]


# documents


def test_each_of_several_documents_ends_with_a_newline():
    assert texts_of(Corpus.of(["a", "b\n", "", "c\n\n", "d"])) == ["a\n", "b\n", "", "c\n\n", "d\n"]
    assert texts_of(Corpus.of(["a"])) == texts_of(Corpus.of("a")) == ["a"]


def test_the_files_of_a_folder_in_natural_order(folder):
    files = {"x10.txt": "ten", "x2.txt": "two\n", "sub/y.txt": "y", ".hidden": "no", "b.txt": "b"}
    about = {"README.md": "about", "LICENSE": "may"}
    corpus = Corpus.read(folder({**files, **about}))
    assert texts_of(corpus) == ["b\n", "y\n", "two\n", "ten\n"]
    assert corpus.several


def test_a_folder_of_one_text_is_that_text(folder):
    assert Corpus.read(folder({"a.txt": "abc", "README": "about"})) == Corpus.of("abc")


def test_packed_files_in_a_folder(folder):
    files = {"a.txt.gz": gzip.compress(b"abc"), "b.txt": "def"}
    assert Corpus.read(folder(files)) == Corpus.of(["abc", "def"])


def test_files_one_after_the_other(folder):
    place = folder({"b.txt": "b", "a.txt": "a", "more/c.txt": "c", "more/d.txt": "d"})
    corpus = Corpus.read(place / "b.txt", str(place / "more"), Content.of(place / "a.txt"))
    assert texts_of(corpus) == ["b\n", "c\n", "d\n", "a\n"]


@pytest.mark.parametrize("kind", ["zip", "tar.gz"])
def test_archives(tmp_path, kind):
    files = {"a.txt": b"abc", "b/c.txt": b"def\r\n"}
    path = tmp_path / f"texts.{kind}"
    if kind == "zip":
        with zipfile.ZipFile(path, "w") as archive:
            for name, content in files.items():
                archive.writestr(name, content)
    else:
        with tarfile.open(path, "w:gz") as tar:
            for name, content in files.items():
                info = tarfile.TarInfo(name)
                info.size = len(content)
                tar.addfile(info, io.BytesIO(content))
    corpus = Corpus.read(path)
    assert corpus == Corpus.of(["abc", "def"])
    assert text_of(corpus.part(3, 6)) == "\nde"
    path.write_bytes(path.read_bytes()[:-30])
    with pytest.raises(ValueError, match=rf"texts\.{kind}: expected a whole archive"):
        len(Corpus.read(path))


@pytest.mark.parametrize(
    "names",
    [("train/a.txt", "test/a.txt", "valid/a.txt"), ("train.txt", "test.txt", "valid.txt"),
     ("ptb.train.txt", "ptb.test.txt", "ptb.valid.txt")],
)  # fmt: skip
def test_a_folder_with_parts(folder, names):
    place = folder(dict(zip(names, ("train", "test", "valid"), strict=True)))
    for part in (None, "train", "test", "valid"):
        corpus = Corpus.read(Content.of(place, part=part))
        assert corpus == Corpus.of(part or "train")


def test_a_part_that_is_not_there(folder):
    place = folder({"train.txt": "a", "test.txt": "b"})
    with pytest.raises(ValueError, match="expected a part 'valid' in it; got test, train"):
        Corpus.read(Content.of(place, part="valid"))


def test_names_that_are_no_parts(folder):
    place = folder({"train.txt": "a", "test.txt": "b", "station.txt": "c"})
    assert len(texts_of(Corpus.read(place))) == 3


def test_an_empty_file_among_several_is_passed_over(folder):
    place = folder({"a.txt": "a", "b.txt": "", "c.txt": "c"})
    corpus = Corpus.read(place)
    with pytest.warns(UserWarning, match=r"texts: b\.txt: passed over, it is empty"):
        assert len(corpus) == 4
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert texts_of(corpus) == ["a\n", "", "c\n"]  # said once


def test_a_file_of_several_that_is_no_text_is_named(folder):
    place = folder({"a.txt": "a", "b.txt": b"b\n\xff", "c.png": b"\x89PNG\r\n\x1a\n\0"})
    with pytest.raises(ValueError, match=r"texts: b\.txt: line 2, column 1: byte 2 "):
        len(Corpus.read(place))
    with pytest.raises(ValueError, match=r"c\.png: expected text; it begins as a PNG image does"):
        len(Corpus.read(place / "a.txt", place / "c.png"))


# what is none


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: Corpus.of(5), TypeError, "text: expected one string; got int"),
        (lambda: Corpus.of(["a", 5]), TypeError, "text: expected one string; got list"),
        (lambda: Corpus.of(b"a"), TypeError, "text: expected one string; got bytes"),
        (lambda: Corpus.read(), ValueError, "paths: expected at least one"),
        (lambda: Corpus.read(5), TypeError, "paths: expected paths; got int 5"),
        (lambda: Corpus.read("nowhere.txt"), FileNotFoundError, r"nowhere\.txt"),
    ],
)
def test_errors(call, error, words):
    with pytest.raises(error, match=words):
        call()


def test_a_folder_without_texts(folder):
    with pytest.raises(ValueError, match=r"texts: expected texts; got README\.md"):
        Corpus.read(folder({"README.md": "about"}))


def test_equality_goes_by_documents():
    assert Corpus.of("a\nb\n") != Corpus.of(["a", "b"])
    assert Corpus.of(["a", "b"]) == Corpus.of(["a\n", "b\n"])
    assert Corpus.of("ab") != Corpus.of("abc")
    assert Corpus.of("ab") != "ab"
    assert repr(Corpus.of("a" * 1234)) == "Corpus(1,234 characters)"
