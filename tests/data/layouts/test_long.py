"""A step a row: which sequence it belongs to, what may change within one, and what may not."""

from __future__ import annotations

import json

import numpy as np
import pytest

from pyrnn.data.layouts import Beside, SequenceColumns, records
from pyrnn.data.layouts.names import with_names
from pyrnn.files.content import Content

COLUMNS = {"id": "id", "features": "a,b"}


def read(content, beside=(), varying=(), name="l.csv", **columns):
    chosen = SequenceColumns(**{**COLUMNS, **columns})
    return list(records(Content(name, content.encode()), chosen, Beside(beside, varying)))


def test_the_rows_of_a_sequence_need_not_be_neighbours():
    found = read(
        "id,a,b,kind,y\n7,1,2,x,1\n8,3,4,z,5\n7,5,6,x,2\n9,0,0,z,0\n8,7,8,z,6\n", ("kind",), ("y",)
    )
    assert [one.name for one in found] == ["7", "8", "9"]  # in the order of their first rows
    assert [one.input.tolist() for one in found] == [[[1, 2], [5, 6]], [[3, 4], [7, 8]], [[0, 0]]]
    assert [one.varying.tolist() for one in found] == [[[1], [2]], [[5], [6]], [[0]]]
    assert [one.constant["kind"] for one in found] == ["x", "z", "z"]
    assert [one.place for one in found] == [f"l.csv: line {n}" for n in (2, 3, 5)]


def test_names_in_place_of_ranges():
    table = {"id": [1], "a": [1], "b": [2], "c": [3], "d:e": [4]}
    columns = SequenceColumns(id="id", features=("b:c", "a", "d:e"))
    assert with_names(columns, table).features == ("b", "c", "a", "d:e")
    for same in (SequenceColumns(series=("a:c",)), SequenceColumns(id="id", features=("a", "b"))):
        assert with_names(same, table) is same  # of series others may have more steps
    with pytest.raises(ValueError, match="the table: expected a column 'z'"):
        with_names(SequenceColumns(id="id", features=("a:z",)), table)


def test_features_are_a_range_in_the_order_that_is_asked_for():
    (found,) = read("id,a,b,c\n1,1,2,3\n", features=("b:c", "a"))
    assert found.input.tolist() == [[2, 3, 1]]


@pytest.mark.parametrize(
    ("column", "first", "second"), [("kind", "x", "z"), ("age", "3", "4"), ("site", "", "n")]
)
def test_what_may_not_change_within_a_sequence_names_both_lines(column, first, second):
    content = f"id,a,b,{column}\n7,1,2,{first}\n8,0,0,q\n7,3,4,{second}\n"
    words = (
        rf"^l\.csv: line 4, column '{column}': expected '{first}' as in l\.csv: line 2, where the "
        rf"same sequence begins; got '{second}'"
    )
    with pytest.raises(ValueError, match=words):
        read(content, (column,))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("id,a,b\n7,1,2\n,1,2\n", "line 3, column 'id': expected the name of a seq.*an empty cell"),
        ("id,a,b\n7,1,2\n  ,1,2\n", "line 3, column 'id': .*an empty cell"),
        ("id,a,b\n7,1,x\n", "line 2, column 'b': expected a finite number; got 'x'"),
        ("id,a,b\n7,1,\n", "line 2, column 'b': .*the cell is empty"),
        ("id,a\n7,1\n", "expected a column 'b'"),
        ("unit,a,b\n7,1,2\n", "expected a column 'id'"),
    ],
)
def test_rows_that_are_none(content, words):
    with pytest.raises(ValueError, match=rf"^l\.csv.*{words}"):
        read(content)


def test_a_target_that_is_no_number_names_its_cell():
    with pytest.raises(ValueError, match=r"^l\.csv: line 3, column 'y': "):
        read("id,a,b,y\n7,1,2,3\n7,1,2,?\n", varying=("y",))


@pytest.mark.parametrize(
    ("name", "words"), [([1], r"got list \[1\]"), (None, "an empty cell"), ({"a": 1}, "got dict")]
)
def test_names_out_of_json_that_are_none(name, words):
    rows = [{"id": 1, "a": 1, "b": 2}, {"id": name, "a": 1, "b": 2}]
    with pytest.raises(ValueError, match=f"line 2, column 'id': expected the name .*{words}"):
        read("".join(json.dumps(row) + "\n" for row in rows), name="l.jsonl")


def test_a_number_that_is_missing_is_as_one_that_is_missing():
    nan = float("nan")
    rows = [{"id": 1, "a": 1, "b": 2, "age": nan}, {"id": 1, "a": 1, "b": 2, "age": nan}]
    (found,) = records(rows, SequenceColumns(**COLUMNS), Beside(("age",)))
    assert found.input.shape == (2, 2)
    rows[1]["age"] = 3.0
    with pytest.raises(
        ValueError, match="row 1, column 'age': expected nan as in the table: row 0"
    ):
        list(records(rows, SequenceColumns(**COLUMNS), Beside(("age",))))


def test_arrays_beside_a_sequence_are_compared_whole():
    ones = [np.ones(2), np.ones(2)]
    table = {"id": [1, 1], "a": [1, 2], "b": [1, 2], "kinds": ones}
    (found,) = records(table, SequenceColumns(**COLUMNS), Beside(("kinds",)))
    assert found.constant["kinds"].tolist() == [1, 1]
    ones[1] = np.zeros(2)
    with pytest.raises(ValueError, match="row 1, column 'kinds'"):
        list(records(table, SequenceColumns(**COLUMNS), Beside(("kinds",))))


def test_gaps_where_they_are_declared():
    (found,) = read("id,a,b\n7,NA,2\n7,3,\n", missing=("NA", "empty"))
    np.testing.assert_array_equal(found.input, [[np.nan, 2], [3, np.nan]])


def test_a_table_without_rows_has_no_sequences():
    assert read("id,a,b\n") == []


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        ({"features": "a"}, "id: expected the column that says which sequence"),
        ({"id": "id", "text": "t"}, "id: expected features beside it, .*; got text"),
        ({"id": "id", "series": "a:b"}, "id: expected features beside it, .*; got series"),
        ({"id": "id", "features": "a", "text": "t"}, "features: expected one of text, series"),
        ({"frames": "f", "series": "a"}, "expected one of text, series, features, frames"),
    ],
)
def test_columns_that_do_not_go_together(columns, words):
    with pytest.raises(ValueError, match=words):
        SequenceColumns(**columns)
