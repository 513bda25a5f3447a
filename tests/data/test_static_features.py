"""A row of numbers and categories as one vector."""

from __future__ import annotations

import numpy as np
import pytest

from pyrnn.data import Standardizer, StaticFeatures
from pyrnn.files.strict_json import parse_json, write_json

ROWS = [[20, "m", True, 1.0], [30, "f", False, 1.0], [40, "m", True, 1.0]]
NAMES = ["age", "sex", "smokes", "constant"]
nan = float("nan")


def test_numbers_are_standardised_and_categories_one_hot():
    features = StaticFeatures.fit(ROWS, NAMES)
    assert features.width == 6
    assert features.names == tuple(NAMES)
    assert features.numeric == (True, False, False, True)
    s = 1.5**0.5  # (40 - 30) / sqrt(200 / 3)
    # age; f, m; False, True; constant
    expected = [[-s, 0, 1, 0, 1, 0], [0, 1, 0, 1, 0, 0], [s, 0, 1, 0, 1, 0]]
    encoded = features.encode(ROWS)
    assert encoded.dtype == np.float64
    np.testing.assert_allclose(encoded, expected, atol=1e-15)
    assert features.encode([]).shape == (0, 6)


def test_an_unknown_category_is_zeros():
    features = StaticFeatures.fit([["a", True], ["", True]])
    assert features.encode([["b", False], ["", True]]).tolist() == [[0, 0, 0], [1, 0, 1]]


@pytest.mark.parametrize("dtype", [np.float32, np.int64])
@pytest.mark.parametrize("scale", ["standard", "none"])
def test_an_array_is_rows_of_numbers(rng, dtype, scale):
    rows = (10 * rng.standard_normal((9, 3))).astype(dtype)
    features = StaticFeatures.fit(rows, scale=scale)
    expected = Standardizer.fit([rows]).transform(rows) if scale == "standard" else rows
    np.testing.assert_allclose(features.encode(rows), expected, rtol=1e-14)
    listed = StaticFeatures.fit(rows.tolist(), scale=scale)
    assert listed == features
    np.testing.assert_array_equal(listed.encode(rows.tolist()), features.encode(rows))
    assert features.encode(rows[:0]).shape == (0, 3)


@pytest.mark.parametrize(("scale", "filled"), [("standard", 0), ("none", 2)])
def test_the_mean_of_training_stands_for_what_is_missing(scale, filled):
    features = StaticFeatures.fit([[1.0], [None], [3.0], [nan]], scale=scale, missing="mean")
    assert features.encode([[None], [nan]]).tolist() == [[filled], [filled]]
    assert features.encode(np.array([[nan]])).tolist() == [[filled]]


def test_a_column_of_nothing_is_0():
    features = StaticFeatures.fit([[None], [None]], missing="mean")
    assert features.encode([[None]]).tolist() == [[0]]


def test_numpy_s_own_values():
    rows = [[np.int8(1), np.str_("a"), np.bool_(True)], [np.float32(3), np.str_("b"), np.True_]]
    features = StaticFeatures.fit(rows)
    assert features.encode([[1, "a", True]]).tolist() == [[-1, 1, 0, 1]]
    assert parse_json(write_json(features.to_json())) == features.to_json()
    texts = StaticFeatures.fit(np.array([["b"], ["a"]]))
    assert texts.encode(np.array([["a"]])).tolist() == [[1, 0]]


@pytest.mark.parametrize("settings", [{}, {"scale": "none", "missing": "mean"}])
def test_json(settings):
    features = StaticFeatures.fit(ROWS, NAMES, **settings)
    read = StaticFeatures.from_json(parse_json(write_json(features.to_json())))
    assert read == features
    np.testing.assert_array_equal(read.encode(ROWS), features.encode(ROWS))


NUMBER = {"name": "a", "standardizer": {"mean": [0.0], "deviation": [1.0]}}


