"""Forecasts: windows, scales, baselines, quantiles, what may be known and what may not."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

import pyrnn
from pyrnn.data.series import Series, Step, last_value, read_series, seasonal
from pyrnn.models import Forecaster
from pyrnn.models.forecaster.calendar import calendar_of, calendar_rows

SMALL = {"hidden_size": 5, "horizon": 2, "context": 4, "residual": "last"}
DAY = 86_400_000_000
WALK = np.cumsum(np.random.default_rng(0).normal(size=300))
WAVE = np.sin(np.arange(300) * np.pi / 6) * 3 + np.arange(300) / 100


def small(**settings):
    return Forecaster(**{**SMALL, **settings})


def untrained(data, **settings):
    """A model with weights of any size."""
    model = small(**settings).for_data(data)
    rng = np.random.default_rng(1)
    for parameter in model.parameters():
        values = rng.normal(size=parameter.shape)
        parameter.assign(values.astype(parameter.dtype))
    return model


def days(count, first="2024-01-01"):
    return (np.datetime64(first, "us") + np.arange(count) * np.timedelta64(DAY)).astype(np.int64)


# windows


def test_windows_cross_neither_series_nor_gaps():
    model = small(context=3).for_data(np.arange(10.0))
    batches = model.batches(model.read(np.arange(10.0)), model.Options(), train=False)
    (batch,) = batches
    assert batch.sequences == 6
    np.testing.assert_array_equal(batch.truth[-1, :, 0], [8, 9])
    np.testing.assert_allclose(
        batch.past[-1, 0] * model.learnt.scales.difference, [-2 / 2.8722813, -1 / 2.8722813]
    )
    two = [np.arange(5.0), np.arange(4.0)]
    batches = small(context=3, horizon=1).for_data(two)
    assert len(batches._windows(batches.read(two))) == 3
    holes = np.where(np.arange(20) == 9, np.nan, np.arange(20.0))
    model = small().for_data(holes)
    assert sorted(model._windows(model.read(holes)).origin) == [4, 5, 6, 7, *range(14, 19)]


def test_scales_are_those_of_the_training_rows():
    values = np.array([1, 2, 3, 4, 5, 6, 7, 8, 100, 200.0])
    model = Forecaster(horizon=2, context=2, hidden_size=3)
    train, held = model.hold_out(model.read(values), 0.2, 0)
    model._make(train, held)
    scaler = model.learnt.scales.every.scaler
    assert (scaler.mean[0], scaler.deviation[0]) == (4.5, pytest.approx(2.291288, abs=1e-6))
    (batch,) = model.batches(held, model.Options(), train=False)
    np.testing.assert_array_equal(batch.truth[0, :, 0], [100, 200])


def test_what_comes_later_changes_no_weight():
    """Neither values that are held out nor their scale."""
    found = []
    for later in (0.0, 1e6):
        values = np.concatenate([WALK[:90], WALK[90:100] + later])
        model = small()
        model.fit(values, valid=0.1, epochs=2, restore_best=False)
        found.append(model.network.state_dict())
    np.testing.assert_equal(*found)


@pytest.mark.parametrize("scale", ["all", "series", "none"])
@pytest.mark.parametrize("quantiles", [None, (0.1, 0.9)])
def test_constant_series(scale, quantiles):
    """They stay as they are; mase is undefined, and is left out."""
    model = small(scale=scale, quantiles=quantiles)
    model.fit([np.full(30, 5.0), np.full(30, -2.0)], valid=0.2, epochs=2)
    found = model.evaluate([np.full(30, 5.0), np.full(30, -2.0)])
    assert "mase" not in found
    assert "mase" not in model.monitored()
    if quantiles is None:
        assert found["mae"] == 0
        assert model.predict([np.full(9, 5.0)])[0].values.tolist() == [[5.0], [5.0]]
    with pytest.raises(ValueError, match="monitor: expected one of loss, mae"):
        small(scale=scale).fit(np.full(30, 5.0), valid=0.2, monitor="mase")


# the network begins with a baseline


@pytest.mark.parametrize(("residual", "season"), [("last", 1), ("season", 3)])
def test_it_begins_with_the_baseline(residual, season):
    data = np.stack([WALK, WALK[::-1]], axis=1)
    model = small(residual=residual, season=season, horizon=5, context=8).for_data(data)
    (found,) = model.predict(data[:100])
    expected = seasonal(data[:100], 5, season) if season > 1 else last_value(data[:100], 5)
    np.testing.assert_allclose(found.values, expected, rtol=1e-12)


def test_the_baseline_is_the_one_that_is_nearer():
    settings = {"residual": "auto", "season": 12, "context": 24, "horizon": 6}
    assert small(**settings).for_data(WALK).config.residual == "last"
    assert small(**settings).for_data(WAVE).config.residual == "season"
    assert small(**settings | {"context": 12}).for_data(WAVE).config.residual == "last"
    assert small(residual="auto", context=1).for_data(WAVE).config.residual == "none"


@pytest.mark.parametrize(
    ("horizon", "season", "rows", "context"),
    [(4, 1, 300, 28), (4, 24, 300, 48), (4, 1, 40, 18), (30, 12, 40, 5), (9, 1, 10, 1)],
)
def test_a_context_that_nobody_names(horizon, season, rows, context):
    """Seven horizons, two seasons at least, and no more than half of what there is beside one."""
    model = Forecaster(horizon=horizon, season=season, hidden_size=2).for_data(WALK[:rows])
    assert model.config.context == context


def test_the_linear_part_alone():
    """y = base + σ_r A past / σ_u, by NumPy."""
    data = np.stack([WALK, WAVE], axis=1)
    model = small(dtype="float64").for_data(data)
    weight = np.random.default_rng(2).normal(size=model.network.linear.weight.shape)
    model.network.linear.weight.assign(weight)
    scales, z = model.learnt.scales, model.learnt.scales.every.scaler.transform(data[96:100])
    past = (z[:-1] - z[-1]) / scales.difference  # (c - 1, K)
    expected = z[-1] + scales.residual * (weight @ past)
    (found,) = model.predict(data[:100])
    np.testing.assert_allclose(
        found.values, scales.every.scaler.inverse(expected), rtol=1e-10, atol=1e-10
    )


@pytest.mark.parametrize("known", [False, True])
def test_gradients_are_those_of_finite_differences(known):
    about = {"known": WAVE[:40]} if known else {}
    data = Series(WALK[:40], **about)
    model = untrained(data, dtype="float64", quantiles=(0.1, 0.5, 0.9))
    batch = next(iter(model.batches(model.read(data), model.Options(), train=False)))
    model.network.train()
    loss = model.loss(batch).value
    loss.backward()
    rng = np.random.default_rng(3)
    for name, parameter in model.network.named_parameters():
        direction = rng.normal(size=parameter.shape)
        value, losses = parameter.numpy().copy(), []
        for step in (1e-6, -1e-6):
            parameter.assign(value + step * direction)
            losses.append(model.loss(batch).value.item())
        parameter.assign(value)
        slope = (losses[0] - losses[1]) / 2e-6
        assert slope == pytest.approx((parameter.grad * direction).sum(), rel=2e-4), name


# quantiles


@pytest.mark.parametrize(
    "levels", [(0.1, 0.5, 0.9), (0.9,), (0.2, 0.4), (0.01, 0.02, 0.5, 0.6, 0.99)]
)
def test_quantiles_never_cross(levels):
    data = np.stack([WALK, WAVE], axis=1)
    model = untrained(data, quantiles=levels, horizon=3)
    for found in model.predict([data[k : k + 20] for k in range(0, 200, 20)]):
        assert found.quantiles.shape == (3, 2, len(levels))
        assert (np.diff(found.quantiles, axis=-1) >= 0).all()
        nearest = int(np.argmin(np.abs(np.array(levels) - 0.5)))
        np.testing.assert_array_equal(found.values, found.quantiles[..., nearest])
        assert list(found.rows()[0])[:3] == ["step", "y_1", f"y_1.{levels[0]:g}"]


def test_quantiles_cover_what_they_say():
    noise = np.random.default_rng(0).normal(size=1500)
    model = Forecaster(horizon=2, context=4, quantiles=(0.1, 0.5, 0.9), hidden_size=8)
    model.fit(noise[:1000], epochs=20, learning_rate=0.01)
    found = model.report(noise[1000:]).metrics
    assert 0.7 < found["coverage"] < 0.9
    assert found["pinball"] < 0.35  # of exact ones 0.317 for a deviation of 1


# what is known


def shop(rows, ahead=0, **more):
    """Twice as much is sold at half the price."""
    rng = np.random.default_rng(rows)
    price = (rng.random(rows + ahead) < 0.3).astype(float)
    y = 10 + 10 * price + rng.normal(scale=0.1, size=rows + ahead)
    y[rows:] = np.nan
    return Series(y, known=price, ahead=ahead, **more)


def test_known_columns_tell_of_the_steps_to_come():
    model = Forecaster(horizon=3, context=6, hidden_size=16)
    model.fit(shop(400), epochs=15, learning_rate=0.01)
    ahead = shop(50, ahead=3)
    (found,) = model.predict(ahead)
    np.testing.assert_allclose(found.values[:, 0], 10 + 10 * ahead.known[-3:, 0], atol=1.5)
    with pytest.raises(ValueError, match=r"the series: expected 3 rows behind .*; got 2"):
        model.predict([shop(50, ahead=2)])
    gone = shop(50, ahead=4)
    gone.known[-3] = np.nan
    with pytest.warns(UserWarning, match=r"inputs\[1\]: expected 3 rows behind .*; got 1: no"):
        first, none = model.predict([ahead, gone])
    assert (first, len(none)) == (found, 0)


def test_columns_of_the_past_change_no_forecast_from_earlier_on():
    rng = np.random.default_rng(0)
    series = Series(WALK[:60], past=rng.normal(size=60))
    model = untrained(series)
    ahead = series.past.copy()
    ahead[50:] = 1e3
    both = [Series(series.y, past=past).until(52) for past in (series.past, ahead)]
    batches = [model.batches(model.read(each), model.Options(), train=False) for each in both]
    first, second = (model.network(next(iter(each))).numpy() for each in batches)
    np.testing.assert_array_equal(batches[0].windows.origin, np.arange(4, 51))
    np.testing.assert_array_equal(first, second)
    assert not np.array_equal(*(model.predict(each)[0].values for each in both))


def test_static_features_and_scales_by_series():
    series = [Series(WALK[:60] * k, name, static=[kind]) for k, name, kind in
              ((1, "a", "small"), (1000, "b", "big"))]  # fmt: skip
    model = small(scale="series")
    model.fit(series, epochs=2)
    ratio = [model.learnt.scales.named[name].scaler.deviation[0] for name in "ab"]
    assert ratio[1] / ratio[0] == pytest.approx(1000)
    new = Series(WALK[:30] * 50, "c", static=["small"])
    assert model.learnt.scales.of(new, 30).scaler.deviation[0] == pytest.approx(
        WALK[:30].std() * 50
    )
    assert np.isfinite(model.predict([new])[0].values).all()
    other = Series(WALK[:30], "c", static=["huge"])  # a category that training never saw
    assert np.isfinite(model.predict([other])[0].values).all()
    with pytest.raises(ValueError, match=r"inputs\[0\]: expected 1 static features"):
        model.predict([WALK[:30]])


def test_a_series_without_training_rows_is_scaled_by_its_own():
    """A shop that opened after the cut, one that opened just before it, and strangers."""
    rows = np.arange(200)
    late = {"a": (0, 1), "b": (120, 1000), "c": (98, 50)}
    table = {
        "id": [name for name, (first, _) in late.items() for _ in rows[first:]],
        "t": [t for first, _ in late.values() for t in rows[first:]],
        "y": [(WALK[t] + 9) * size for first, size in late.values() for t in rows[first:]],
    }
    model = small(context=8, scale="series")
    data = model.series(table, id="id", time="t", target="y")
    with pytest.warns(UserWarning, match=r"series 'b': .*got 0: 2 of 3 series .* have 97 windows"):
        model.fit(data, valid=0.7, epochs=1)
    assert list(model.learnt.scales.named) == ["a"]
    train, held = model.hold_out(data, 0.7, 0)
    found = model.batches(held, model.Options(), train=False).rows
    b = np.array(table["y"])[200:280]
    assert found.mean[1, 0] == pytest.approx(b[:8].mean())  # the rows before the first forecast
    b_alone = Series(b, name="b")
    with_all = model.learnt.rows(data).mean[1, 0]
    assert with_all == pytest.approx(b.mean())
    assert abs(model.predict(b_alone)[0].values - b[-1]).max() < 5 * b.std()


@pytest.mark.parametrize("name", [None, "a"])
def test_of_one_series_a_stranger_is_told_by_its_name(name):
    """Without one it is the training series, going on, which a warning doubts."""
    model = small(quantiles=(0.1, 0.5, 0.9))
    model.fit(Series(WALK[:100], name), epochs=1)
    assert model.config.scale == "series"
    as_before = model.predict(WALK[100:150])[0].values
    np.testing.assert_array_equal(model.predict(Series(WALK[100:150], name))[0].values, as_before)
    (one,) = model.predict(Series(WALK[100:150] - WALK[100], "other"))
    (large,) = model.predict(Series((WALK[100:150] - WALK[100]) * 1024, "other"))
    np.testing.assert_allclose(large.quantiles, one.quantiles * 1024, rtol=1e-5)
    with pytest.warns(UserWarning, match=r"inputs\[0\]: its numbers lie .* standard deviations"):
        model.predict(WALK[100:150] * 1024)


def test_short_series_are_left_out_with_a_warning():
    words = r"inputs\[1\]: expected 6 rows .* got 5: 1 of 2 series are left out, .* 45 windows"
    model = small()
    with pytest.warns(UserWarning, match=words):
        model.fit([WALK[:50], WALK[:5]], epochs=1)
    with pytest.warns(UserWarning, match=words):
        model.evaluate([WALK[:50], WALK[:5]])


def test_a_context_that_nobody_names_fits_what_is_held_out():
    """A gap before the end, as that of clocks that are set: 46 rows before the last horizon."""
    holes = np.where(np.arange(336) == 265, np.nan, np.resize(WALK, 336))
    model = Forecaster(horizon=24, hidden_size=2)
    model.fit(holes, valid=0.1, epochs=1)
    assert model.config.context == 23
    assert Forecaster(horizon=24, hidden_size=2).for_data(holes).config.context == 121
    with pytest.raises(ValueError, match=r"valid: .* at least 84 rows .* of 60 .* of 24; got 70"):
        Forecaster(horizon=24, context=60, hidden_size=2).fit(holes, valid=0.1, epochs=1)


def test_what_was_filled_in_is_no_truth():
    """Windows whose horizons hold such numbers are trained on, and not evaluated."""
    days = [f"2024-01-{k:02}" for k in range(1, 31) if k not in (15, 16)]
    table = {"day": days, "y": WALK[: len(days)].tolist()}
    model = small()
    with pytest.warns(UserWarning, match="2 steps"):
        data = model.series(table, time="day", gaps="linear")
    model.fit(data, epochs=1)
    train, every = (model.batches(data, model.Options(), train=t).windows.origin for t in (1, 0))
    assert sorted(set(train) - set(every)) == [13, 14, 15]
    assert model.report(data).table.rows[0][1] > 0
    filled = Series(WALK[:20], filled=np.ones(20, bool))
    with pytest.raises(ValueError, match="series: expected 2 rows in turn that were measured"):
        model.evaluate(replace(filled, times=data[0].times[:20]))


def test_a_calendar():
    hours = (np.datetime64("2024-01-01T00", "us") + np.arange(48) * np.timedelta64(1, "h")).astype(
        int
    )
    hourly, daily, monthly = Step("fixed", DAY // 24), Step("fixed", DAY), Step("month", 1)
    assert calendar_of(hourly, [hours]) == ("day",)
    assert calendar_of(daily, [days(100)]) == ("week",)
    assert calendar_of(daily, [days(731)]) == ("week", "year")
    assert calendar_of(monthly, [days(731)]) == ("year",)
    assert calendar_of(Step("number", 1), [np.arange(9)]) == ()
    found = calendar_rows(("day",), hourly, hours)
    np.testing.assert_allclose(found[[0, 6, 12, 30]], [[0, 1], [1, 0], [0, -1], [1, 0]], atol=1e-12)
    np.testing.assert_array_equal(calendar_rows(("week",), daily, days(9)).argmax(axis=1),
                                  [0, 1, 2, 3, 4, 5, 6, 0, 1])  # fmt: skip


# evaluation


def test_an_evaluation_stands_beside_the_baselines():
    data = np.stack([WALK, WAVE], axis=1)
    model = untrained(data, horizon=4, context=8, season=12, quantiles=(0.2, 0.5))
    origins = np.arange(12, 297)
    report = model.report(data[4:], decoding=model.Decoding(stride=3))
    assert [row[0] for row in report.table.rows] == ["this model", "last value"]  # no year before
    late = Forecaster(horizon=4, context=12, season=12, hidden_size=3).for_data(data)
    report = late.report(data)
    truth = np.stack([data[t : t + 4] for t in origins])
    last = np.stack([data[[t - 1] * 4] for t in origins])
    year = np.stack([data[t - 12 : t - 8] for t in origins])
    scale = np.abs(data[12:] - data[:-12]).mean(axis=0)
    for (name, *found), said in zip(report.table.rows[1:], (last, year), strict=True):
        off = truth - said
        expected = [np.abs(off).mean(), np.sqrt((off**2).mean()), (off**2).mean(),
                    (np.abs(off) / scale).mean()]  # fmt: skip
        np.testing.assert_allclose(found, expected, err_msg=name)
    assert [row[0] for row in report.steps.rows] == ["1", "2", "3", "4"]
    np.testing.assert_allclose([row[-1] for row in report.steps.rows],
                               np.abs(truth - year).mean(axis=(0, 2)))  # fmt: skip
    drawn = report.forecasts  # of three origins, both targets
    assert [each.target for each in drawn] == ["y_1", "y_2"] * 3
    for place, panel in enumerate(drawn):
        number, k = (0, 142, 284)[place // 2], place % 2
        np.testing.assert_array_equal(panel.truth[-4:], truth[number, :, k])


# files, times


def test_the_clock_is_set_forward():
    hours = [f"2024-03-{d:02}T{h:02}:00+01:00" for d in range(25, 32) for h in range(24)][
        : 6 * 24 + 2
    ]
    model = small(horizon=3)
    data = model.series({"date": hours, "y": WALK[: len(hours)].tolist()}, time="date",
                        timezone="Europe/Berlin")  # fmt: skip
    model.for_data(data)
    assert list(model.predict(data)[0].times) == [
        "2024-03-31T03:00+02:00", "2024-03-31T04:00+02:00", "2024-03-31T05:00+02:00"
    ]  # fmt: skip


def test_tables_in_memory_and_on_disk(tmp_path):
    table = {"day": [f"2024-01-{k:02}" for k in range(1, 31)], "sold": WALK[:30].tolist()}
    path = tmp_path / "t.csv"
    rows = zip(*table.values(), strict=True)
    path.write_text("day,sold\n" + "".join(f"{d},{v!r}\n" for d, v in rows))
    model = small()
    data = model.series(table, time="day", target="sold")
    model.fit(data, epochs=1)
    assert model.predict(data) == model.predict(model.series(path))
    (found,) = model.predict(data)
    assert list(found.to_json()) == ["day", "sold"]
    assert found.to_json()["day"] == ["2024-01-31", "2024-02-01"]
    model.save(tmp_path / "model")
    again = pyrnn.load(tmp_path / "model")
    assert again.predict(again.series(path)) == model.predict(data)
    json.dumps(again.description(), allow_nan=False)
    with pytest.raises(ValueError, match=r"series\[0\]: expected steps of 1 day.*; got 2 days"):
        model.evaluate(Series(WALK[:30], times=days(60)[::2]))
    with pytest.raises(TypeError, match=r"got a table, dict: model\.series"):
        small().fit(table)


def test_series_of_pandas():
    """Their dates are their times; any other index says nothing."""
    pandas = pytest.importorskip("pandas")
    dates = pandas.date_range("2024-01-01", periods=30, freq="D", name="day")
    sold = pandas.Series(WALK[:30], index=dates, name="sold")
    model = small()
    model.fit(sold, epochs=1)
    (found,) = model.predict(sold.iloc[10:])
    assert found.rows()[1].keys() == {"day", "sold"}
    assert list(found.times) == ["2024-01-31", "2024-02-01"]
    assert found == model.predict(sold.iloc[::-1].sort_index())[0]
    np.testing.assert_array_equal(model.predict([sold])[0].values, found.values)
    with pytest.raises(ValueError, match="inputs: expected rows 1 day apart, .* got rows 1 week"):
        model.predict(
            pandas.Series(WALK[:9], pandas.date_range("2024-02-05", periods=9, freq="7D"))
        )
    for index in (np.arange(30) + 5, [f"row {k}" for k in range(30)]):
        plain = small()
        plain.fit(pandas.Series(WALK[:30], index=index), epochs=1)
        np.testing.assert_array_equal(
            plain.predict(pandas.Series(WALK[:30], index=index))[0].values,
            plain.predict(WALK[:30])[0].values,
        )
    months = pandas.Series(WALK[:30], index=pandas.period_range("2020-01", periods=30, freq="M"))
    assert str(small().for_data(months).learnt.like.step) == "1 month"
    with pytest.raises(ValueError, match=r"series: row 3.*NaT|series: row 3"):
        small().fit(pandas.Series(WALK[:30], index=dates.where(np.arange(30) != 3)))


def test_a_panel_of_ones_own():
    table = {"t": list(range(40)), "y": WALK[:40].tolist()}
    model = small().for_data(read_series(table, time="t"))
    assert list(model.predict(model.series(table, time="t"))[0].times) == ["40", "41"]


@pytest.mark.parametrize(
    ("data", "settings", "error", "words"),
    [
        ("a text", {}, TypeError, "series: expected numbers"),
        ([], {}, ValueError, "series: expected at least one; got none"),
        (
            [WALK[:9], np.stack([WALK, WALK], axis=1)],
            {},
            ValueError,
            r"series\[1\]: expected 1 tar",
        ),
        (np.ones((2, 3, 4)), {}, ValueError, r"series\[0\]: expected numbers|context"),
        (WALK[:5], {}, ValueError, "context: expected at most 3 steps"),
        (
            WALK[:5],
            {"context": None, "horizon": 5},
            ValueError,
            "horizon: expected less than the 5",
        ),
        ([np.inf] * 9, {}, ValueError, "expected a finite number; got inf"),
        (WALK, {"residual": "season", "season": None}, ValueError, "season: expected it with"),
        (WALK, {"context": 1}, ValueError, "context: expected more than 1 with residual='last'"),
        (np.ma.array(WALK, mask=WALK > 0), {}, ValueError, "series: expected numbers without a ma"),
        (WALK * 1e300, {}, ValueError, "^series: expected numbers whose squared distances"),
        (["a", "b"], {}, TypeError, r"series\[0\]: expected numbers"),
    ],
)
def test_data_that_are_none(data, settings, error, words):
    with pytest.raises(error, match=words):
        small(**settings).fit(data, epochs=1)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"quantiles": (0.5, 0.1)}, "quantiles: expected rising numbers of more than 0"),
        ({"quantiles": (0.5, 1.0)}, "quantiles: expected rising"),
        ({"quantiles": (0.5,), "error": "absolute"}, "error: expected none beside quantiles"),
        ({"embedding_size": 3}, "embedding_size: expected None"),
        ({"residual": "season", "season": 4}, "context: expected more than the 4 steps"),
        ({"horizon": 0}, "horizon: expected a whole number of at least 1"),
    ],
)
def test_settings_that_are_none(settings, words):
    with pytest.raises(ValueError, match=words):
        small(**settings)


def test_a_series_that_is_too_short_to_be_gone_on_with():
    model = small().for_data(WALK)
    with pytest.raises(
        ValueError, match=r"the series: expected at least 4 rows without a gap .*got 3"
    ):
        model.predict(WALK[:3])
    holes = np.where(np.arange(20) == 18, np.nan, WALK[:20])
    words = r"inputs\[0\]: expected at least 4 rows .*; got 1: no forecast .* it \(and 1 more\)"
    with pytest.warns(UserWarning, match=words):
        found = model.predict([holes, WALK[:9], WALK[:3]])
    assert [len(each) for each in found] == [0, 2, 0]
    assert found[1] == model.predict(WALK[:9])[0]
    ends_badly = np.where(np.arange(20) > 16, np.nan, WALK[:20])
    with pytest.raises(ValueError, match=r"got 0 \(numbers are missing in its last 3 rows\)"):
        model.predict(ends_badly)
    with pytest.raises(ValueError, match="stride: expected it for an evaluation"):
        model.predict(WALK, decoding=model.Decoding(stride=2))
    with pytest.raises(ValueError, match="series: expected at least 6 rows without a gap"):
        model.evaluate(WALK[:5])
