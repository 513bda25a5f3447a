"""FASTA: sequences of letters under headers."""

from __future__ import annotations

import io

import pytest

from pyrnn.data.readers import read_fasta


def rows(content, columns=None):
    return list(read_fasta(io.BytesIO(content), columns))


@pytest.mark.parametrize("ends", [b"\n", b"\r\n", b"\r"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_records(ends, mark):
    content = b";old comment\n>one  the first one \nACGT\n acg t\n\n;more\n-N*\n>\n>two\tx"
    found = rows(mark + content.replace(b"\n", ends))
    assert [row.values for row in found] == [
        {"name": "one", "description": "the first one", "text": "ACGTacgt-N*"},
        {"name": "", "description": "", "text": ""},
        {"name": "two", "description": "x", "text": ""},
    ]
    assert [row.line for row in found] == [2, 8, 9]


def test_columns_and_nothing():
    assert [row.values for row in rows(b">a\nAC\n", ["text"])] == [{"text": "AC"}]
    assert rows(b"") == rows(b"; nothing\n\n") == []
    with pytest.raises(ValueError, match=r"line 1: expected a column 'label'; got .*'name', 'desc"):
        rows(b">a\nAC\n", ["label"])


def test_letters_before_a_header():
    with pytest.raises(ValueError, match="line 2: expected a header that begins with '>'; got 'AC"):
        rows(b"\nACGT\n>a\n")


def test_wrong_bytes():
    with pytest.raises(ValueError, match="line 2, column 1: byte 3"):
        rows(b">a\n\xff\n")
