"""What is held out is the last in time, and scales and baselines know nothing of it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyrnn.data import Standardizer
from pyrnn.data.series import (
    Series,
    Windows,
    cuts_by_time,
    hold_out_last,
    last_value,
    scaler_of,
    scalers,
    seasonal,
)


def timed(first, last):
    return Series(np.arange(first, last), times=np.arange(first, last))


@given(
    st.lists(st.tuples(st.integers(0, 40), st.integers(8, 40)), min_size=1, max_size=4),
    st.floats(0.05, 0.6), st.integers(1, 4),
)  # fmt: skip
def test_no_training_row_is_later_than_one_held_out(spans, share, horizon):
    series = [timed(first, first + length) for first, length in spans]
    try:
        cuts = cuts_by_time(series, share, horizon)
    except ValueError:
        return
    train = [each.times[:cut] for each, cut in zip(series, cuts, strict=True)]
    held = [each.times[cut:] for each, cut in zip(series, cuts, strict=True)]
    assert np.concatenate(train).max() < np.concatenate(held).min()
    rows = sum(map(len, series))
    assert sum(map(len, held)) >= round(rows * share - 0.5)
    assert max(map(len, held)) >= horizon
    windows = Windows.over(series, 3, horizon)
    training, valid = hold_out_last(windows, cuts)
    y = np.concatenate([each.y for each in series])
    moment = np.concatenate(held).min()
    assert (training.future(y) < moment).all()  # neither inputs nor targets reach across
    assert (training.past(y) < moment).all()
    assert (valid.future(y) >= moment).all()
    between = len(windows) - len(training) - len(valid)
    assert between <= len(series) * (horizon - 1)


def test_the_last_tenth_is_held_out():
    assert cuts_by_time([timed(0, 100)], 0.1).tolist() == [90]
    assert cuts_by_time([timed(0, 100)], 0.1, 24).tolist() == [76]  # a horizon at least
    assert cuts_by_time([timed(0, 50), timed(50, 100)], 0.1).tolist() == [50, 40]
    untimed = [Series(np.arange(50)), Series(np.arange(10))]
    assert cuts_by_time(untimed, 0.1).tolist() == [45, 9]
    with pytest.raises(ValueError, match="expected more rows than a horizon of 24, .*; got 24"):
        cuts_by_time([timed(0, 24)], 0.1, 24)
    with pytest.raises(ValueError, match="expected rows"):
        cuts_by_time([], 0.1)


def test_deviations_are_of_the_population_and_of_training_rows():
    rows = np.array([1, 2, 3, 4, 5, 6, 7, 8, 100, 200])[:, None]
    (scaler,) = scalers([rows[:8]])
    assert scaler.mean == [4.5]
    assert scaler.deviation == pytest.approx([2.291288], abs=1e-6)


def test_scales_by_series_and_of_all():
    parts = [np.array([[0.0], [2.0]]), np.array([[10.0], [30.0]]), np.array([[np.nan]])]
    every = scalers(parts, "all")
    assert every[0] is every[2]
    assert every[0].mean.tolist() == [10.5]
    own = scalers(parts, "series")
    assert [s.mean[0] for s in own] == [1, 20, 10.5]  # without a number, that of all
    assert [s.deviation[0] for s in own[:2]] == [1, 10]
    assert scalers(parts, "none") == [Standardizer.none(1)] * 3
    with pytest.raises(ValueError, match="by: expected one of all, series, none"):
        scalers(parts, "row")


def test_a_constant_series_stays_finite():
    for by in ("all", "series"):
        (scaler,) = scalers([np.full((9, 1), 0.1)], by)
        assert scaler.transform([[0.1], [0.3]]).ravel().tolist() == pytest.approx([0, 0.2])
    assert scaler_of(np.full((3, 1), 7.0), Standardizer.none(1)).deviation == [1]


def test_baselines():
    past = np.arange(10.0)
    assert last_value(past, 3).tolist() == [9, 9, 9]
    assert seasonal(past, 5, 4).tolist() == [6, 7, 8, 9, 6]
    assert seasonal(past[:, None, None], 0, 4).shape == (0, 1, 1)
    with pytest.raises(ValueError, match="at least a season of 11 rows; got 10"):
        seasonal(past, 1, 11)


@given(st.integers(1, 9), st.integers(0, 30))
def test_the_seasonal_baseline_repeats_the_last_season(season, horizon):
    past = np.arange(20.0)
    whole = np.concatenate([past, seasonal(past, horizon, season)])
    assert (whole[20:] == whole[20 - season : 20 + horizon - season]).all()
