"""Files and frames as series: order, repeats, gaps, rows to come, and what errors name."""

from __future__ import annotations

import contextlib
import re
import warnings
from datetime import datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyrnn.data import StaticFeatures
from pyrnn.data.series import ForecastColumns, read_series
from pyrnn.data.series.columns import GAPS, REPEATS
from pyrnn.files.content import Content


def read(text, name="s.csv", like=None, **columns):
    """The panel of a text, and what was said of it."""
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        panel = read_series(Content(name, text.encode()), like=like, **columns)
    assert [str(each.message) for each in said] == list(panel.remarks)
    return panel, "\n".join(panel.remarks)


def daily(rows, extra=""):
    return "t,y\n" + "".join(f"2024-01-{day:02d},{value}\n" for day, value in rows) + extra


def test_a_table_without_times_is_rows_in_steps():
    panel, said = read("a,y\n1,2\n3,4\n", features="a")
    (series,) = panel
    assert (series.y.tolist(), series.past.tolist()) == ([[2], [4]], [[1], [3]])
    assert (series.times, panel.step, panel.season, said) == (None, None, 1, "")
    assert panel.times_after(series, 2, 3) == [2, 3, 4]


def test_series_of_different_starts_take_turns_in_one_file():
    panel, said = read(
        "t,shop,y,z,size,kind\n"
        "2024-01-01,a,1,5,9,x\n2024-01-02,a,2,6,9,x\n2024-01-02,b,3,7,2,z\n2024-01-03,b,4,8,2,z\n"
        "2024-01-03,a,5,9,9,x\n",
        time="t", id="shop", target="y,z", static="size,kind",
    )  # fmt: skip
    assert [series.name for series in panel] == ["a", "b"]
    assert [series.y.tolist() for series in panel] == [[[1, 5], [2, 6], [5, 9]], [[3, 7], [4, 8]]]
    assert [series.static for series in panel] == [(9.0, "x"), (2.0, "z")]
    assert [str(t.astype("M8[us]"))[:10] for t in panel.series[1].times] == [
        "2024-01-02",
        "2024-01-03",
    ]
    assert (str(panel.step), panel.targets, said) == ("1 day", ("y", "z"), "")


ETTH1 = ("2018-06-26 19:00:00", ["2018-06-26 20:00:00", "2018-06-26 21:00:00"])


@pytest.mark.data
def test_etth1(data_file):
    panel = read_series(data_file("ett/ETTh1.csv"), time="date", target="OT", features="HUFL:LULL")
    (series,) = panel
    assert (len(series), series.past.shape, str(panel.step), panel.season) == (
        17420, (17420, 6), "1 hour", 24
    )  # fmt: skip
    assert series.runs.tolist() == [[0, 17420]]
    assert panel.times_after(series, 17419, 3) == [ETTH1[0], *ETTH1[1]]
    table = np.loadtxt(data_file("ett/ETTh1.csv"), delimiter=",", skiprows=1, usecols=range(1, 8))
    assert (np.hstack([series.past, series.y]) == table).all()


@pytest.mark.data
def test_airline_passengers(data_file):
    panel = read_series(data_file("airline-passengers/airline-passengers.csv"), time="Month")
    assert panel.targets == (
        "International airline passengers: monthly totals in thousands. Jan 49 ? Dec 60",
    )
    (series,) = panel
    assert (len(series), str(panel.step), panel.season) == (144, "1 month", 12)
    assert panel.times_after(series, 144, 2) == ["1-61", "2-61"]


DAYS = [(1, 1), (2, 2), (3, 3), (4, 4), (5, 5), (7, 7), (8, 8)]


