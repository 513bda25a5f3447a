"""Every layout out of tables in memory."""

from __future__ import annotations

import numpy as np
import pytest

from pyrnn.data.layouts import LAYOUTS, Beside, SequenceColumns, TokenColumns, records


def pandas(columns):
    return pytest.importorskip("pandas").DataFrame(columns)


def polars(columns):
    return pytest.importorskip("polars").DataFrame(columns)


def pyarrow(columns):
    return pytest.importorskip("pyarrow").table(columns)


def rows(columns):
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


TABLES = {"dict": dict, "rows": rows, "pandas": pandas, "polars": polars, "pyarrow": pyarrow}
CASES = {
    "text": ({"text": "t"}, {"t": ["a", "", "c"]}, ["a", "", "c"]),
    "series": (
        {"series": "a:b"},
        {"a": [1.5, 2.0, 0.0], "b": [3, 4, 5]},
        [[[1.5], [3]], [[2], [4]], [[0], [5]]],
    ),
    "features": (
        {"id": "n", "features": "a,b"},
        {"n": [4, 5, 4], "a": [1, 2, 3], "b": [0.5, 1.5, 2.5]},
        [[[1, 0.5], [3, 2.5]], [[2, 1.5]]],
    ),
    "frames": (
        {"frames": "f"},
        {"f": [[[1.0, 2.0]], [[3.0, 4.0], [5.0, 6.0]], [[0.0, 0.0]]]},
        [[[1, 2]], [[3, 4], [5, 6]], [[0, 0]]],
    ),
    "tokens": (
        {"tokens": "t"},
        {"t": [["a", "b"], ["c"], []]},
        [("a", "b"), ("c",), ()],
    ),
}
assert set(CASES) == set(LAYOUTS)


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("layout", CASES)
def test_every_layout_out_of_every_table(layout, table):
    columns, content, expected = CASES[layout]
    content = {**content, "kind": ["x", "y", "x"], "y": [1, 2, 3]}
    kind = TokenColumns if layout == "tokens" else SequenceColumns
    found = list(records(TABLES[table](content), kind(**columns), Beside(("kind",), ("y",))))
    inputs = [x.tolist() if isinstance(x, np.ndarray) else x for x in (one.input for one in found)]
    assert inputs == expected
    assert [one.constant["kind"] for one in found] == ["x", "y", "x"][: len(expected)]
    assert found[1].varying.tolist() == [[2.0]]
    assert found[0].place == "the table: row 0"


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("gap", [None, np.nan])
def test_empty_cells_at_the_end_of_a_series(table, gap):
    """pandas says NaN for them."""
    content = TABLES[table]({"a": [1.0, 2.0], "b": [3.0, gap]})
    found = records(content, SequenceColumns(series="a:b"))
    assert [one.input.tolist() for one in found] == [[[1], [3]], [[2]]]
    with pytest.raises(ValueError, match="the table: row 1, column 'b': expected a number"):
        list(records(content, SequenceColumns(series="b,a")))


@pytest.mark.parametrize("table", TABLES)
def test_a_sequence_without_a_name(table):
    content = TABLES[table]({"n": ["a", None], "x": [1, 2]})
    with pytest.raises(ValueError, match=r"row 1, column 'n': .*an empty cell"):
        list(records(content, SequenceColumns(id="n", features="x")))
