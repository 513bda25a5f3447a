"""Reading and cutting texts."""

from __future__ import annotations

import pytest

from pyrnn.data import read_bytes, read_text, split_text, tokenizer_for
from pyrnn.data.encodings import decoded


def test_line_ends_and_byte_order_mark(tmp_path):
    path = tmp_path / "text"
    path.write_bytes(b"\xef\xbb\xbfa\r\nb\rc\n")
    assert read_text(path) == "a\nb\nc\n"


def test_other_encodings(tmp_path):
    path = tmp_path / "text"
    path.write_bytes("Größe".encode("latin-1"))
    assert read_text(path, "latin-1") == "Größe"
    message = (
        r"text: line 1, column 3: byte 2 \(value 246\) is not utf-8 text; .*--encoding latin-1"
    )
    with pytest.raises(ValueError, match=message):
        read_text(path)
    assert read_text(path, errors="replace") == "Gr\ufffd\ufffde"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "UTF8"])
@pytest.mark.parametrize("stored", ["utf-16", "utf-32", "utf-8-sig"])
def test_a_byte_order_mark_says_the_encoding(tmp_path, stored, encoding):
    path = tmp_path / "text"
    path.write_bytes("na\u00efve\n".encode(stored))
    assert read_text(path, encoding) == "na\u00efve\n"


@pytest.mark.parametrize("stored", ["utf-16-le", "utf-16-be"])
def test_utf_16_without_a_mark_is_recognised(tmp_path, stored):
    path = tmp_path / "text"
    path.write_bytes("the quick brown fox\n".encode(stored) * 400)
    with pytest.raises(ValueError, match=f"likely to be {stored}: .*--encoding {stored}"):
        read_text(path)
    assert read_text(path, stored).startswith("the quick")


@pytest.mark.parametrize("content", [b"a\0b", b"\0\0\0\0", b"a\0", b"a\0b\0cdefghij"])
def test_zero_bytes_in_utf_8_are_text(tmp_path, content):
    path = tmp_path / "text"
    path.write_bytes(content)
    assert read_text(path) == content.decode()


@pytest.mark.parametrize(
    ("content", "encoding", "place"),
    [
        (b"\xef\xbb\xbfab\n\xc3\xa9\xff", "utf-8", "line 2, column 2: byte 8"),
        (b"\xff", "utf-8", "line 1, column 1: byte 0"),
        ("ab\nc".encode("utf-16-le") + b"d", "utf-16-le", "line 2, column 2: byte 8"),
        (b"ab\n\xe9", "ascii", "line 2, column 1: byte 3"),
    ],
)
def test_an_error_says_where(tmp_path, content, encoding, place):
    path = tmp_path / "text"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=place):
        read_text(path, encoding)


@pytest.mark.parametrize("encoding", ["klingon", "base64", "hex", "", "a\0b"])
def test_an_encoding_that_is_none(tmp_path, encoding):
    path = tmp_path / "text"
    path.write_bytes(b"abc")
    with pytest.raises(ValueError, match="encoding: expected the name of a text encoding"):
        read_text(path, encoding)


@pytest.mark.parametrize(
    "content",
    [
        b"\xef\xbb\xbfa\r\nb\rc\n",
        bytes(range(256)),
        "Größe \U0001f600".encode(),
        b"\xed\xb2\x80\xed\xa0\x80",  # surrogates, which are no UTF-8
    ],
    ids=["mark and line ends", "all bytes", "UTF-8", "surrogates"],
)
def test_a_model_of_bytes_gets_every_byte_as_it_is(tmp_path, content):
    path = tmp_path / "data"
    path.write_bytes(content)
    text = read_bytes(path)
    assert bytes(tokenizer_for(text, "bytes").encode(text).tolist()) == content


def test_an_empty_or_missing_file(tmp_path):
    (tmp_path / "empty").touch()
    for read in (read_text, read_bytes):
        with pytest.raises(ValueError, match=r"empty: expected .*; got nothing, it is empty"):
            read(tmp_path / "empty")
        with pytest.raises(FileNotFoundError):
            read(tmp_path / "none")


@pytest.mark.parametrize("length", [0, 1, 7, 20, 1000, 1_115_394])
@pytest.mark.parametrize("shares", [(0.9, 0.05, 0.05), (0.8, 0.1, 0.1), (0.95, 0.05, 0), (1, 0, 0)])
def test_parts_cover_the_text_in_order(length, shares):
    text = "".join(chr(97 + i % 26) for i in range(length))
    parts = split_text(text, shares)
    assert "".join(parts) == text
    for part, share in zip(parts, shares, strict=True):
        assert abs(len(part) - share * length) <= 1


def test_a_cut_loses_nothing_to_binary_fractions():
    # 100 * (0.9 + 0.05) is 94.99999999999999 in binary
    assert [len(part) for part in split_text("x" * 100)] == [90, 5, 5]


@pytest.mark.parametrize("shares", [(0.9, 0.1), (0.9, 0.2, 0.05), (1.1, -0.1, 0)])
def test_wrong_shares(shares):
    with pytest.raises(ValueError, match="shares: expected three numbers"):
        split_text("abc", shares)


@pytest.mark.data
def test_tiny_shakespeare_is_cut_where_its_users_cut_it(data_file):
    parts = split_text(read_text(data_file("tinyshakespeare/input.txt")))
    assert [len(part) for part in parts] == [1003854, 55770, 55770]
    assert tokenizer_for(parts.train).size == 65
    assert tokenizer_for(parts.train).encode(parts.valid + parts.test).max() < 65


@pytest.mark.data
@pytest.mark.parametrize(("part", "tokens"), [("valid", 73_760), ("test", 82_430)])
def test_penn_treebank_has_its_published_counts(data_file, part, tokens):
    text = read_text(data_file(f"ptb/ptb.{part}.txt"))
    assert len(tokenizer_for(text, "words").encode(text)) == tokens


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"\x89PNG\r\n\x1a\n" + bytes(20), "a PNG image"),
        (b"PAR1\x15\x04\x15" + bytes(9), "a Parquet file"),
        (b"\x28\xb5\x2f\xfd\x04", "a Zstandard archive"),
        (b"PK\x03\x04\x14" + bytes(9), "a zip archive"),
    ],
)
def test_what_is_no_text_is_told_by_its_beginning(content, kind):
    with pytest.raises(ValueError, match=f"x.csv: expected text; it begins as {kind} does"):
        decoded(content, "x.csv")
    assert decoded(b"PAR1 is a word, and RIFF another", "x.csv").startswith("PAR1")
