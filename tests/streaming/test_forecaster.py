"""A forecaster's stream: observations with times, clocks that are set, and what is refused."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest

import pyrnn
from pyrnn.data.series import Series
from pyrnn.models import Forecaster

from .test_stream import same

SMALL: Any = {"horizon": 3, "context": 6, "hidden_size": 8, "residual": "last"}
BERLIN = "Europe/Berlin"


def table(hours: int, first: str = "2024-03-29 00:00", **columns: Any) -> dict[str, list[Any]]:
    """Hours on a wall clock in Berlin, and numbers."""
    moments = (
        np.datetime64(first) - np.timedelta64(1, "h") + np.arange(hours) * np.timedelta64(1, "h")
    )
    zone, utc = ZoneInfo(BERLIN), ZoneInfo("UTC")
    said = [m.astype(datetime).replace(tzinfo=utc).astimezone(zone) for m in moments]
    y = np.sin(np.arange(hours) / 4) * 3 + 7
    return {
        "date": [each.strftime("%Y-%m-%d %H:%M") for each in said],
        "OT": y.tolist(),
        **{name: list(map(f, range(hours))) for name, f in columns.items()},
    }


@pytest.fixture(scope="module")
def hourly() -> Any:
    """A model that reads the hour."""
    model = Forecaster(**SMALL)
    data = model.series(table(120), time="date", target="OT", timezone=BERLIN)
    assert model.fit(data, max_steps=3).steps == 3
    assert "day" in model.learnt.calendar
    return model


@pytest.mark.parametrize("first", ["2024-03-30 20:00", "2024-10-26 20:00", "2024-06-01 00:00"])
def test_observations_have_times(hourly: Any, first: str) -> None:
    """Over nights in which clocks are set, too: 02:00 is missing, or comes twice."""
    rows = table(14, first)
    pairs = list(zip(rows["date"], rows["OT"], strict=True))
    stream = pyrnn.Stream(hourly)
    steps = np.stack([stream.step(pair) for pair in pairs])
    block = pyrnn.Stream(hourly)
    assert same(block.run(pairs), steps)
    whole = hourly.series(rows)
    assert same(pyrnn.Stream(hourly).run(whole), steps)
    assert same(pyrnn.Stream(hourly).run(whole[0]), steps)
    assert same(steps[-1], hourly.predict(whole)[0].values)
    assert same(block.state["rows"], stream.state["rows"])
    assert np.isnan(steps[:5]).all()
    assert np.isfinite(steps[5:]).all()


def test_a_time_of_day_is_no_day() -> None:
    days = {"day": [f"2024-01-{k:02}" for k in range(1, 30)], "y": np.arange(29.0) % 7}
    model = Forecaster(**SMALL)
    model.for_data(model.series(days, time="day"))
    stream = pyrnn.Stream(model)
    stream.run(model.series(days))
    with pytest.raises(
        ValueError, match=r"observation of 2024-01-30, .*; got that of 2024-01-30T12"
    ):
        stream.step(("2024-01-30 12:00", 1.0))
    stream.step(("30.01.2024", 1.0))


def test_a_row_that_is_missing(hourly: Any) -> None:
    rows = table(9)
    pairs = list(zip(rows["date"], rows["OT"], strict=True))
    stream, pool = pyrnn.Stream(hourly), pyrnn.StreamPool(hourly)
    session = pool.open()
    before = stream.run(pairs[:7])
    pool.run(session, pairs[:7])
    words = (
        r"expected the observation of 2024-03-29 07:00, one step \(1 hour\) behind the last; got "
    )
    for name, call in {
        "x": lambda given: stream.step(given),
        "xs: step 0": lambda given: stream.run([given]),
        "x: row 0": lambda given: pool.step([session], [given]),
        "xs: step 0 ": lambda given: pool.run(session, [given]),
    }.items():
        for wrong in (8, 6, 0):
            with pytest.raises(
                ValueError, match=f"^{name.strip()}: {words}that of {rows['date'][wrong]}"
            ):
                call(pairs[wrong])
    assert same(stream.step(pairs[7]), pool.step([session], pairs[7:8])[0])
    stream.reset()  # anew, behind the gap
    assert np.isnan(stream.step(pairs[8])).all()
    stream.reset()
    assert same(stream.run(pairs[:7]), before)


def test_what_a_time_may_be(hourly: Any) -> None:
    stream = pyrnn.Stream(hourly)
    wanted = pyrnn.Stream(hourly)
    wanted.step(("2024-06-01 00:00", 1.0))
    wanted.step(("2024-06-01 01:00", 2.0))
    stream.step([np.datetime64("2024-06-01T00:00"), [1.0]])
    stream.step((datetime(2024, 6, 1, 1), np.float32(2)))
    assert same(stream.state["rows"], wanted.state["rows"])


WRONG: list[tuple[Any, type[Exception], str]] = [
    (3.0, TypeError, r"expected \(time, numbers\), since the model reads the date; got float"),
    (("x", 3.0), ValueError, "expected .*; got 'x'"),
    (("2024-06-01 00:00",), TypeError, r"expected \(time, numbers\)"),
    (("2024-03-31 02:30", 3.0), ValueError, "expected a time that .* which they skip"),
    (("2024-06-01 00:00", [1.0, 2.0]), ValueError, r"expected a number, OT; got shape \(2,\)"),
    (("2024-06-01 00:00", np.nan), ValueError, r"expected finite numbers; got \[nan\]"),
    (("2024-06-01 00:00", "3"), TypeError, "expected a number; got str"),
    (("9999-06-01 00:00", 1.0), ValueError, "expected a time before 2255"),
]


@pytest.mark.parametrize(("given", "error", "words"), WRONG, ids=str)
def test_what_is_no_observation(
    hourly: Any, given: Any, error: type[Exception], words: str
) -> None:
    stream, pool = pyrnn.Stream(hourly), pyrnn.StreamPool(hourly)
    session = pool.open()
    stream.step(("2024-06-01 00:00", 1.0))
    state = stream.state
    with pytest.raises(error, match=f"^x: {words}"):
        stream.step(given)
    with pytest.raises(error, match=f"^xs: step 1: {words}"):
        stream.run([("2024-06-01 01:00", 1.0), given])
    with pytest.raises(error, match=f"^x: row 0: {words}"):
        pool.step([session], [given])
    assert same(stream.state["rows"], state["rows"])
    assert np.isnan(pool.state(session)["rows"]).all()


def test_columns_of_the_past() -> None:
    """They are read with the targets, in the order of the model's columns."""
    model = Forecaster(**SMALL, calendar=False)
    rows = table(100, load=lambda k: float(k % 7), wind=lambda k: float(k % 3))
    data = model.series(rows, time="date", target="OT", features=("load", "wind"), timezone=BERLIN)
    model.fit(data, max_steps=3)
    stream = pyrnn.Stream(model)
    for row in zip(rows["OT"], rows["load"], rows["wind"], strict=True):
        said = stream.step(row)
    assert same(said, model.predict(data)[0].values)
    assert repr(stream) == "Stream(x (3,) -> (3, 1), float64)"
    with pytest.raises(
        ValueError, match=r"^x: expected 3 numbers, OT, load, wind; got shape \(1,\)"
    ):
        stream.step([1.0])