@pytest.mark.parametrize(
    ("gaps", "y", "runs", "filled"),
    [
        ("split", [1, 2, 3, 4, 5, 7, 8], [[0, 5], [5, 7]], []),
        ("linear", [1, 2, 3, 4, 5, 6, 7, 8], [[0, 8]], [5]),
        ("last", [1, 2, 3, 4, 5, 5, 7, 8], [[0, 8]], [5]),
        ("join", [1, 2, 3, 4, 5, 7, 8], [[0, 7]], []),
    ],
)
def test_one_day_missing_of_eight(gaps, y, runs, filled):
    panel, said = read(daily(DAYS), time="t", gaps=gaps)
    (series,) = panel
    assert str(panel.step) == "1 day"
    assert (series.y[:, 0].tolist(), series.runs.tolist()) == (y, runs)
    assert np.flatnonzero(series.filled).tolist() == filled
    assert panel.times_after(series, len(series), 1) == ["2024-01-09"]
    if gaps == "join":
        assert said == ""
    else:
        assert said.startswith("s.csv: 1 gap of 1 step between times, after 2024-01-05 (line 6): ")
    days = (series.times // 86_400_000_000 - 19723).tolist()
    assert days == (list(range(8)) if filled else [0, 1, 2, 3, 4, 6, 7])


@pytest.mark.parametrize(
    ("gaps", "y", "runs"),
    [
        ("split", [np.nan, 1, np.nan, 3, 4], [[1, 2], [3, 5]]),
        ("linear", [1, 1, 2, 3, 4], [[0, 5]]),
        ("last", [np.nan, 1, 1, 3, 4], [[1, 5]]),
        ("join", [1, 3, 4], [[0, 3]]),
    ],
)
def test_numbers_that_are_missing(gaps, y, runs):
    text = daily([(1, "NA"), (2, 1), (3, ""), (4, 3), (5, 4)])
    panel, said = read(text, time="t", missing="NA,empty", gaps=gaps)
    (series,) = panel
    np.testing.assert_array_equal(series.y[:, 0], y)
    assert series.runs.tolist() == runs
    assert said.startswith("s.csv: 2 rows with missing numbers, the first in line 2: ")


def test_gaps_of_times_and_numbers_are_told_in_one_sentence():
    _, said = read(
        daily([(1, 1), (2, "NA"), (3, 1), (6, 1), (9, 1), (10, 1)]), time="t", missing="NA"
    )
    assert said == (
        "s.csv: 2 gaps of 4 steps between times, the first, of 2, after 2024-01-03 (line 4) and "
        "1 row with missing numbers, line 3: no window crosses them (gaps='linear' or 'last' fills "
        "them in, 'join' passes over them)"
    )  # fmt: skip


def test_rows_are_sorted_by_time():
    panel, said = read(daily([(2, 2), (1, 1), (4, 4), (3, 3)]), time="t")
    assert panel.series[0].y[:, 0].tolist() == [1, 2, 3, 4]
    assert said == ("s.csv: line 3, column 't': the time lies before that of the row above (2 such "
                    "rows): the rows are sorted by time")  # fmt: skip


REPEATED = daily([(1, 1), (2, 2), (2, 6), (3, 3), (2, 4)])


@pytest.mark.parametrize(("repeats", "y"), [("mean", 4), ("last", 4)])
def test_repeats_become_one_where_that_is_asked_for(repeats, y):
    panel, said = read(REPEATED, time="t", repeats=repeats)
    assert panel.series[0].y[:, 0].tolist() == [1, y, 3]
    assert "line 4, column 't': the time is that of line 3 (2 such rows): " in said


def test_a_mean_of_repeats_is_that_of_the_numbers_which_are_there():
    panel, _ = read(
        daily([(1, 1), (1, "NA"), (1, 3), (2, "NA")]), time="t", repeats="mean", missing="NA"
    )
    np.testing.assert_array_equal(panel.series[0].y[:, 0], [2, np.nan])


def test_the_same_time_in_two_series_is_no_repeat():
    panel, _ = read("t,i,y\n2024-01-01,a,1\n2024-01-01,b,2\n2024-01-02,b,2\n", time="t", id="i")
    assert [len(series) for series in panel] == [1, 2]


AUTUMN = "t,y\n2024-10-27 01:00,1\n2024-10-27 02:00,2\n2024-10-27 02:00,3\n2024-10-27 03:00,4\n"
SPRING = "t,y\n2024-03-31 00:00,1\n2024-03-31 01:00,2\n2024-03-31 03:00,3\n2024-03-31 04:00,4\n"


@pytest.mark.usefixtures("time_zones")
@pytest.mark.parametrize("text", [AUTUMN, SPRING], ids=["autumn", "spring"])
def test_hours_of_a_clock_that_is_set_are_whole_with_its_timezone(text):
    panel, said = read(text, time="t", timezone="Europe/Berlin")
    (series,) = panel
    assert (series.runs.tolist(), str(panel.step), said) == ([[0, 4]], "1 hour", "")


def test_hours_of_a_clock_that_is_set_without_its_timezone():
    words = r"line 4, column 't': expected one row .* as in line 3 \(timezone= tells apart"
    with pytest.raises(ValueError, match=words):
        read(AUTUMN, time="t")
    panel, said = read(SPRING, time="t")
    assert panel.series[0].runs.tolist() == [[0, 2], [2, 4]]
    assert "after 2024-03-31 01:00 (line 3)" in said


@pytest.mark.parametrize(
    ("gaps", "runs", "words"),
    [
        (
            "auto",
            [[0, 22]],
            "s.csv: 1 gap of up to a week among business days, after 2024-01-12",
        ),
        ("split", [[0, 10], [10, 22]], "1 gap of 1 step between times, after 2024-01-12"),
    ],
)
def test_business_days_are_whole_and_holidays_no_gaps_unless_that_is_asked_for(gaps, runs, words):
    days = [f"2024-01-{day:02d}" for day in range(1, 32) if np.is_busday(f"2024-01-{day:02d}")]
    text = "t,y\n" + "".join(f"{day},1\n" for day in days if day != "2024-01-15")
    panel, said = read(text, time="t", gaps=gaps)
    assert (str(panel.step), panel.season) == ("1 business day", 5)
    assert panel.series[0].runs.tolist() == runs
    assert words in said
    assert panel.times_after(panel.series[0], 22, 3) == ["2024-02-01", "2024-02-02", "2024-02-05"]


def test_a_gap_of_more_than_a_week_of_business_days_is_one():
    days = [str(day) for day in np.arange("2024-01-01", "2024-03-01", dtype="M8[D]")]
    days = [day for day in days if np.is_busday(day) and not "2024-01-15" <= day <= "2024-01-22"]
    panel, said = read("t,y\n" + "".join(f"{day},1\n" for day in days), time="t")
    assert panel.series[0].runs.tolist() == [[0, 10], [10, len(days)]]
    assert said.startswith("s.csv: 1 gap of 6 steps between times")


FUTURE = "t,y,past,known\n2024-01-01,1,5,0\n2024-01-02,2,6,1\n2024-01-03,,,0\n2024-01-04,,,1\n"


def test_rows_to_come_have_no_targets():
    panel, _ = read(FUTURE, time="t", features="past", future="known")
    (series,) = panel
    assert (len(series), series.ahead, series.runs.tolist()) == (2, 2, [[0, 2]])
    assert series.known[:, 0].tolist() == [0, 1, 0, 1]
    assert np.isnan(series.y[2:]).all()
    assert panel.times_after(series, 2, 3) == ["2024-01-03", "2024-01-04", "2024-01-05"]


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("2024-01-03,,,0", "2024-01-03,,,", "line 4, column 'known': .* the cell is empty"),
        ("01,1,5", "01,,5", "line 2, column 'y': expected a number; got an empty cell"),
        ("02,2,6", "02,2,", "line 3, column 'past': expected a number; got an empty cell"),
    ],
)
def test_rows_to_come_that_are_not_whole(old, new, words):
    text = FUTURE.replace(old, new)
    with pytest.raises(ValueError, match=words):
        read(text, time="t", features="past", future="known", missing="NA")


