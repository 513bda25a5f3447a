"""Mean 0 and deviation 1: fitted stably, on training data alone, and back again."""

from __future__ import annotations

import itertools
import pickle
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyrnn.data import Standardizer
from pyrnn.files.strict_json import parse_json, write_json

moderate = st.floats(-1e6, 1e6, width=32)
rows = st.lists(st.tuples(moderate, moderate), min_size=1, max_size=30)


def column(*values):
    return np.array(values, np.float64)[:, None]


def exact(values):
    """Mean and population deviation of one feature, by rational numbers."""
    numbers = [Fraction(float(value)) for value in values]
    mean = sum(numbers) / len(numbers)
    return float(mean), float(sum((x - mean) ** 2 for x in numbers) / len(numbers)) ** 0.5


def test_the_deviation_is_of_the_population_and_test_values_change_nothing():
    standardizer = Standardizer.fit([column(1, 2, 3), column(4, 5, 6, 7, 8)])
    before = standardizer.to_json()
    assert before == {"mean": [4.5], "deviation": [pytest.approx(2.291288, abs=5e-7)]}
    np.testing.assert_allclose(
        standardizer.transform(column(100, 200))[:, 0], (np.array([100, 200]) - 4.5) / 5.25**0.5
    )
    assert standardizer.to_json() == before


@given(rows=rows, cuts=st.lists(st.integers(0, 30), max_size=4))
def test_all_steps_count_alike_however_they_are_cut(rows, cuts):
    every = np.array(rows)
    places = sorted({0, len(rows), *(cut for cut in cuts if cut < len(rows))})
    fitted = Standardizer.fit(every[a:b] for a, b in itertools.pairwise(places))
    for i in range(2):
        mean, deviation = exact(every[:, i])
        span = np.ptp(every[:, i])
        assert fitted.mean[i] == pytest.approx(mean, rel=1e-15, abs=1e-14 * span)
        if span > 1e-9 * abs(mean):
            assert fitted.deviation[i] == pytest.approx(deviation, rel=1e-12)
        elif not span:
            assert fitted.deviation[i] == 1


@given(rows=rows)
def test_there_and_back(rows):
    x = np.array(rows)
    standardizer = Standardizer.fit([x])
    there = standardizer.transform(x)
    # (x - mean) / deviation times deviation: three roundings of at most |x - mean|, then one of |x|
    room = 4 * np.finfo(float).eps * (np.abs(x) + np.abs(x - standardizer.mean))
    assert (np.abs(standardizer.inverse(there) - x) <= room).all()


@pytest.mark.parametrize("offset", [0.0, 1e8, -1e12])
def test_a_large_offset_costs_no_digits(rng, offset):
    noise = [rng.integers(-8, 9, (n, 1)) / 8 for n in (50, 1, 200)]  # exact beside the offset
    fitted = Standardizer.fit([part + offset for part in noise])
    mean, deviation = exact(np.concatenate(noise)[:, 0])
    assert fitted.mean[0] == pytest.approx(offset + mean, rel=1e-15)
    assert fitted.deviation[0] == pytest.approx(deviation, rel=1e-14)


@pytest.mark.parametrize("value", [0, 7, 0.1, 1e300, -1e-300])
def test_a_constant_has_deviation_1(value):
    constant = np.full((40, 1), value)
    fitted = Standardizer.fit([constant[:7], constant[7:]])
    assert (fitted.mean, fitted.deviation) == (value, 1)
    assert not fitted.transform(constant).any()


@pytest.mark.parametrize(
    ("values", "constant"),
    [
        ((0.1 + 0.2, 0.3), True),  # one rounding apart
        ((1e8, 1e8 + 1e-6), False),
        ((1, 1 + 2**-48), False),  # 16 eps
        ((-1e-12, 1e-12), False),  # about 0
    ],
)
def test_what_counts_as_constant(values, constant):
    assert (Standardizer.fit([column(*values)]).deviation[0] == 1) == constant


def test_nan_are_left_out_and_stay():
    x = np.array([[np.nan, 1, np.nan], [2, np.nan, np.nan], [4, 3, np.nan]])
    fitted = Standardizer.fit([np.full((2, 3), np.nan), x[:2], x[2:]])
    assert fitted.mean.tolist() == [3, 2, 0]
    assert fitted.deviation.tolist() == [1, 1, 1]
    expected = [[np.nan, -1, np.nan], [-1, np.nan, np.nan], [1, 1, np.nan]]
    np.testing.assert_array_equal(fitted.transform(x), expected)


@pytest.mark.parametrize("dtype", [np.float32, np.int16, np.uint8, np.bool_, np.float64])
def test_sums_are_of_float64(dtype):
    x = np.array([[0], [1], [1]], dtype)
    fitted = Standardizer.fit([np.repeat(x, 3000, axis=0)])
    assert fitted.mean[0] == pytest.approx(2 / 3, rel=1e-15)
    assert fitted.transform(x).dtype == np.float64


