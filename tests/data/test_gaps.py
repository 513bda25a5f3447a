"""Missing numbers: an error that says where, or what was chosen to stand for them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyrnn.data import GAPS, Standardizer, fill_gaps

nan = float("nan")
cells = st.one_of(st.just(nan), st.floats(-9, 9))
tables = st.lists(st.tuples(cells, cells), max_size=12)


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        ("mean", [[10, 1], [2, 20], [10, 20], [3, 5], [10, 20]]),
        ("zero", [[0, 1], [2, 0], [0, 0], [3, 5], [0, 0]]),
        ("previous", [[10, 1], [2, 1], [2, 1], [3, 5], [3, 5]]),
    ],
)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_policies(policy, expected, dtype):
    x = np.array([[nan, 1], [2, nan], [nan, nan], [3, 5], [nan, nan]], dtype)
    filled = fill_gaps(x, policy, [10, 20])
    assert filled.dtype == np.float64
    assert filled.tolist() == expected
    assert np.isnan(x).sum() == 6  # the sequence itself is as it was


def step_by_step(table, mean):
    """The last number of each feature, as one writes it by hand."""
    last = list(mean)
    for row in table:
        last = [old if new != new else new for old, new in zip(last, row, strict=True)]
        yield list(last)


@given(table=tables)
def test_previous(table):
    filled = fill_gaps(table, "previous", [-50, 50]) if table else np.zeros((0, 2))
    assert filled.tolist() == list(step_by_step(table, [-50, 50]))


def test_the_mean_is_0_once_standardised():
    x = np.array([[1.0], [nan], [4.0]])
    standardizer = Standardizer.fit([x])
    filled = fill_gaps(x, "mean", standardizer.mean)
    assert standardizer.transform(filled)[1] == 0


@pytest.mark.parametrize("policy", GAPS)
def test_what_has_no_gaps_is_as_it_was(policy):
    x = np.array([[1, 2], [3, 4]], np.int16)
    assert fill_gaps(x, policy, [0, 0]).tolist() == x.tolist()
    assert fill_gaps(np.zeros((0, 2)), policy, [0, 0]).shape == (0, 2)


@pytest.mark.parametrize("policy", GAPS)
def test_infinite_numbers_are_errors(policy):
    with pytest.raises(ValueError, match=r"trial 7: step 1, feature 0: .* finite number; got inf"):
        fill_gaps([[nan], [np.inf]], policy, [0], name="trial 7")


@pytest.mark.parametrize(
    ("arguments", "named", "kind", "words"),
    [
        (([[0, 1], [2, nan]],), {}, ValueError, "sequence: step 1, feature 1: .* got nan .*gaps="),
        (([[nan]],), {"features": ["ax"]}, ValueError, "step 0, feature 'ax'"),
        (([[0]], "drop"), {}, ValueError, "policy: expected one of error, mean, zero, previous"),
        (([[0]], "mean"), {}, ValueError, "mean: expected the training mean .* got None"),
        (([[0]], "previous"), {}, ValueError, "mean: expected the training mean"),
        (([[0]], "mean", [1, 2]), {}, ValueError, r"mean: expected 1 finite .* shape \(2,\)"),
        (([[0]], "mean", [nan]), {}, ValueError, "mean: expected 1 finite"),
        (([0, 1],), {}, ValueError, r"sequence: expected frames of shape \(N, I\)"),
        (([["a"]],), {}, TypeError, "sequence: expected numbers"),
    ],
)
def test_errors(arguments, named, kind, words):
    with pytest.raises(kind, match=words):
        fill_gaps(*arguments, **named)