@pytest.mark.parametrize(
    ("old", "new", "gaps", "known", "words"),
    [
        ("2024-01-04,,", "2024-01-05,,", "auto", [0], r"line 5: .*; got a gap: .* \(1 row\)"),
        ("2024-01-03,,,0", "2024-01-03,,,NA", "auto", [], r"line 4: .*; got a gap: .* \(2 rows\)"),
        ("2024-01-04,,", "2024-01-05,,", "linear", [0, 0.5, 1], "filled in on straight lines"),
        ("2024-01-04,,", "2024-01-05,,", "last", [0, 0, 1], "filled in with the last numbers"),
        ("2024-01-03,,,0", "2024-01-03,,,NA", "last", [1, 1], ""),
        ("2024-01-03,,,0\n", "", "linear", [1, 1], "filled in"),
        ("2024-01-02,2,6,1", "2024-01-02,2,6,NA", "join", [0, 1], ""),
    ],
)
def test_rows_to_come_end_where_they_have_a_gap(old, new, gaps, known, words):
    """Only those before it are read; known columns are filled in as all others are."""
    text = FUTURE.replace(old, new)
    panel, said = read(text, time="t", features="past", future="known", missing="NA", gaps=gaps)
    (series,) = panel
    assert series.known[len(series) :, 0].tolist() == known
    assert np.isnan(series.y[len(series) :]).all()
    assert series.runs[-1, 1] == len(series)
    assert re.search(words, said), said


