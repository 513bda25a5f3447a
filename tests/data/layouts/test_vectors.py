"""Vectors and classes a row, of columns of numbers, of arrays and lists."""

from __future__ import annotations

import io
import json

import numpy as np
import pytest

from pyrnn.data.layouts import VectorColumns, vectors
from pyrnn.data.layouts.vectors import vector_of
from pyrnn.files.content import Content


def read(content, *, texts=False, name="w.csv", **columns):
    data = content if isinstance(content, bytes) else content.encode()
    return list(vectors(Content(name, data), VectorColumns(**columns), texts=texts))


def archive(**arrays):
    file = io.BytesIO()
    np.savez(file, **arrays)
    return file.getvalue()


CSV = "x0,x1,kind,note\n1,2.5,a,one\n3,-4,b,two\n"


def test_columns_of_numbers():
    first, second = read(CSV, texts=True, vector="x0:x1", label="kind", text="note")
    assert (first.vector.tolist(), first.labels, first.text) == ([1, 2.5], ("a",), "one")
    assert (second.vector.tolist(), second.labels, second.text) == ([3, -4], ("b",), "two")
    assert (first.place, second.place) == ("w.csv: line 2", "w.csv: line 3")
    assert (first.vector.dtype, first.group) == (np.float64, None)


def test_order_and_parts():
    assert read(CSV, vector="x1,x0")[1].vector.tolist() == [-4, 3]
    (one, _) = read(CSV, label="kind,note")
    assert (one.vector, one.labels, one.text) == (None, ("a", "one"), "")
    (one, _) = read(CSV, label="kind", text="note", split_by="note", texts=True)
    assert one.group == "one"


def test_without_columns_those_of_known_names():
    (one,) = read("label,text\nfr,lundi\n", texts=True)
    assert (one.vector, one.labels, one.text) == (None, ("fr",), "lundi")
    (one,) = read('{"vector": [1, 2], "label": 3}\n', name="w.jsonl")
    assert (one.vector.tolist(), one.labels) == ([1, 2], (3,))
    (one,) = read('{"vector": [1, 2], "label": 3}\n', name="w.jsonl", vector="vector")
    assert one.labels == ()
    words = r"^w\.csv: expected vector or label .* got neither, and the columns 'x0', 'x1', 'kind'"
    with pytest.raises(ValueError, match=words):
        read(CSV)


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ([1, 2.5, -3], [1, 2.5, -3]),
        ([[1, 2], [3, 4]], [1, 2, 3, 4]),
        ([1, None, 2], [1, np.nan, 2]),
        (7, [7]),
        ("[1, 2]", [1, 2]),
        (" [1,2] ", [1, 2]),
    ],
)
def test_lists(cell, expected):
    (one,) = read(json.dumps({"v": cell}), name="w.jsonl", vector="v")
    np.testing.assert_array_equal(one.vector, expected)


@pytest.mark.parametrize("dtype", ["float32", "float64", "uint8", "int64", "bool", "float16"])
def test_arrays(dtype):
    v = np.arange(12).reshape(2, 2, 3).astype(dtype)
    rows = read(
        archive(v=v, t=np.array(["a", "b"])), name="w.npz", vector="v", text="t", texts=True
    )
    assert [row.text for row in rows] == ["a", "b"]
    np.testing.assert_array_equal(rows[1].vector, v[1].ravel())
    wide = dtype in ("float64", "int64")
    assert rows[0].vector.dtype == (np.float64 if wide else np.float32)


def test_missing_numbers_and_commas():
    (one,) = read("a;b\n1,5;NA\n", vector="a,b", decimal=",", missing="NA")
    np.testing.assert_array_equal(one.vector, [1.5, np.nan])


@pytest.mark.parametrize(
    ("content", "columns", "words"),
    [
        ("a,b\n1,\n", {"vector": "a,b"}, "line 2, column 'b': expected a finite number; got ''"),
        ("a,b\n1,x\n", {"vector": "a,b"}, "line 2, column 'b': expected a finite number; got 'x'"),
        ('a,b\n1,"[1, 2"\n', {"vector": "b"}, "column 'b': expected a finite number"),
        ('a,b\n1,"[1, true, {}]"\n', {"vector": "b"}, "column 'b': expected a vector of numbers"),
        ("a,b\n1,[]\n", {"vector": "b"}, "column 'b': expected a vector of at least one number"),
        ("a,b\n1, \n", {"label": "b"}, "line 2, column 'b': expected a label; got an empty cell"),
        ("a,b\n1,2\n", {"label": "c"}, "expected a column 'c'; got the columns 'a', 'b'"),
        ("a,b\n1,2\n", {"vector": "a:c"}, "expected a column 'c'"),
        ("a,b\n", {"vector": "c"}, "expected a column 'c'; got the columns 'a', 'b'"),
        ("a,b\n1,2\n", {"label": "a"}, "expected a column 'text'"),
    ],
)
def test_what_cannot_be(content, columns, words):
    with pytest.raises(ValueError, match=rf"^w\.csv.*{words}"):
        read(content, texts="text" in words, **columns)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"v": "x"}, "column 'v': expected a finite number; got 'x'"),
        ({"v": [1, "x"]}, "column 'v': expected a vector of numbers; got list"),
        ({"v": [[1], [2, 3]]}, "column 'v': expected a vector of numbers; got list"),
        ({"v": [1e999]}, "finite"),
        ({"v": {}}, "column 'v': expected a number"),
        ({"v": [1], "t": 3}, "column 't': expected a text; got int 3"),
        ({"v": [1], "t": "x", "g": None}, "column 'g': expected a group; got an empty cell"),
        ({"v": [1], "t": "x", "g": [1]}, "column 'g': expected a group; got list"),
    ],
)
def test_values_that_are_none(values, words):
    content = json.dumps({"t": "a", "g": "a", **values}).replace("Infinity", "1e999")
    with pytest.raises(ValueError, match=rf"^w\.jsonl.*{words}"):
        read(content, name="w.jsonl", vector="v", text="t", split_by="g", texts=True)


def test_a_column_is_one_thing():
    with pytest.raises(ValueError, match="text: expected each column once; got 'a' twice"):
        VectorColumns(vector="a,b", text="a")


def test_vectors_in_memory():
    masked = np.ma.masked_array([1.0, 2.0], [False, True])
    np.testing.assert_array_equal(vector_of(masked, "v"), [1, np.nan])
    with pytest.raises(ValueError, match=r"^v: .*expected a finite number; got inf"):
        vector_of([1.0, np.inf], "v")
    with pytest.raises(ValueError, match=r"^v: expected a vector of numbers; got list \[\(1\+2j\)"):
        vector_of([1 + 2j], "v")