def test_steps_of_any_axes_before_the_features():
    standardizer = Standardizer([1, 2], [2, 4])
    x = np.arange(12.0).reshape(2, 3, 2)
    np.testing.assert_array_equal(standardizer.transform(x), (x - [1, 2]) / [2, 4])
    np.testing.assert_array_equal(standardizer.inverse(standardizer.transform(x)), x)
    assert standardizer.transform([3, 6]).tolist() == [1, 1]
    assert standardizer.transform(np.zeros((0, 2))).shape == (0, 2)


def test_none_changes_nothing():
    x = np.array([[1.5, -2.0]])
    none = Standardizer.none(2)
    np.testing.assert_array_equal(none.transform(x), x)
    assert none.size == 2
    assert none != Standardizer.none(3)


def test_empty_sequences_say_nothing():
    fitted = Standardizer.fit([[], np.zeros((0, 1)), column(1, 3), []])
    assert fitted == Standardizer([2], [1])
    assert Standardizer.fit([np.zeros((0, 2))]) == Standardizer.none(2)


@given(rows=rows)
def test_json(rows):
    fitted = Standardizer.fit([np.array(rows)])
    assert Standardizer.from_json(parse_json(write_json(fitted.to_json()))) == fitted
    assert pickle.loads(pickle.dumps(fitted)) == fitted


@pytest.mark.parametrize(
    "content",
    [
        None,
        {"mean": [1.0]},
        {"mean": [1.0], "deviation": [1.0], "more": 1},
        {"mean": [1.0], "deviation": [0.0]},
        {"mean": [1.0], "deviation": [-1.0]},
        {"mean": [1.0], "deviation": [1.0, 2.0]},
        {"mean": [], "deviation": []},
        {"mean": [float("nan")], "deviation": [1.0]},
        {"mean": [0.0], "deviation": [float("inf")]},
        {"mean": [True], "deviation": [1.0]},
        {"mean": ["1"], "deviation": [1.0]},
        {"mean": [[1.0]], "deviation": [1.0]},
        {"mean": [10**400], "deviation": [1.0]},
        {"mean": 1.0, "deviation": [1.0]},
    ],
)
def test_json_that_is_none(content):
    with pytest.raises(ValueError, match=r"standardizer|mean|deviation"):
        Standardizer.from_json(content)


@pytest.mark.parametrize(
    ("sequences", "kind", "words"),
    [
        ([], ValueError, "expected at least one of frames"),
        ([[]], ValueError, "expected at least one of frames"),
        ([np.zeros((3, 0))], ValueError, "expected at least one of frames"),
        ([np.ones((2, 2)), np.ones((2, 3))], ValueError, r"sequences\[1\]: .* \(N, 2\); got .*3\)"),
        ([np.ones(2)], ValueError, r"sequences\[0\]: expected frames of shape \(N, I\)"),
        ([[[1], [1, 2]]], ValueError, r"sequences\[0\]: expected steps of one shape"),
        ([[["a"]]], TypeError, r"sequences\[0\]: expected numbers; got <U1"),
        ([[[1j]]], TypeError, "expected numbers; got complex128"),
        ([[[None]]], TypeError, "expected numbers; got object"),
        ([[[1, 2], [3, -np.inf]]], ValueError, r"\[0\]: step 1, feature 1: .* finite .* got -inf"),
        ([[[1, -1e200], [2, 1e200]]], ValueError, "up to about 1e154 apart.*in feature 1"),
        ([[[-1.7e308], [1.7e308]]], ValueError, "up to about 1e154 apart.*in feature 0"),
    ],
)
def test_sequences_that_are_none(sequences, kind, words):
    with pytest.raises(kind, match=words):
        Standardizer.fit(sequences)


@pytest.mark.parametrize(
    ("array", "words"),
    [
        ([[1.0]], r"array: expected shape \(..., 2\); got \(1, 1\)"),
        (1.0, r"expected shape \(..., 2\); got \(\)"),
        ([[[0, np.inf]]], "array: row 0, step 0, feature 1: expected a finite number"),
        (float("inf"), "array: the number: expected a finite number"),
        ([[1e200, 0]], "the standardised array: step 0, feature 0"),
    ],
)
def test_arrays_that_do_not_fit(array, words):
    with pytest.raises(ValueError, match=words):
        Standardizer([0, 0], [1e-150, 1]).transform(array)


def test_what_is_too_large_to_go_back():
    with pytest.raises(ValueError, match="in its own units: step 0, feature 0"):
        Standardizer([0], [1e300]).inverse([[1e10]])