def test_irregular_times_that_are_joined_go_on_in_their_middle_step():
    """Of 100, 301, 700, 1100 and 2003 seconds none is common; 700 is the one in the middle."""
    seconds = np.cumsum([0, 2003, 100, 700, 301, 1100])
    rows = "".join(f"{np.datetime64('2024-01-01') + np.timedelta64(s, 's')},1\n" for s in seconds)
    with pytest.raises(ValueError, match=r"one length; got 100 seconds and 2003 seconds before"):
        read("t,y\n" + rows, time="t")
    panel, said = read("t,y\n" + rows, time="t", gaps="join")
    assert str(panel.step) == "700 seconds"
    assert "no common step: each row is taken as one, and times to come are 700 seconds" in said


@pytest.mark.parametrize(
    ("hours", "words"),
    [
        ([0, 168, 336, 504], "expected rows 1 day apart, .* trained on; got rows 1 week apart"),
        ([0, 1, 2, 3], "expected rows 1 day apart, .* trained on; got rows 1 hour apart"),
        ([0, 24, 48, 49], "expected a time that lies whole steps"),
    ],
)
def test_rows_of_another_step_than_in_training(hours, words):
    before, _ = read(daily(DAYS[:5]), time="t")
    times = np.datetime64("2024-02-01T00") + np.array(hours)
    with pytest.raises(ValueError, match=words):
        read("t,y\n" + "".join(f"{time}:00,1\n" for time in times), time="t", like=before)


def test_a_row_alone_has_the_step_of_those_before():
    before, _ = read(daily(DAYS[:5]), time="t")
    panel, _ = read(daily([(20, 1)]), time="t", like=before)
    assert panel.times_after(panel.series[0], 1, 2) == ["2024-01-21", "2024-01-22"]
    alone, _ = read(daily([(20, 1)]), time="t")
    with pytest.raises(ValueError, match="two rows of a series, to tell its step"):
        alone.times_after(alone.series[0], 1, 2)
    with pytest.raises(ValueError, match=r"line 4, column 't': expected a time that lies whole "
                       r"steps \(1 day\) behind 2024-01-01; got 2024-01-02 12:00"):  # fmt: skip
        read(
            "t,y\n2024-01-01,1\n2024-01-02,1\n2024-01-02 12:00,2\n2024-01-04,1\n",
            time="t",
            like=before,
        )


