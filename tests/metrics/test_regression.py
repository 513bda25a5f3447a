"""Regression: by its definition in exact numbers, by scikit-learn, however the data is cut."""

from __future__ import annotations

import itertools
import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyrnn.metrics import Metric, Regression


def of(targets, output):
    targets = np.asarray(targets)
    metric = Regression(targets.shape[1])
    metric.update(targets, output)
    return metric


def column(*numbers):
    return np.array(numbers, float)[:, None]


def exactly(y, p):
    """mae, rmse, r2 of one target, in fractions; r2 None where it is undefined."""
    y, p = [Fraction(float(x)) for x in y], [Fraction(float(x)) for x in p]
    mean = sum(y) / len(y)
    square = sum((b - a) ** 2 for a, b in zip(y, p, strict=True))
    spread = sum((a - mean) ** 2 for a in y)
    return (
        float(sum(abs(b - a) for a, b in zip(y, p, strict=True)) / len(y)),
        math.sqrt(square / len(y)),
        float(1 - square / spread) if spread else None,
    )


def test_by_hand():
    found = of(column(1, 2, 3, 6), column(1, 2, 5, 4)).compute()
    # errors 0, 0, 2, -2; the mean is 3, the spread 4 + 1 + 0 + 9
    assert found == pytest.approx({"mae": 1.0, "rmse": math.sqrt(2), "r2": 1 - 8 / 14})


def test_several_targets_are_averaged():
    y = np.array([[1.0, 10.0], [3.0, 10.0], [5.0, 40.0]])
    metric = of(y, y + [[1.0, 0.0], [-1.0, 3.0], [1.0, -6.0]])
    each = metric.per_target()
    assert each[0] == pytest.approx({"mae": 1.0, "rmse": 1.0, "r2": 1 - 3 / 8})
    assert each[1] == pytest.approx({"mae": 3.0, "rmse": math.sqrt(15), "r2": 1 - 45 / 600})
    assert metric.compute() == pytest.approx(
        {name: (each[0][name] + each[1][name]) / 2 for name in each[0]}
    )


@given(data=st.data(), targets=st.integers(1, 3), count=st.integers(2, 20))
def test_scikit_learn_agrees(data, targets, count):
    metrics = pytest.importorskip("sklearn.metrics")
    numbers = st.floats(-100, 100, width=16)
    row = st.lists(numbers, min_size=targets, max_size=targets)
    draw = st.lists(row, min_size=count, max_size=count)
    y, p = np.array(data.draw(draw)), np.array(data.draw(draw))
    each = of(y, p).per_target()
    arguments = {"y_true": y, "y_pred": p, "multioutput": "raw_values"}
    r2 = metrics.r2_score(**arguments)
    varied = y.min(axis=0) < y.max(axis=0)
    expected = {
        "mae": metrics.mean_absolute_error(**arguments),
        "rmse": metrics.root_mean_squared_error(**arguments),
        "r2": np.where(varied, r2, np.nan),
    }
    for name, values in expected.items():
        found = [each[k][name] for k in range(targets)]
        np.testing.assert_allclose(found, values, rtol=1e-11, atol=1e-11)
    found = of(y, p).compute()
    assert found["mae"] == pytest.approx(metrics.mean_absolute_error(y, p))
    assert found["rmse"] == pytest.approx(metrics.root_mean_squared_error(y, p))
    if varied.all():
        assert found["r2"] == pytest.approx(metrics.r2_score(y, p), rel=1e-11, abs=1e-11)


