"""Rows of the user's files, by the end of their names."""

from __future__ import annotations

import gzip

import pytest

from pyrnn.data.readers import SPREADSHEETS
from pyrnn.files.content import Content
from pyrnn.models.rows import rows_of

TABLE = b'text,label\nfine,good\n"so, so",bad\n'


@pytest.mark.parametrize("name", ["a.csv", "a.CSV", "a.data", "standard input", "a"])
def test_a_table_whatever_it_is_called(name):
    rows = rows_of(Content(name, TABLE, None), ["label", "text"])
    assert [row.values for row in rows] == [
        {"label": "good", "text": "fine"},
        {"label": "bad", "text": "so, so"},
    ]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.txt", b"one\ntwo\n"),
        ("standard input", b"one\ntwo\n"),
        ("a.csv", b"other,text\n1,one\n2,two\n"),
        ("a.tsv", b"other\ttext\n1\tone\n2\ttwo\n"),
        ("a.jsonl", b'{"text": "one"}\n{"text": "two"}\n'),
        ("a.txt.gz", gzip.compress(b"one\ntwo\n")),
    ],
)
def test_inputs_by_the_line_or_out_of_a_column(name, content):
    rows = rows_of(Content(name, content, None), ["text"], lines=True)
    assert [row.values["text"] for row in rows] == ["one", "two"]


@pytest.mark.parametrize("suffix", SPREADSHEETS)
def test_a_spreadsheet_is_to_be_saved_as_csv(suffix):
    for lines in (True, False):
        with pytest.raises(ValueError, match=rf"^Mine{suffix}: expected .* save it as CSV"):
            rows_of(Content(f"Mine{suffix}", b"PK\x03\x04", None), ["text"], lines=lines)