ERRORS = [
    ("t,y\n", {"time": "t"}, "s.csv: expected rows below the header; got none"),
    ("", {}, "s.csv: expected a header and rows"),
    ("t,y\n1,2\n", {"time": "d"}, "expected a column 'd'; got the columns 't', 'y'"),
    ("t,x\n1,2\n", {}, "expected a column 'y'"),
    ("t,x\n1,2\n", {"time": "t", "features": "x"}, "expected a column 'y'"),
    ("t,y\n1,2\n,3\n", {"time": "t"}, "line 3, column 't': expected a time; got an empty cell"),
    ("t,y\n1,2\nx,3\n", {"time": "t"}, "line 3, column 't': expected a time in the form of '1'"),
    ("t,y\n01/02/2003,2\n", {"time": "t"}, "line 2, column 't': .* read in one way"),
    ("t,y\n1,x\n", {}, "line 2, column 'y': expected a finite number; got 'x'"),
    ("t,y\n1,1_0\n", {}, "line 2, column 'y': expected a finite number; got '1_0'"),
    ("t,y\n1,1e151\n", {}, "line 2, column 'y': expected a number of at most 1e.150 in size; got '1e"),
    ("t,y\n1,inf\n", {}, "line 2, column 'y': expected a finite number; got 'inf'"),
    ("t,y\n1,\n", {}, "line 2, column 'y': .* the cell is empty"),
    ('t,y\n1,"1,5"\n', {}, "line 2, column 'y': .* decimal comma"),
    ("i,y\n,2\n", {"id": "i"}, "line 2, column 'i': expected the name of a series"),
    ("i,s,y\na,1,2\na,2,2\n", {"id": "i", "static": "s"}, "line 3, column 's': expected '1' as in"),
    ("t,y\n2024-01-01,1\n2024-01-02,1\n2024-01-02 12:00,1\n2024-01-03 07:00,1\n", {"time": "t"},
     r"line 5, column 't': expected times in steps of one length; .* \(gaps='join'"),
    ("t,y\n2024-03-30T00:00+01:00,1\n2024-03-31T00:00+01:00,1\n2024-04-01T00:00+02:00,1\n",
     {"time": "t"}, "timezone= names the clock whose days have 23 and 25 hours"),
    ("t,y\n0,1\n1,1\n5000000,1\n", {"time": "t", "gaps": "last"}, "line 3, .*at most 1000000"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "columns", "words"), ERRORS, ids=[case[2][:30] for case in ERRORS]
)
def test_errors_name_the_place(text, columns, words):
    with pytest.raises(ValueError, match=words):
        read(text, **columns)


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        ({"target": "y", "features": "y"}, "features: .* not target as well; got 'y'"),
        ({"time": "t", "id": "t"}, "id: .* not time as well"),
        ({"timezone": "UTC"}, "timezone: expected time beside it"),
        ({"time_format": "%Y"}, "time_format: expected time beside it"),
        ({"repeats": "mean"}, "repeats: expected time beside it"),
        ({"gaps": "mean"}, "gaps: expected one of auto, split, linear, last, join"),
    ],
)
def test_columns_that_do_not_go_together(columns, words):
    with pytest.raises(ValueError, match=words):
        ForecastColumns(**columns)
    with pytest.raises(TypeError, match=r"columns: expected .*; got it and target"):
        read("x,y\n1,2\n", columns=ForecastColumns(), target="y")
    with pytest.raises(ValueError, match="expected each column to be one thing; got 'y' twice"):
        read("x,y\n1,2\n", target="x:y", features="y")


def test_decimal_commas_and_numbers_that_mean_missing():
    panel, _ = read("y;z\n1,5;2\n-999;3\n", target="y,z", decimal=",", missing="-999")
    np.testing.assert_array_equal(panel.series[0].y, [[1.5, 2], [np.nan, 3]])


def test_static_features_as_they_were_learnt():
    learnt = StaticFeatures.fit([["1"], ["x"]], ["s"])  # categories
    text = "i,s,y\na,1,2\nb,2,2\n"
    assert [s.static for s in read(text, id="i", static="s")[0]] == [(1.0,), (2.0,)]
    source = Content("s.csv", text.encode())
    panel = read_series(source, learnt=learnt, id="i", static="s")
    assert [s.static for s in panel] == [("1",), ("2",)]
    learnt = StaticFeatures.fit([[1.0], [2.0]], ["s"])
    with pytest.raises(ValueError, match="line 2, column 's': expected a finite number; got 'x'"):
        read_series(Content("s.csv", b"i,s,y\na,x,2\n"), learnt=learnt, id="i", static="s")
    with pytest.raises(
        ValueError, match="static: expected s, with which the model was trained; got none"
    ):
        read_series(source, learnt=learnt, id="i")


