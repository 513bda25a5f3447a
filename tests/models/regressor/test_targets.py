"""Numbers to be learnt: scaling, several, one a step, and what is none."""

from __future__ import annotations

import numpy as np
import pytest

from pyrnn.models.regressor.targets import Targets, rows_of


@pytest.mark.parametrize(
    ("value", "rows"),
    [
        (3, [[3]]),
        (np.float32(0.5), [[0.5]]),
        ([1, 2], [[1, 2]]),
        (np.arange(3), [[0, 1, 2]]),
        ([[1], [2]], [[1], [2]]),
        ([], np.zeros((0, 1))),
        (np.zeros((0, 4)), np.zeros((0, 4))),
    ],
)
def test_rows(value, rows):
    np.testing.assert_array_equal(rows_of(value, "y"), rows)


@pytest.mark.parametrize(
    ("value", "error", "words"),
    [
        ("5", TypeError, "expected a number; got str '5'"),
        (None, TypeError, "got NoneType None"),
        (True, TypeError, "got bool True"),
        (1j, TypeError, "got complex"),
        ([1, "2"], TypeError, "expected a number"),
        (10**400, TypeError, "expected a number"),
        ([[1], [2, 3]], ValueError, "rows of one length"),
        ([[[1]]], ValueError, r"got shape \(1, 1, 1\)"),
        ([[]], ValueError, r"got shape \(1, 0\)"),
        (np.nan, ValueError, "finite numbers; got nan"),
        ([1, -np.inf], ValueError, "finite numbers; got -inf"),
        (np.longdouble("1e4000"), ValueError, "finite numbers; got inf"),
    ],
)
def test_what_is_no_target(value, error, words):
    if isinstance(value, np.longdouble) and np.finfo(np.longdouble).maxexp <= 1024:
        pytest.skip("long doubles are doubles here")
    with pytest.raises(error, match=f"^y: .*{words}"):
        rows_of(value, "y")


def test_scaled_as_numpy_scales(rng):
    y = rng.normal(5, 3, size=(20, 2)) * [1, 1000]
    targets = Targets.fit(list(y), "standard")
    expected = (y - y.mean(axis=0)) / y.std(axis=0)
    found = np.concatenate([targets.scaled(row, "y") for row in y])
    np.testing.assert_allclose(found, expected, atol=1e-12)
    np.testing.assert_array_equal(Targets.fit(list(y), "none").scaled(y[3], "y"), y[3:4])


def test_a_step_each_counts_each_step(rng):
    y = [rng.normal(size=(n, 1)) for n in (4, 0, 1, 7)]
    targets = Targets.fit(y, "standard")
    every = np.concatenate(y)
    assert targets.steps
    assert targets.scaler.mean.item() == pytest.approx(every.mean())
    assert targets.scaler.deviation.item() == pytest.approx(every.std())


@pytest.mark.parametrize("value", [0.0, 5.0, -1e300, 1e-300, 0.1])
def test_constant_targets_have_deviation_1(value):
    targets = Targets.fit([value] * 7, "standard")
    assert targets.scaler.deviation.tolist() == [1.0]
    assert targets.scaled(value, "y").item() == pytest.approx(0, abs=1e-12)


def test_numbers_too_far_apart_are_targets():
    with pytest.raises(ValueError, match=r"^targets: expected numbers whose squared distances"):
        Targets.fit([1e300, -1e300], "standard")


def test_one_for_the_sequence_is_one_for_each_step():
    targets = Targets.fit([[[1.0], [3.0]]], "none")
    assert targets.scaled(7, "y", 3).tolist() == [[7], [7], [7]]
    assert targets.scaled([[7]], "y", 3).tolist() == [[7], [7], [7]]
    assert targets.scaled([[1], [2]], "y", 2).tolist() == [[1], [2]]
    assert targets.scaled([[1], [2]], "y").tolist() == [[2]]  # where a sequence is to have one
    assert targets.scaled([], "y", 0).shape == (0, 1)
    with pytest.raises(ValueError, match=r"^y: expected a target for each of the sequence's 3"):
        targets.scaled([[1], [2]], "y", 3)
    with pytest.raises(ValueError, match=r"^y: expected 1 numbers; got none"):
        targets.scaled([], "y")


@pytest.mark.parametrize("steps", [True, False])
def test_through_json(steps):
    targets = Targets.fit([[[1.0, 2.0], [3.0, 5.0]]] if steps else [[1.0, 2.0]], "standard")
    assert Targets.from_json(targets.to_json()) == targets
    assert targets.steps is steps