def test_a_session_goes_on_from_rows() -> None:
    """They are the last observations themselves."""
    model = Forecaster(**SMALL)
    series = np.arange(60) % 9 + np.arange(60) / 20
    model.fit(series, max_steps=3)
    stream = pyrnn.Stream(model)
    stream.state = {"rows": series[20:26, None]}
    assert same(stream.step(series[26]), model.predict(series[:27])[0].values)
    for rows, words in (
        (np.zeros((5, 1)), r"state\['rows'\]: expected shape \(6, 1\)"),
        (np.array([[1.0], [np.nan], *[[1.0]] * 4]), "expected finite numbers, behind rows of NaN"),
        (np.full((6, 1), np.inf), "expected finite numbers"),
    ):
        with pytest.raises(ValueError, match=words):
            stream.state = {"rows": rows}
    assert same(stream.state["rows"], series[21:27, None])


def test_a_number_beyond_the_models_precision() -> None:
    model = Forecaster(**SMALL)
    walk = np.arange(60) % 9 + np.arange(60) / 20
    model.fit(walk, max_steps=3)
    stream, pool = pyrnn.Stream(model), pyrnn.StreamPool(model)
    stream.run(walk)
    before = stream.state["rows"]
    with pytest.raises(ValueError, match=r"^x: expected numbers that float32 holds"):
        stream.step(1e300)
    assert same(stream.state["rows"], before)
    first, second = pool.open(), pool.open()
    for session in (first, second):
        pool.run(session, walk)
    with pytest.raises(ValueError, match=r"^x: row 1: expected numbers that float32 holds"):
        pool.step([first, second], [1.0, 1e300])