@pytest.mark.parametrize("library", ["dict", "pandas", "polars"])
def test_data_frames(library):
    times = [datetime(2024, 1, 1) + timedelta(hours=k) for k in range(4)]
    frame = {"t": times, "y": [1.0, 2.0, float("nan"), 4.0], "i": ["a", "a", "a", "b"]}
    if library != "dict":
        frame = pytest.importorskip(library).DataFrame(frame)
    with pytest.warns(UserWarning, match="1 row with missing numbers, row 2"):
        panel = read_series(frame, time="t", id="i", missing="nan")
    assert [series.runs.tolist() for series in panel] == [[[0, 2]], [[0, 1]]]
    assert panel.times_after(panel.series[1], 1, 1) == ["2024-01-01 04:00:00"]
    with pytest.raises(
        ValueError, match="the table: row 2, column 'y': expected a number; got nan"
    ):
        read_series(frame, time="t", id="i")


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ('{"t": [1], "i": "a", "y": 1}', r"line 1, column 't': expected a time; got \[1\]"),
        ('{"t": null, "i": "a", "y": 1}', "line 1, column 't': expected a time; got an empty cell"),
        ('{"t": {"a": 1}, "i": "a", "y": 1}', "line 1, column 't': expected a time"),
        ('{"t": true, "i": "a", "y": 1}', "line 1, column 't': expected a time; got True"),
        ('{"t": 1, "i": [], "y": 1}', r"line 1, column 'i': expected the name of .*; got \[\]"),
        ('{"t": 1, "i": null, "y": 1}', "line 1, column 'i': .*got an empty cell"),
        ('{"t": 1, "i": "a", "y": [1, 2]}', "line 1, column 'y': expected a number"),
        ('{"t": 1, "i": "a", "y": "x"}', "line 1, column 'y': expected a finite number"),
    ],
)
def test_cells_of_json_that_are_no_times_or_numbers(row, words):
    with pytest.raises(ValueError, match=words):
        read(row + "\n", name="s.jsonl", time="t", id="i", target="y")


@given(st.data())
def test_the_order_of_rows_does_not_matter(data):
    places = data.draw(st.sets(st.integers(0, 30), min_size=2, max_size=12))
    rows = [(k, place) for k in "ab" for place in sorted(places)]
    assert_same = None
    for order in (rows, data.draw(st.permutations(rows))):
        text = "t,i,y\n" + "".join(f"{2000 + p // 12}-{p % 12 + 1:02d},{k},{p}\n" for k, p in order)
        with contextlib.suppress(ValueError):  # no common step: in neither order
            panel, _ = read(text, time="t", id="i")
            found = {s.name: (s.y.tolist(), s.times.tolist(), s.runs.tolist()) for s in panel}
            assert assert_same is None or found == assert_same
            assert_same = found
            for series in panel:
                apart = np.diff(series.y[:, 0]) // panel.step.count
                inside = [k for begin, end in series.runs.tolist() for k in range(begin, end - 1)]
                assert (apart[inside] == 1).all()  # no run crosses a gap
                assert (np.delete(apart, inside) > 1).all()


def test_numbers_of_other_decimals_have_the_same_step():
    before, _ = read("t,y\n0.0,1\n0.5,2\n1.0,3\n", time="t")
    assert str(before.step) == "0.5"
    panel, _ = read("t,y\n2,1\n2.50,2\n3,3\n", time="t", like=before)
    assert panel.series[0].runs.tolist() == [[0, 3]]
    assert panel.times_after(panel.series[0], 3, 2) == ["3.50", "4.00"]


@pytest.mark.usefixtures("time_zones")
def test_another_timezone_counts_where_it_is_named():
    text = "t,y\n2024-01-01 00:00,1\n2024-01-01 01:00,2\n"
    before, _ = read(text, time="t")
    again, _ = read(text, time="t", like=before)
    moved, _ = read(text, time="t", like=before, timezone="Europe/Berlin")
    apart = again.series[0].times - moved.series[0].times
    assert apart.tolist() == [3_600_000_000] * 2


CELLS = st.sampled_from(
    ["2024-01-01", "2024-01-02", "2024-01-04", "2024-01-05 12:00", "7", "NA", "", "x", "1e3"]
)


@given(st.lists(st.tuples(CELLS, CELLS, CELLS), max_size=6), st.sampled_from(GAPS),
       st.sampled_from(REPEATS), st.booleans())  # fmt: skip
def test_any_table_is_series_or_an_error_that_says_where(rows, gaps, repeats, future):
    text = "t,y,k\n" + "".join(",".join(row) + "\n" for row in rows)
    columns = {"future": "k"} if future else {"features": "k"}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            panel = read_series(
                Content("s.csv", text.encode()),
                time="t", missing="NA", gaps=gaps, repeats=repeats, **columns,
            )  # fmt: skip
        except ValueError as error:
            assert str(error).startswith("s.csv: ")  # noqa: PT017  # it may be read as well
            return
    for series in panel:
        assert (np.diff(series.times) > 0).all()
        for begin, end in series.runs.tolist():
            assert not np.isnan(series.y[begin:end]).any()
            assert not np.isnan(series.known[begin:end]).any()
