"""The step of a series: told from its times, and walked along in both directions."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from pyrnn.data.series import IrregularError, Step, infer_step, read_times

DAY = 86_400_000_000
HOUR = DAY // 24


def days(first, last, step="D"):
    """The days of a range, as files have them."""
    return [str(day) for day in np.arange(first, last, dtype=f"M8[{step}]")]


def step_of(cells, zone=None):
    values, form = read_times(cells, timezone=zone)
    return infer_step([np.sort(values)], form.has_calendar, form.timezone), values, form


HOURS = [f"{day} {hour:02d}:00" for day in days("2024-01-01", "2024-01-04") for hour in range(24)]
BUSINESS = [d for d in days("2024-01-01", "2024-02-05") if np.is_busday(d)]
SHOP = [d for d in days("2024-01-01", "2024-02-04") if np.is_busday(d, "1111110")]
MONTH_ENDS = [str(m.astype("M8[D]") - 1) for m in np.arange("2024-02", "2025-03", dtype="M8[M]")]
CASES = [
    # cells, in words, season, the two that follow
    (HOURS, "1 hour", 24, ["2024-01-04 00:00", "2024-01-04 01:00"]),
    (HOURS[::6], "6 hours", 4, ["2024-01-04 00:00", "2024-01-04 06:00"]),
    (["12:00", "12:15", "12:30"], "15 minutes", 96, ["12:45", "13:00"]),
    (["12:00:00", "12:00:10"], "10 seconds", 8640, ["12:00:20", "12:00:30"]),
    (["12:00:00.000", "12:00:00.025"], "25 milliseconds", 3_456_000, ["12:00:00.050"]),
    (days("2024-01-01", "2024-01-20"), "1 day", 7, ["2024-01-20", "2024-01-21"]),
    (days("2024-01-01", "2024-03-20")[::7], "1 week", 52, ["2024-03-25", "2024-04-01"]),
    (BUSINESS, "1 business day", 5, ["2024-02-05", "2024-02-06"]),
    (SHOP, "1 weekday", 6, ["2024-02-05", "2024-02-06"]),
    (days("2024-01", "2025-03", "M"), "1 month", 12, ["2025-03", "2025-04"]),
    (["2024-01-15", "2024-02-15", "2024-03-15"], "1 month", 12, ["2024-04-15", "2024-05-15"]),
    (MONTH_ENDS, "1 month", 12, ["2025-02-28", "2025-03-31"]),
    (["2023-06-30", "2023-09-30", "2023-12-31"], "3 months", 4, ["2024-03-31", "2024-06-30"]),
    (["2024Q3", "2024Q4"], "3 months", 4, ["2025Q1", "2025Q2"]),
    (["2023-01", "2024-01"], "1 year", 1, ["2025-01", "2026-01"]),
    (["1999", "2000", "2001"], "1 year", 1, ["2002", "2003"]),
    (["2000-02-29", "2001-02-28"], "1 year", 1, ["2002-02-28", "2003-02-28"]),
    (["2020-W52", "2020-W53"], "1 week", 52, ["2021-W01", "2021-W02"]),
    (["1469318400", "1469318460"], "1 minute", 1440, ["1469318520", "1469318580"]),
    (["0.0", "0.5", "1.0"], "0.5", 1, ["1.5", "2.0"]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("cells", "words", "season", "after"), CASES, ids=lambda v: v if isinstance(v, str) else ""
)
def test_the_step_is_told_and_goes_on(cells, words, season, after):
    if cells[0].startswith("12:"):
        cells, after = ([f"2024-01-01 {each}" for each in part] for part in (cells, after))
    step, values, form = step_of(cells)
    assert (str(step), step.season) == (words, season)
    assert form.write(step.after(values[-1], np.arange(1, len(after) + 1))) == after
    places, off = step.places(values)
    assert places.tolist() == list(range(len(cells)))
    assert not off.any()
    assert Step.from_json(step.to_json()) == step


def test_a_day_that_is_missing_among_eight_leaves_the_step_daily():
    for missing in range(1, 7):
        cells = days("2024-01-01", "2024-01-09")
        del cells[missing]
        step, values, _ = step_of(cells)
        assert str(step) == "1 day"
        expected = [place for place in range(8) if place != missing]
        assert step.places(values)[0].tolist() == expected


def test_holidays_among_business_days_are_gaps():
    step, values, _ = step_of([day for day in BUSINESS if day != "2024-01-15"])
    assert str(step) == "1 business day"
    assert np.flatnonzero(np.diff(step.places(values)[0]) == 2).tolist() == [9]


def test_weekends_that_were_left_out_once_are_gaps():
    step, _, _ = step_of(days("2024-01-01", "2024-01-06") + days("2024-01-08", "2024-01-12"))
    assert str(step) == "1 day"


def test_one_day_that_two_series_lack_is_a_gap():
    cells = [day for day in days("2024-01-01", "2024-01-09") if day != "2024-01-06"]
    values, _ = read_times(cells)
    assert str(infer_step([values, values], True)) == "1 day"


def test_a_difference_that_divides_all_others_is_the_step():
    step, _, _ = step_of(["2024-01-01", "2024-01-02", "2024-01-04", "2024-01-06"])
    assert str(step) == "1 day"


def test_the_step_is_that_of_all_series():
    first, second = (np.array(each) * DAY for each in ([0, 2, 4], [1, 2, 3, 4, 5]))
    assert infer_step([first, second], True).count == DAY
    assert infer_step([first, second[:1]], True).count == 2 * DAY


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        (
            ["2024-01-01 00:00:00", "2024-01-01 00:01:00", "2024-01-01 00:02:07"],
            "got 1 minute and 67 seconds",
        ),
        (
            ["2024-01-01", "2024-01-02", "2024-01-03", "2024-01-04 11:00"],
            "1 day as most are; got 35 hours",
        ),
        (["0", "2", "4", "7"], "got 3"),
    ],
)
def test_times_without_a_common_step(cells, words):
    with pytest.raises(
        IrregularError, match=f"expected times in steps of one length.*{words}"
    ) as e:
        step_of(cells)
    assert (e.value.series, e.value.row) == (0, len(cells) - 1)


def test_one_row_has_no_step():
    with pytest.raises(ValueError, match="expected two rows of a series"):
        infer_step([np.array([0]), np.array([], np.int64)], True)


@pytest.mark.usefixtures("time_zones")
def test_hours_and_days_of_a_clock_that_is_set():
    zone = "Europe/Berlin"
    spring = ["2024-03-31T00:00+01:00", "2024-03-31T01:00+01:00"]
    step, values, form = step_of(spring, zone)
    assert str(step) == "1 hour"
    assert form.write(step.after(values[-1], [1, 2])) == [
        "2024-03-31T03:00+02:00", "2024-03-31T04:00+02:00"
    ]  # fmt: skip
    step, values, form = step_of(["2024-03-30T00:00+01:00", "2024-03-31T00:00+01:00"], zone)
    assert str(step) == "1 day"
    assert form.write(step.after(values[-1], [1])) == ["2024-04-01T00:00+02:00"]  # 23 hours later
    step, values, form = step_of(["2024-08-31T00:00+02:00", "2024-09-30T00:00+02:00"], zone)
    assert str(step) == "1 month"
    assert form.write(step.after(values[-1], [1])) == ["2024-10-31T00:00+01:00"]


STEPS = [
    Step("fixed", 7 * HOUR), Step("number", 3), Step("month", 1, 31), Step("month", 3, 30),
    Step("month", 12, 29), Step("weekday", weekdays="1111100"), Step("weekday", weekdays="0111111"),
]  # fmt: skip


@pytest.mark.parametrize("step", STEPS, ids=str)
@given(start=st.integers(-40_000, 40_000), k=st.integers(-500, 500))
def test_there_and_back(step, start, k):
    times = np.array([start * DAY + 5 * HOUR])
    if step.unit in ("month", "weekday"):  # a time on the step
        near = times + np.arange(400) * DAY
        months = (near // DAY).astype("M8[D]").astype("M8[M]")
        last = (months + 1).astype("M8[D]").astype(np.int64) - months.astype("M8[D]").astype(
            np.int64
        )
        at = near // DAY - months.astype("M8[D]").astype(np.int64) + 1
        right = at == np.minimum(step.day, last)
        if step.unit == "weekday":
            right = np.is_busday((near // DAY).astype("M8[D]"), step.weekdays)
        times = near[right][:1]
    moved = step.after(times, k)
    assert (step.after(moved, -k) == times).all()
    assert (np.sign(moved - times) == np.sign(k)).all()
    # one step at a time is the same
    walked = times
    for _ in range(abs(k) % 40):
        walked = step.after(walked, np.sign(k))
    assert (walked == step.after(times, np.sign(k) * (abs(k) % 40))).all()


@pytest.mark.parametrize("step", STEPS, ids=str)
@given(start=st.integers(-5_000, 5_000), kept=st.sets(st.integers(1, 60), min_size=3))
def test_places_count_the_steps_between(step, start, kept):
    first = step.after(step.after(np.array([start * DAY]), 1), -1)  # on the step
    assume(not step.places(np.concatenate([first, step.after(first, np.arange(1, 4))]))[1].any())
    times = np.concatenate([first, step.after(first, np.array(sorted(kept)))])
    places, off = step.places(times)
    assert places.tolist() == [0, *sorted(kept)]
    assert not off.any()
    _, off = step.places(times + np.array([0, *[1] * len(kept)]))
    assert off[1:].all() or step.count == 1


@pytest.mark.usefixtures("time_zones")
@given(start=st.integers(0, 40_000), zone=st.sampled_from(["Europe/Berlin", "America/New_York"]))
def test_days_of_a_clock_have_the_same_time_of_day(start, zone):
    step = Step("day", timezone=zone)
    first = step.clock.moments(np.array([start * DAY + 12 * HOUR])).moment
    moved = step.after(first, np.arange(400))
    assert (step.clock.wall(moved) % DAY == 12 * HOUR).all()
    assert (step.places(moved)[0] == np.arange(400)).all()
    assert set(np.diff(moved) // HOUR) <= {23, 24, 25}


def test_a_series_on_another_day_of_the_month_keeps_it():
    step = Step("month", 1, 31)
    start = np.array(["2024-01-15"], "M8[us]").astype(np.int64)
    assert str(step.after(start, 1).astype("M8[us]")[0])[:10] == "2024-02-15"


@pytest.mark.parametrize(
    "change", [{"unit": "moon"}, {"count": 0}, {"count": True}, {"day": 32}, {"weekdays": "1"},
               {"weekdays": "0000000"}, {"timezone": 3}, {"unit": None}, {"more": 1}]
)  # fmt: skip
def test_a_step_out_of_a_damaged_file_is_refused(change):
    with pytest.raises(ValueError, match=r"step|unit|weekdays"):
        Step.from_json({**Step("fixed", HOUR).to_json(), **change})


def test_pandas_agrees_on_ends_of_months():
    pandas = pytest.importorskip("pandas")
    index = pandas.date_range("1999-01-31", periods=300, freq="ME")
    values = index.values.astype("M8[us]").astype(np.int64)
    step = infer_step([values], True)
    assert (step.after(values[0], np.arange(300)) == values).all()