@pytest.mark.parametrize(
    "change",
    [
        {"columns": []},
        {"columns": None},
        {"columns": [{}]},
        {"columns": [1]},
        {"columns": [NUMBER, NUMBER]},
        {"columns": [NUMBER | {"name": 1}]},
        {"columns": [NUMBER | {"name": ["a"]}]},
        {"columns": [NUMBER | {"more": 1}]},
        {"columns": [NUMBER | {"standardizer": {"mean": [0, 0], "deviation": [1, 1]}}]},
        {"columns": [NUMBER | {"standardizer": None}]},
        {"columns": [{"name": "a", "categories": []}]},
        {"columns": [{"name": "a", "categories": "ab"}]},
        {"columns": [{"name": "a", "categories": ["b", "a"]}]},
        {"columns": [{"name": "a", "categories": ["a", "a"]}]},
        {"columns": [{"name": "a", "categories": ["a", True]}]},
        {"columns": [{"name": "a", "categories": [1, 2]}]},
        {"columns": [{"name": "a", "categories": [["a"]]}]},
        {"scale": "max"},
        {"scale": ["standard"]},
        {"missing": None},
        {"more": 1},
    ],
)
def test_json_that_is_none(change):
    content = {"columns": [NUMBER], "scale": "standard", "missing": "error"}
    StaticFeatures.from_json(content)
    with pytest.raises(ValueError, match="expected"):
        StaticFeatures.from_json(content | change)


@pytest.mark.parametrize(
    ("rows", "settings", "kind", "words"),
    [
        ([], {}, ValueError, "static: expected at least one, of at least one value; got none"),
        ([[]], {}, ValueError, "got none"),
        (np.zeros((0, 2)), {}, ValueError, "got none"),
        (np.zeros(3), {}, ValueError, r"shape \(N, S\); got \(3,\)"),
        ([[1, 2], [3]], {}, ValueError, "expected 2 values in each; got 1 in row 1"),
        ([[1]], {"names": ["a", "b"]}, ValueError, "expected 2 values in each; got 1 in row 0"),
        ("ab", {}, TypeError, "expected a list of rows; got str"),
        (3, {}, TypeError, "expected a list of rows; got int"),
        (["ab"], {}, TypeError, "expected a list, a tuple or an array .* got str 'ab' at row 0"),
        ([{"a": 1}], {}, TypeError, "got dict"),
        (
            [[1], ["x"]],
            {"names": ["age"]},
            TypeError,
            "row 1, column 'age': .* number; got str 'x'",
        ),
        ([[1], [True]], {}, TypeError, "row 1, column '0': expected a number; got bool"),
        ([["x"], [1]], {}, TypeError, "row 1, column '0': expected a string, .* got int 1"),
        ([[True], ["x"]], {}, TypeError, "row 1, column '0': expected a truth value, .* got str"),
        ([[True], [1]], {}, TypeError, "row 1, column '0': expected a truth value, .* got int"),
        ([["x"], [None]], {"missing": "mean"}, ValueError, "row 1, column '0': expected a string"),
        ([[1], [None]], {}, ValueError, "row 1, column '0': .* got None .*gaps='mean'"),
        ([[1], [nan]], {}, ValueError, "row 1, column '0': expected a finite number; got nan"),
        (np.array([[1], [nan]]), {}, ValueError, "row 1, column '0': .* finite number; got .*nan"),
        ([[np.inf]], {"missing": "mean"}, ValueError, "row 0, column '0': .* finite .* got inf$"),
        ([[10**400]], {}, ValueError, "row 0, column '0': expected a number of float64"),
        ([[1j]], {}, TypeError, "row 0, column '0': expected a number; got complex"),
        ([[1, 2]], {"names": ["a", "a"]}, ValueError, "names: .* got 'a' more than once"),
        ([[1]], {"names": [1]}, TypeError, "names: expected strings; got int"),
        ([[1]], {"names": "a"}, TypeError, "names: expected a list of names"),
        ([[1]], {"scale": "max"}, ValueError, "scale: expected one of standard, none"),
        ([[1]], {"missing": "zero"}, ValueError, "missing: expected one of error, mean"),
    ],
)
def test_errors(rows, settings, kind, words):
    with pytest.raises(kind, match=words):
        StaticFeatures.fit(rows, **settings)


def test_rows_to_encode_have_the_columns_of_training():
    features = StaticFeatures.fit(ROWS, NAMES)
    with pytest.raises(ValueError, match="expected 4 values in each; got 1 in row 0"):
        features.encode([[1]])
    with pytest.raises(TypeError, match=r"row 1, column 'sex': expected a string, .* got float"):
        features.encode([ROWS[0], [20, 1.0, True, 1.0]])
    with pytest.raises(ValueError, match=r"expected an array of shape \(N, 4\); got \(2, 3\)"):
        features.encode(np.zeros((2, 3)))
