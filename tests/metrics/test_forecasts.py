"""Errors of forecasts beside their definitions, in one batch and in many."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyrnn.metrics import Forecasts, mase_scale

TRAIN = np.array([1, 3, 2, 4, 3])[:, None]


@pytest.mark.parametrize(("season", "expected"), [(1, 1 / 3), (2, 0.5)])
def test_mase(season, expected):
    metric = Forecasts(2)
    metric.update([[[5], [4]]], [[[4], [4]]], scale=[mase_scale(TRAIN, season)])
    assert metric.compute()["mase"] == pytest.approx(expected)
    assert metric.per_step()[2]["mase"] == 0


def test_mase_is_undefined_for_a_constant_series_and_stays_out_of_the_mean():
    constant = mase_scale(np.full((9, 1), 0.1))
    assert np.isnan(constant).all()
    assert np.isnan(mase_scale(TRAIN, 5)).all()  # no season in it
    noise = 1e6 + 1e-10 * np.arange(5)[:, None]  # of which float64 holds nothing but rounding
    assert np.isnan(mase_scale(noise)).all()
    both = Forecasts(1)
    both.update([[[5]], [[7]]], [[[4]], [[4]]], scale=[[1.5], constant])
    assert both.compute() == pytest.approx({"mae": 2, "rmse": 5**0.5, "mse": 5, "mase": 1 / 1.5})
    alone = Forecasts(1)
    alone.update([[[7]]], [[[4]]], scale=[constant])
    assert np.isnan(alone.compute()["mase"])
    without = Forecasts(1)
    without.update([[[7]]], [[[4]]])
    assert np.isnan(without.compute()["mase"])


def test_missing_numbers_stay_out_of_the_scale():
    assert mase_scale([[1], [np.nan], [2], [4]]).tolist() == [2]


@pytest.mark.parametrize(("forecast", "expected"), [(8, 1.8), (12, 0.2), (10, 0)])
def test_pinball(forecast, expected):
    metric = Forecasts(1, quantiles=[0.9])
    metric.update([[[10]]], [[[0]]], quantiles=[[[[forecast]]]])
    assert metric.compute()["pinball"] == pytest.approx(expected)


def test_coverage_counts_its_ends():
    metric = Forecasts(1, quantiles=[0.1, 0.5, 0.9])
    quantiles = [[[[1, 2, 3]]]] * 4
    metric.update([[[1]], [[3]], [[0.9]], [[2]]], [[[2]]] * 4, quantiles=quantiles)
    assert metric.compute()["coverage"] == 0.75


def test_the_median_is_half_the_absolute_error(rng):
    y, p = rng.normal(size=(2, 7, 3, 2))
    metric = Forecasts(3, 2, quantiles=[0.5])
    metric.update(y, p, quantiles=p[..., None])
    found = metric.compute()
    assert found["pinball"] == pytest.approx(found["mae"] / 2)


@given(st.integers(1, 4), st.integers(1, 3), st.lists(st.integers(0, 5), min_size=1, max_size=4),
       st.integers(0, 2**32 - 1))  # fmt: skip
def test_batches_do_not_matter_and_the_definitions_hold(horizon, targets, sizes, seed):
    rng = np.random.default_rng(seed)
    levels = [0.1, 0.5, 0.9]
    y, p = rng.normal(size=(2, sum(sizes), horizon, targets))
    q = np.sort(rng.normal(size=(*y.shape, 3)))
    s = np.where(rng.random((len(y), targets)) < 0.3, np.nan, 0.5 + rng.random((len(y), targets)))
    whole = Forecasts(horizon, targets, levels)
    begin = 0
    for size in sizes:
        part = Forecasts(horizon, targets, levels)
        cut = slice(begin, begin + size)
        part.update(y[cut], p[cut], quantiles=q[cut], scale=s[cut])
        whole.merge(part)
        begin += size
    if not len(y):
        with pytest.raises(ValueError, match="origins: expected at least one"):
            whole.compute()
        return
    off = y[..., None] - q
    tau = np.array(levels)
    scaled = np.abs(p - y) / s[:, None]
    expected = {
        "mae": np.abs(p - y).mean(),
        "rmse": np.sqrt(((p - y) ** 2).mean()),
        "mse": ((p - y) ** 2).mean(),
        "mase": scaled[~np.isnan(scaled)].mean() if (~np.isnan(s)).any() else np.nan,
        "pinball": np.where(off > 0, tau * off, (tau - 1) * off).mean(),
        "coverage": ((q[..., 0] <= y) & (y <= q[..., 2])).mean(),
    }
    assert whole.compute() == pytest.approx(expected, nan_ok=True)
    steps = whole.per_step()
    assert list(steps) == list(range(1, horizon + 1))
    assert np.mean([each["mse"] for each in steps.values()]) == pytest.approx(expected["mse"])


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"targets": [[[1]]]}, r"targets: expected \(B, 2, 1\)"),
        ({"output": [[[1], [np.inf]]]}, "output: expected finite numbers"),
        ({"output": [[[1], [2]]] * 2}, "output: expected as many rows"),
        ({"quantiles": None}, "quantiles: expected 2 of them; got none"),
        ({"quantiles": [[[[1, 0]], [[0, 1]]]]}, "quantiles: expected them to rise"),
        ({"quantiles": [[[[1, 2]]]]}, r"quantiles: expected \(1, 2, 1, 2\)"),
        ({"scale": [[0]]}, "scale: expected numbers above 0"),
        ({"scale": [1]}, r"scale: .* of shape \(1, 1\)"),
    ],
)
def test_what_is_not_taken_in(change, words):
    good = {"targets": [[[1], [2]]], "output": [[[1], [2]]], "quantiles": [[[[0, 1]], [[0, 1]]]]}
    good = {**good, "scale": [[1]], **change}
    metric = Forecasts(2, quantiles=[0.1, 0.9])
    with pytest.raises(ValueError, match=words):
        metric.update(good["targets"], good["output"], good["quantiles"], good["scale"])
    assert metric.origins == 0


@pytest.mark.parametrize("levels", [[], [0.5, 0.1], [0.5, 0.5], [0, 0.5], [1]])
def test_levels_that_cannot_be(levels):
    with pytest.raises(ValueError, match="quantiles"):
        Forecasts(1, quantiles=levels)


def test_metrics_of_another_shape_are_not_merged():
    for other in (Forecasts(2), Forecasts(1, 2), Forecasts(1, quantiles=[0.5])):
        with pytest.raises(ValueError, match="other: expected the same"):
            Forecasts(1).merge(other)
