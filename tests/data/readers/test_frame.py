"""Data frames and columns in memory."""

from __future__ import annotations

import datetime
import math

import numpy as np
import pytest

from pyrnn.data.readers import Row, is_frame, read_frame, read_rows

COLUMNS = {"text": ["a", "b", None], "n": [1, 2, 3], "x": [0.5, math.nan, 2.0],
           "label": ["NA", "yes", "no"], "s": [[1, 2], [], [3]]}  # fmt: skip


def make(kind):
    """COLUMNS as a frame of this kind."""
    if kind == "dict":
        return COLUMNS
    if kind == "dicts":
        return [dict(zip(COLUMNS, row, strict=True)) for row in zip(*COLUMNS.values(), strict=True)]
    library = pytest.importorskip(kind)
    if kind == "pyarrow":
        return library.table(COLUMNS)
    return library.DataFrame(COLUMNS)


KINDS = ["dict", "dicts", "pandas", "polars", "pyarrow"]


@pytest.mark.parametrize("kind", KINDS)
def test_rows(kind):
    found = list(read_rows(make(kind)))
    assert [row.place for row in found] == ["row 0", "row 1", "row 2"]
    for k, row in enumerate(found):
        assert list(row.values) == list(COLUMNS)
        for name, value in row.values.items():
            expected = COLUMNS[name][k]
            if isinstance(expected, float) and math.isnan(expected):
                assert value is None or math.isnan(value)  # pandas and polars have NaN themselves
            else:
                assert value == expected
                assert type(value) is type(expected)


@pytest.mark.parametrize("kind", KINDS)
def test_columns(kind):
    found = read_rows(make(kind), ["label", "n"])
    assert next(row.values for row in found) == {"label": "NA", "n": 1}
    with pytest.raises(
        ValueError, match=r"data frame.*: expected a column 'Label' \(is it 'label'"
    ):
        list(read_rows(make(kind), ["Label"]))


def test_what_pandas_has_for_missing_and_for_classes():
    pandas = pytest.importorskip("pandas")
    time = pandas.Timestamp("2020-01-01")
    frame = pandas.DataFrame(
        {
            "text": ["a", np.nan, pandas.NA],
            "whole": pandas.array([1, None, 3], dtype="Int64"),
            "string": pandas.array(["x", None, "z"], dtype="string"),
            "kind": pandas.Categorical(["u", "v", None]),
            "time": [time, pandas.NaT, time],
            "flag": [True, False, True],
            7: np.arange(3, dtype=np.int16),
        },
        index=[5, 5, 9],
    )
    assert [row.values for row in read_frame(frame)] == [
        {"text": "a", "whole": 1, "string": "x", "kind": "u", "time": time, "flag": True, "7": 0},
        {"text": None, "whole": None, "string": None, "kind": "v", "time": None, "flag": False,
         "7": 1},
        {"text": None, "whole": 3, "string": "z", "kind": None, "time": time, "flag": True, "7": 2},
    ]  # fmt: skip
    twice = pandas.DataFrame([[1, 2]], columns=["a", "a"])
    with pytest.raises(ValueError, match="expected different names of columns; got 'a' twice"):
        list(read_frame(twice))
    several = pandas.DataFrame([[1, 2]], columns=pandas.MultiIndex.from_tuples([(1, 2), (1, 3)]))
    with pytest.raises(ValueError, match=r"expected names of columns that are text; got \(1, 2\)"):
        list(read_frame(several))


def test_what_polars_and_pyarrow_have():
    polars, pyarrow = pytest.importorskip("polars"), pytest.importorskip("pyarrow")
    day = datetime.date(2020, 1, 1)
    frame = polars.DataFrame({"kind": ["u", "v"], "day": [day, None]})
    frame = frame.with_columns(polars.col("kind").cast(polars.Categorical))
    for found in (read_frame(frame), read_frame(frame.to_arrow())):
        assert [row.values for row in found] == [
            {"kind": "u", "day": day}, {"kind": "v", "day": None}
        ]  # fmt: skip
    twice = pyarrow.table([[1], [2]], names=["a", "a"])
    with pytest.raises(ValueError, match="got 'a' twice"):
        list(read_frame(twice))


def test_arrays_of_numpy(rng):
    frames = rng.standard_normal((2, 4, 3))
    columns = {"frames": frames, "ids": np.array([3, 4]), "text": np.array(["a", "b"]),
               "cells": np.array([np.zeros(2), None], object), 5: (True, np.bool_(False)),
               "day": np.array(["2020-01-01", "NaT"], "M8[D]")}  # fmt: skip
    first, second = read_frame(columns)
    np.testing.assert_array_equal(first.values["frames"], frames[0])
    assert [type(first.values[name]) for name in ("ids", "text", "cells")] == [int, str, np.ndarray]
    assert [second.values[name] for name in ("ids", "text", "cells", "5", "day")] == [
        4, "b", None, False, None
    ]  # fmt: skip
    assert type(second.values["5"]) is bool
    table = np.array([(1, "a", [0, 1])], [("n", "i4"), ("text", "U3"), ("x", "f4", 2)])
    (row,) = read_frame(table)
    assert (row.values["n"], row.values["text"]) == (1, "a")
    np.testing.assert_array_equal(row.values["x"], [0, 1])


def test_dicts_of_their_own_keys():
    rows = [{"text": "a", "label": math.nan}, {"text": "b", "label": "x", "more": 1}]
    assert list(read_frame(rows)) == [
        Row(0, {"text": "a", "label": None}, None, "row"),
        Row(1, {"text": "b", "label": "x", "more": 1}, None, "row"),
    ]
    with pytest.raises(
        ValueError, match="data frame: row 0: expected a column 'more'; got the col"
    ):
        list(read_frame(rows, ["more"]))
    assert list(read_frame([])) == list(read_frame({})) == []
    assert math.isnan(next(read_frame({"x": [math.nan]})).values["x"])  # a number, for who reads it


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ({"a": [1], "b": [1, 2]}, "expected columns of one length; got 1 in 'a' and 2 in 'b'"),
        ({"a": "text"}, "column 'a': expected a list or an array; got str"),
        ({"a": 5}, "column 'a': expected a list or an array; got int"),
        ({"a": np.float32(5)}, "column 'a': expected a list or an array; got float32"),
        ({"a": np.array(5)}, "column 'a': expected a list or an array; got ndarray"),
        ({"a": None}, "column 'a': expected a list or an array; got NoneType"),
        ({None: [1]}, "expected names of columns that are text; got None"),
        ({"1": [1], 1: [2]}, "expected different names of columns; got '1' twice"),
        ([{"1": 1, 1: 2}], "row 0: expected different names of columns; got '1' twice"),
        (np.zeros((2, 2), [("a", "f4")]), r"expected a structured array \(N,\); got \(2, 2\)"),
    ],
)
def test_errors(source, words):
    with pytest.raises(ValueError, match=f"data frame: .*{words}"):
        list(read_rows(source))


@pytest.mark.parametrize("source", [5, None, ["a"], np.zeros(3), object(), [{}, 1]])
def test_what_is_no_frame(source):
    assert not is_frame(source)
    with pytest.raises(TypeError, match="source: expected a path or a stream of bytes; got"):
        list(read_rows(source))
    with pytest.raises(TypeError, match="source: expected a data frame, a dict of columns or a"):
        list(read_frame(source))
