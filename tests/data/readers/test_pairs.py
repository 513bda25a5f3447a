"""A pair a line with a tab between; rows of two files beside each other."""

from __future__ import annotations

import gzip
import io

import pytest

from pyrnn.data.readers import Row, read_lines
from pyrnn.data.readers.pairs import beside, read_tab_separated


def read(content, **how):
    return [tuple(row.values.values()) for row in read_tab_separated(io.BytesIO(content), **how)]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("a\tb\n", [("a", "b")]),
        ("a\tb", [("a", "b")]),
        ("\ufeffa b\tc d\r\n\te\nf\t\n", [("a b", "c d"), ("", "e"), ("f", "")]),
        ('say "x\ty"\n', [('say "x', 'y"')]),
        ("p\u2028q\tr\x85s\x0ct\n", [("p\u2028q", "r\x85s\x0ct")]),
        (" a \t b \n", [(" a ", " b ")]),
        ("a\tb\n\n\r\nc\td\n\n", [("a", "b"), ("c", "d")]),
        ("\t\n", [("", "")]),
        ("", []),
    ],
)
def test_pairs(content, expected):
    assert read(content.encode()) == expected


def test_rows_know_their_lines():
    rows = list(read_tab_separated(io.BytesIO(b"a\tb\n\nc\td\n")))
    assert rows == [
        Row(1, {"source": "a", "target": "b"}),
        Row(3, {"source": "c", "target": "d"}),
    ]


def test_columns_behind_are_passed_over_where_asked():
    content = b"Go.\tVa !\tCC-BY 2.0\nI am.\tJe suis.\n"
    assert read(content, first_two=True) == [("Go.", "Va !"), ("I am.", "Je suis.")]
    with pytest.raises(
        ValueError, match=r"line 1: expected two columns.*; got 3; first_two passes"
    ):
        read(content)


@pytest.mark.parametrize(("content", "got"), [(b"a\tb\nc d\n", 1), (b"a\tb\nc\td\te\n", 3)])
def test_other_columns_are_named_by_line(content, got):
    with pytest.raises(
        ValueError, match=f"standard input: line 2: .*with a tab between; got {got}"
    ):
        read(content)


def test_packed_and_in_another_encoding(tmp_path):
    path = tmp_path / "pairs.tsv.gz"
    path.write_bytes(gzip.compress("caf\u00e9\tbar\n".encode("latin-1")))
    (row,) = read_tab_separated(path, encoding="latin-1")
    assert row.values == {"source": "caf\u00e9", "target": "bar"}
    with pytest.raises(ValueError, match=r"pairs\.tsv\.gz: line 1"):
        list(read_tab_separated(path))


def lines(*texts):
    return read_lines(io.BytesIO("".join(f"{text}\n" for text in texts).encode()))


@pytest.mark.parametrize(
    ("one", "other"),
    [(("a", "", "c"), ("x", "y", "")), (("p\u2028q", "b\x85"), ("x", "y")), ((), ())],
)
def test_rows_beside_each_other(one, other):
    found = [
        (a.values["text"], b.values["text"]) for a, b in beside(lines(*one), lines(*other), "")
    ]
    assert found == list(zip(one, other, strict=True))


@pytest.mark.parametrize("counts", [(3, 2), (0, 1), (2, 5), (70_000, 69_999)])
def test_files_of_unequal_length(counts):
    one, other = (lines(*["x"] * count) for count in counts)
    words = f"^a, b: expected as many lines in both; got {counts[0]} and {counts[1]}$"
    with pytest.raises(ValueError, match=words):
        list(beside(one, other, "a, b"))
