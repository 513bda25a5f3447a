"""A text a row: files, tables in memory, and what is no text."""

from __future__ import annotations

import pytest

from pyrnn.data.layouts import Beside, SequenceColumns, records
from pyrnn.files.content import Content

TEXTS = ["good, really", 'a "b"\nc', "", "\U0001f600 e\u0301 \u05e9\u05dc\u05d5\u05dd", "NA"]


def quoted(text):
    return '"' + text.replace('"', '""') + '"'


FILES = {
    "a.csv": "text,label\n" + "".join(f"{quoted(t)},x{k}\n" for k, t in enumerate(TEXTS)),
    "a.tsv": "label\ttext\n" + "".join(f"x{k}\t{quoted(t)}\n" for k, t in enumerate(TEXTS)),
}


@pytest.mark.parametrize("name", FILES)
def test_texts_with_what_stands_beside_them(name):
    found = list(
        records(Content(name, FILES[name].encode()), SequenceColumns(), Beside(("label",)))
    )
    assert [one.input for one in found] == TEXTS
    assert [one.constant for one in found] == [{"label": f"x{k}"} for k in range(len(TEXTS))]
    assert found[0].place == f"{name}: line 2"
    assert found[2].place == f"{name}: line 5"  # the one before has a line break inside
    assert found[0].varying is None


def test_a_column_by_another_name_and_numbers_beside_it():
    source = Content("a.csv", b"review,stars,low\nfine,4.5,-1\nbad,1,0\n")
    columns = SequenceColumns(text="review")
    found = list(records(source, columns, Beside((), ("stars", "low"))))
    assert [one.varying.tolist() for one in found] == [[[4.5, -1.0]], [[1.0, 0.0]]]


def test_a_column_may_be_asked_for_twice():
    (found,) = records(Content("a.csv", b"text\nfine\n"), SequenceColumns(), Beside(("text",)))
    assert (found.input, found.constant) == ("fine", {"text": "fine"})


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.csv", "words,label\na,x\n", "a.csv: line 1: expected a column 'text'"),
        ("a.csv", "text,text,label\na,b,x\n", "a.csv: line 1: expected different names"),
        (
            "a.jsonl",
            '{"text": null}\n',
            "a.jsonl: line 1, column 'text': expected a text; got None",
        ),
        (
            "a.jsonl",
            '{"text": "a"}\n{"text": 5}\n',
            "line 2, column 'text': expected a text; got i",
        ),
        (
            "a.jsonl",
            '{"text": ["a"]}\n',
            "a.jsonl: line 1, column 'text': expected a text; got list",
        ),
    ],
)
def test_what_is_no_text(name, content, words):
    with pytest.raises(ValueError, match=words):
        list(records(Content(name, content.encode()), SequenceColumns()))


def test_numbers_beside_a_text_name_their_cell():
    source = Content("a.csv", b'text,stars\nfine,4\nbad,"4,5"\n')
    with pytest.raises(ValueError, match=r"a\.csv: line 3, column 'stars': .*decimal comma"):
        list(records(source, SequenceColumns(), Beside((), ("stars",))))
    columns = SequenceColumns(decimal=",")
    found = records(source, columns, Beside((), ("stars",)))
    assert [one.varying.item() for one in found] == [4.0, 4.5]


def test_plain_lines_are_texts_where_they_may_be():
    source = Content("-", b"a,b\nc\n")
    assert [one.input for one in records(source, SequenceColumns(), lines=True)] == ["a,b", "c"]
    with pytest.raises(ValueError, match="expected a column 'text'"):
        list(records(Content("-", b"a,b\nc,d\n"), SequenceColumns()))


def test_a_header_alone_has_no_texts():
    assert list(records(Content("a.csv", b"text,label\n"), SequenceColumns())) == []
