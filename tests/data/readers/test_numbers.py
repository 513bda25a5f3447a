"""Cells as numbers: nothing is guessed."""

from __future__ import annotations

import math
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyrnn.data.readers import number_of


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("1", 1), ("-2.50", -2.5), (" 3\t", 3), ("1e-3", 1e-3), ("+.5", 0.5), ("5.", 5),
        ("0012", 12), ("1.234", 1.234), (7, 7), (2.5, 2.5), (True, 1), (False, 0),
        (np.float32(0.5), 0.5), (np.int8(-3), -3), (Decimal("1.5"), 1.5),
    ],
)  # fmt: skip
def test_numbers(cell, value):
    found = number_of(cell)
    assert (found, type(found)) == (value, float)


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("1.234,5", 1234.5), ("1,3", 1.3), ("-0,5", -0.5), ("3", 3), ("1.234.567", 1234567),
        ("-1.234.567,25", -1234567.25), (" 2,5e3 ", 2500), (",5", 0.5), ("5,", 5), (1.5, 1.5),
        ("1e3", 1000),
    ],
)  # fmt: skip
def test_decimal_commas(cell, value):
    assert number_of(cell, ",") == value


@pytest.mark.parametrize("cell", ["1.5", "1.234", "1,2,3", "1.23,5", "12345.678,5", "1,234.5",
                                  "1,234,567", "1_0,5", ",", "", "1 234,5", "1,5.000"])  # fmt: skip
def test_points_where_a_decimal_comma_is_named(cell):
    with pytest.raises(ValueError, match="expected a finite number; got "):
        number_of(cell, ",")


@pytest.mark.parametrize(
    ("cell", "words"),
    [
        ("1,3", r"finite number; got '1,3' \(is it a decimal comma\? It must be named\)"),
        ("1.234,5", r"got '1\.234,5' \(is it a decimal comma"),
        ("", "got '': the cell is empty, and that is not declared as missing"),
        ("  ", "got '': the cell is empty"),
        ("NA", "got 'NA'$"), ("nan", "got 'nan'"), ("NaN", "got 'NaN'"), ("inf", "got 'inf'"),
        ("-Infinity", "got '-Infinity'"), ("1e999", "got '1e999'"), ("1_000", "got '1_000'"),
        ("1 000", "got '1 000'"), ("0x10", "got '0x10'"), ("x" * 500, "got 'x{40}"),
        (None, "got None, and no missing values are declared"),
        (math.nan, "got nan, and no missing values"), (np.float32("nan"), "got nan"),
        (math.inf, "expected a finite number; got inf"), (10**400, "expected a number; got 1000"),
        ([1], r"expected a number; got \[1\]"), ({}, "got {}"), (1j, "got 1j"),
        (np.zeros(2), "expected a number; got"), (b"1", "got b'1'"),
    ],
)  # fmt: skip
def test_errors(cell, words):
    with pytest.raises(ValueError, match=words):
        number_of(cell)


def test_missing_values_are_those_declared():
    for cell in ("", " ", "NA", None, math.nan, np.float64("nan")):
        assert math.isnan(number_of(cell, missing=("", "NA")))
    assert math.isnan(number_of("-999", missing=("-999",)))
    assert math.isnan(number_of(-999, missing=("-999",)))
    assert math.isnan(number_of("nan", missing=("nan",)))
    assert math.isnan(number_of(math.nan, missing=("NaN",)))
    assert math.isnan(number_of("n.a.", ",", missing=("n.a.",)))
    assert math.isnan(number_of("-9", ",", missing=("-9",)))
    assert number_of("5", missing=("", "NA")) == 5
    for cell in ("na", "nan", "inf"):
        with pytest.raises(ValueError, match=f"got '{cell}'"):
            number_of(cell, missing=("", "NA"))
    with pytest.raises(ValueError, match="got None"):
        number_of(None, missing=("NA",))


def test_other_decimal_signs():
    with pytest.raises(ValueError, match=r"decimal: expected '\.' or ','; got ';'"):
        number_of("1", ";")


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_what_python_writes_is_read(value):
    assert number_of(repr(value)) == value
    assert number_of(repr(value).replace(".", ","), ",") == value


@given(st.text(st.sampled_from("0123456789.,eE+-_ naif"), max_size=8), st.sampled_from(".,"))
def test_a_number_or_a_value_error(cell, decimal):
    try:
        found = number_of(cell, decimal)
    except ValueError:
        return
    assert math.isfinite(found)