@given(
    numbers=st.lists(st.tuples(st.integers(-9, 9), st.integers(-9, 9)), min_size=1, max_size=30),
    cuts=st.lists(st.integers(0, 30), max_size=4),
    offset=st.sampled_from([0.0, 0.1, 1e3, -1e6, 1e9]),
    merged=st.booleans(),
)
def test_batches_and_parts_do_not_matter(numbers, cuts, offset, merged):
    y, p = np.array(numbers, float).T[:, :, None] + offset  # (N, 1) each
    metric = Regression()
    edges = [0, *sorted(cuts), len(y)]
    for first, last in itertools.pairwise(edges):
        if merged:
            metric.merge(of(y[first:last], p[first:last]))
        else:
            metric.update(y[first:last], p[first:last])
    mae, rmse, r2 = exactly(y[:, 0], p[:, 0])
    found = metric.compute()
    assert metric.examples == len(y)
    assert found["mae"] == pytest.approx(mae, rel=1e-12)
    assert found["rmse"] == pytest.approx(rmse, rel=1e-12)
    if r2 is None:
        assert math.isnan(found["r2"])
    else:
        # a mean of 1e9 is rounded by 1e-7, beside numbers that differ by 1; their squares, added up
        # as they are, would be rounded by 1e2
        assert 1 - found["r2"] == pytest.approx(1 - r2, rel=1e-12 + 1e-15 * abs(offset))


def test_a_constant_truth_has_no_r2():
    constant = np.full((7, 1), 0.1)  # the mean of seven is not 0.1
    assert math.isnan(of(constant, constant + 1).compute()["r2"])
    assert math.isnan(of(constant, constant).compute()["r2"])
    assert math.isnan(of(column(3), column(4)).compute()["r2"])
    parts = of(constant, constant)
    parts.merge(of(constant[:3], constant[:3]))
    assert math.isnan(parts.compute()["r2"])
    beside = of(np.hstack([constant, column(*range(7))]), np.hstack([constant, column(*range(7))]))
    assert math.isnan(beside.per_target()[0]["r2"])
    assert beside.compute() == {"mae": 0.0, "rmse": 0.0, "r2": 1.0}


def test_other_precisions_are_read_as_float64():
    y = np.array([[1], [2], [4]])
    p = y + np.array([[0.25], [0.0], [-0.5]])
    expected = of(y.astype(float), p).compute()
    for integers in (np.int8, np.uint16, np.int64):
        assert of(y.astype(integers), p.astype(np.float32)).compute() == expected
    assert of(np.float32([[1e38], [-1e38]]), np.float32([[1e38], [-1e38]])).compute()["r2"] == 1


def test_numbers_whose_squares_are_infinite():
    found = of(column(1e200, -1e200), column(-1e200, 1e200)).compute()
    assert found["mae"] == pytest.approx(2e200)
    assert found["rmse"] == math.inf
    assert math.isnan(found["r2"])


def test_it_is_a_metric():
    metric: Metric = Regression(2)
    metric.update(np.zeros((0, 2)), np.zeros((0, 2)))
    for read in (metric.compute, metric.per_target):
        with pytest.raises(ValueError, match="examples: expected at least one; got none"):
            read()


@pytest.mark.parametrize(
    ("targets", "output", "kind", "words"),
    [
        ([["a", "b"]], [[1, 2]], TypeError, r"targets: expected numbers, \(B, 2\); got <U1"),
        ([[1, 2]], [[1j, 2]], TypeError, "output: expected numbers, .* got complex128"),
        ([1, 2], [[1, 2]], ValueError, r"targets: expected \(B, 2\); got \(2,\)"),
        ([[1, 2]], [[1, 2, 3]], ValueError, r"output: expected \(B, 2\); got \(1, 3\)"),
        ([[1, 2]], [[1, 2], [3]], ValueError, r"output: .* got rows of unequal lengths"),
        ([[1, 2]], [[1, 2]] * 2, ValueError, "output: expected as many rows as targets, 1; got 2"),
        ([[1, math.nan]], [[1, 2]], ValueError, r"targets: .* got nan at \(0, 1\)"),
        ([[1, 2]], [[-math.inf, 2]], ValueError, r"output: .*finite numbers; got -inf at \(0, 0\)"),
    ],
)
def test_errors(targets, output, kind, words):
    metric = of([[1.0, 2.0], [3.0, 4.0]], [[1.0, 2.0], [3.0, 5.0]])
    before = metric.per_target()
    with pytest.raises(kind, match=words):
        metric.update(targets, output)
    assert metric.per_target() == before


def test_targets_must_agree():
    with pytest.raises(ValueError, match="targets: expected 2; got 3"):
        Regression(2).merge(Regression(3))
    with pytest.raises(ValueError, match=r"targets: .* got 0"):
        Regression(0)