@pytest.mark.parametrize("given", ["abc", 3.0, None, {1: 2.0}, {1.0}], ids=str)
def test_what_is_no_block(given: Any) -> None:
    model = Forecaster(**SMALL)
    model.fit(np.arange(60.0) % 9, max_steps=1)
    stream = pyrnn.Stream(model)
    with pytest.raises(TypeError, match=r"^xs: expected a list of observations, or a Series; got "):
        stream.run(given)
    assert np.isnan(stream.state["rows"]).all()
    assert stream.run([]).shape == (0, 3, 1)
    for rows in (range(9), np.arange(9), np.arange(9)[:, None], [[k] for k in range(9)]):
        stream.reset()
        assert same(stream.run(rows)[-1], model.predict(np.arange(9.0))[0].values)


def test_where_forecasts_go() -> None:
    model = Forecaster(**SMALL)
    model.fit(np.arange(60.0) % 9, max_steps=1)
    stream, pool = pyrnn.Stream(model), pyrnn.StreamPool(model)
    ids, out = [pool.open(), pool.open()], np.zeros((2, 3, 1))
    assert pool.step(ids, [1.0, 2.0], out) is out
    assert np.isnan(out).all()
    assert pool.step([], []).shape == (0, 3, 1)
    for wrong, error in (
        (np.zeros(3), ValueError),
        (np.zeros((3, 1), "float32"), TypeError),
        ([0.0], TypeError),
        (np.zeros((6, 1))[::2], ValueError),
        (np.broadcast_to(0.0, (3, 1)), ValueError),
    ):
        with pytest.raises(error, match=r"^out: expected"):
            stream.step(1.0, wrong)
    assert np.isnan(stream.state["rows"]).all()
    with pytest.raises(ValueError, match="x: expected 2 rows, one for each session; got 1"):
        pool.step(ids, [1.0])
    for call, words in (
        (lambda: pool.step([0, 0], [1.0, 2.0]), "ids: expected each session once; got 0 again"),
        (lambda: pool.step([0, 7], [1.0, 2.0]), "ids: expected ids of open sessions; got 7"),
        (lambda: pool.close(7), "id: expected that of an open session; got 7"),
    ):
        with pytest.raises(ValueError, match=words):
            call()
    pool.close(ids[1])
    with pytest.raises(ValueError, match="got 1, which is closed"):
        pool.state(ids[1])
    assert pool.ids.tolist() == [0]


def test_a_call_within_a_call() -> None:
    model = Forecaster(**SMALL)
    model.fit(np.arange(60.0) % 9, max_steps=1)
    stream = pyrnn.Stream(model)
    stream.run(np.arange(6.0))
    rows, met = stream.state["rows"], []

    says = stream._chain.handle.says

    def meeting(windows: np.ndarray) -> np.ndarray:
        with pytest.raises(RuntimeError, match=r"^stream: another thread's call"):
            stream.step(1.0)
        with pytest.raises(RuntimeError, match=r"^stream: another thread's call"):
            stream.reset()
        met.append(len(windows))
        return says(windows)

    stream._chain.handle.says = meeting
    stream.step(3.0)
    assert met == [1]
    assert same(stream.state["rows"][:-1], rows[1:])


@pytest.mark.parametrize(
    ("series", "settings", "words"),
    [
        (
            [Series(np.arange(40.0) % 7, known=np.arange(40.0) % 3)],
            {},
            "known: expected a model without columns that are known ahead",
        ),
        (
            [Series(np.arange(40.0) % 7, static=["a"]), Series(np.arange(40.0) % 5, static=["b"])],
            {"scale": "all"},
            "static: expected a model without static features",
        ),
        ([np.arange(40.0) % 7, np.arange(40.0) % 5], {}, "scale: expected 'all' or 'none'"),
    ],
)
def test_forecasters_of_which_there_is_no_stream(series: Any, settings: Any, words: str) -> None:
    model = Forecaster(**{**SMALL, **settings}).for_data(series)
    for kind in (pyrnn.Stream, pyrnn.StreamPool):
        with pytest.raises(ValueError, match=f"^{words}"):
            kind(model)


def test_several_series_on_one_scale() -> None:
    series = [np.arange(40.0) % 7, np.arange(40.0) % 5]
    model = Forecaster(**SMALL, scale="all")
    model.fit(series, max_steps=3)
    pool = pyrnn.StreamPool(model)
    ids = [pool.open(), pool.open()]
    for row in zip(*series, strict=True):
        found = pool.step(ids, row)
    for one, said in zip(model.predict(series), found, strict=True):
        assert same(said, one.values)
