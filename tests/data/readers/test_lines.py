"""Plain text by lines."""

from __future__ import annotations

import io

import pytest

from pyrnn.data.readers import Row, read_lines
from pyrnn.data.readers.source import CHUNK


def texts(content, **options):
    return [row.values["text"] for row in read_lines(io.BytesIO(content), **options)]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("p\u2028q\x0cr\x85s\nt\n", ["p\u2028q\x0cr\x85s", "t"]),
        ("a\r\nb\rc\r\n", ["a", "b\rc"]),
        ("a\n\nb", ["a", "", "b"]),
        ("\n", [""]),
        ("", []),
        ("\ufeffa\n", ["a"]),
        ('say "x, y\n', ['say "x, y']),
    ],
)
def test_lines(content, expected):
    assert texts(content.encode()) == expected


def test_lines_across_chunks():
    lines = ["\u00e9" * (CHUNK - 1), "", "x" * (2 * CHUNK), "y" * CHUNK]
    assert texts("\n".join(lines).encode()) == lines


def test_rows_and_columns():
    content = b"a\nb\n"
    assert list(read_lines(io.BytesIO(content), ["review"])) == [
        Row(1, {"review": "a"}),
        Row(2, {"review": "b"}),
    ]
    with pytest.raises(ValueError, match=r"expected one column, .* got review, label"):
        list(read_lines(io.BytesIO(content), ["review", "label"]))


def test_a_wrong_byte(tmp_path):
    path = tmp_path / "t.txt"
    path.write_bytes("\u00e9\u00e9\n".encode() * CHUNK + b"ab\xe9c\n")
    place = f"t.txt: line {CHUNK + 1}, column 3: byte {5 * CHUNK + 2} "
    with pytest.raises(ValueError, match=place):
        list(read_lines(path))
    path.write_bytes(b"a\nb\xc3")
    with pytest.raises(ValueError, match=r"line 2, column 2: byte 3 \(value 195\)"):
        list(read_lines(path))
