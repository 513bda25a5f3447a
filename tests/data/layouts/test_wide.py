"""A series a row: ranges of columns, ends, gaps, decimal commas."""

from __future__ import annotations

import numpy as np
import pytest

from pyrnn.data.layouts import Beside, SequenceColumns, records
from pyrnn.files.content import Content


def read(content, series, beside=(), varying=(), **columns):
    source = Content("w.csv", content.encode())
    found = records(source, SequenceColumns(series=series, **columns), Beside(beside, varying))
    return list(found)


def values(found):
    return [one.input[:, 0].tolist() for one in found]


@pytest.mark.parametrize(
    ("series", "expected"),
    [
        ("x0:x2", [1, 2, 3]),
        ("x2,x0", [3, 1]),
        (("x1:x2", "x0"), [2, 3, 1]),
        ("x1:x1", [2]),
        (" x0 : x2 ", [1, 2, 3]),
    ],
)
def test_ranges_of_columns(series, expected):
    (found,) = read("x0,x1,x2,kind\n1,2,3,a\n", series, ("kind",))
    assert values([found]) == [expected]
    assert (found.constant, found.place) == ({"kind": "a"}, "w.csv: line 2")
    assert found.input.dtype == np.float64


@pytest.mark.parametrize(
    ("series", "expected"),
    [("t:0:t:2", [1, 2, 3]), ("t:1", [2]), ("t:1:t:2", [2, 3]), ("t:0:z", [1, 2, 3, 4])],
)
def test_colons_in_the_names_of_columns(series, expected):
    assert values(read("t:0,t:1,t:2,z\n1,2,3,4\n", series)) == [expected]


@pytest.mark.parametrize(
    ("series", "words"),
    [
        ("x2:x0", "expected 'x2' before 'x0'; got them the other way"),
        ("x0:x9", "expected a column 'x9'; got the columns 'x0', 'x1', 'x2'"),
        ("y:x0", "expected a column 'y'"),
        ("x0:x1,x1", "expected each column once; got 'x1' twice"),
        ("X0", r"expected a column 'X0' \(is it 'x0'\?\)"),
        ("x0:x1:x2", "expected a column 'x1:x2'"),
    ],
)
def test_columns_that_are_none(series, words):
    with pytest.raises(ValueError, match=rf"^w\.csv.*{words}"):
        read("x0,x1,x2\n1,2,3\n", series)


def test_empty_cells_at_the_end_are_beyond_the_series():
    found = read("x0,x1,x2,y\n1,,,5\n,,,6\n1,2,3,7\n", "x0:x2", varying=("y",))
    assert values(found) == [[1], [], [1, 2, 3]]
    assert found[1].input.shape == (0, 1)
    assert [one.varying.tolist() for one in found] == [[[5.0]], [[6.0]], [[7.0]]]


@pytest.mark.parametrize(
    ("row", "missing", "words"),
    [
        ("1,,3", None, "column 'x1': .*the cell is empty"),
        ("1,NA,3", None, "column 'x1': expected a finite number; got 'NA'"),
        ("1,inf,3", ("NA",), "column 'x1': expected a finite number; got 'inf'"),
        ("1,,3", ("NA",), "column 'x1': .*the cell is empty"),
        ('1,"2,5",3', None, "column 'x1': .*decimal comma"),
    ],
)
def test_cells_that_are_no_numbers(row, missing, words):
    with pytest.raises(ValueError, match=rf"^w\.csv: line 3, {words}"):
        read(f"x0,x1,x2\n1,2,3\n{row}\n", "x0:x2", missing=missing)


def test_declared_gaps_and_a_named_comma():
    found = read('x0;x1;x2\n"1,5";NA;2\n1;;"3,25"\n', "x0:x2", missing=("NA", "empty"), decimal=",")
    np.testing.assert_array_equal(values(found), [[1.5, np.nan, 2], [1, np.nan, 3.25]])


def test_a_table_without_rows_has_no_series():
    assert read("x0,x1\n", "x0:x1") == []


@pytest.mark.parametrize("row", ["1,2", "1,2,3,4"])
def test_a_row_that_is_cut_off(row):
    with pytest.raises(ValueError, match=r"^w\.csv: line 3: expected 3 fields"):
        read(f"x0,x1,x2\n1,2,3\n{row}\n", "x0:x2")
