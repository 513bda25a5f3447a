"""Cells as times: every form is read as it is written, and what is no time is named."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyrnn.data.series import TimeForm, read_times

# A column, its format, and the moment of its first cell
COLUMNS = [
    (["2016-07-01 00:00:00", "2016-07-01 01:00:00"], "%Y-%m-%d %H:%M:%S", (2016, 7, 1)),
    (["2016-07-01T09:30", "2016-07-01T10:30"], "%Y-%m-%dT%H:%M", (2016, 7, 1, 9, 30)),
    (["2016-07-01T09:30:00Z"], "%Y-%m-%dT%H:%M:%SZ", (2016, 7, 1, 9, 30)),
    (["2016-07-01T09:30:00.250"], "%Y-%m-%dT%H:%M:%S.%f", (2016, 7, 1, 9, 30, 0, 250_000)),
    (["2016-07-01 09:30:00,5"], "%Y-%m-%d %H:%M:%S,%f", (2016, 7, 1, 9, 30, 0, 500_000)),
    (["2016-07-01 09:30:00 UTC"], "%Y-%m-%d %H:%M:%S UTC", (2016, 7, 1, 9, 30)),
    (["2016-07-01 09:30:00+02:00"], "%Y-%m-%d %H:%M:%S%:z", (2016, 7, 1, 7, 30)),
    (["2016-07-01 09:30:00+02"], "%Y-%m-%d %H:%M:%S%-z", (2016, 7, 1, 7, 30)),
    (["2016-07-01 09:30 -0330"], "%Y-%m-%d %H:%M %z", (2016, 7, 1, 13)),
    (["2016-07-01 9", "2016-07-01 10"], "%Y-%m-%d %-H", (2016, 7, 1, 9)),
    (["20160701T093000Z"], "%Y%m%dT%H%M%SZ", (2016, 7, 1, 9, 30)),
    (["20160701093000"], "%Y%m%d%H%M%S", (2016, 7, 1, 9, 30)),
    (["201607010930"], "%Y%m%d%H%M", (2016, 7, 1, 9, 30)),
    (["2016-07-01"], "%Y-%m-%d", (2016, 7, 1)),
    (["2016/7/1", "2016/7/12"], "%Y/%-m/%-d", (2016, 7, 1)),
    (["20160701"], "%Y%m%d", (2016, 7, 1)),
    (["01.07.2016"], "%d.%m.%Y", (2016, 7, 1)),
    (["31/07/2016", "01/08/2016"], "%d/%m/%Y", (2016, 7, 31)),
    (["7/31/2016 5:30 PM", "8/1/2016 12:00 AM"], "%-m/%-d/%Y %-I:%M %p", (2016, 7, 31, 17, 30)),
    (["31-07-99", "01-08-99"], "%d-%m-%y", (1999, 7, 31)),
    (["1 Jul 2016", "12 Aug 2016"], "%-d %b %Y", (2016, 7, 1)),
    (["July 1, 2016", "May 12, 2017"], "%B %-d, %Y", (2016, 7, 1)),
    (["1949-01", "1949-12"], "%Y-%m", (1949, 1, 1)),
    (["1-49", "12-60"], "%-m-%y", (2049, 1, 1)),
    (["Jan-75", "Feb-76"], "%b-%y", (1975, 1, 1)),
    (["194901"], "%Y%m", (1949, 1, 1)),
    (["1949M01"], "%YM%m", (1949, 1, 1)),
    (["1949Q2", "1949Q3"], "%YQ%q", (1949, 4, 1)),
    (["Q2 1949"], "Q%q %Y", (1949, 4, 1)),
    (["2020-W53", "2021-W01"], "%G-W%V", (2020, 12, 28)),
    (["2021-W01-3"], "%G-W%V-%u", (2021, 1, 6)),
    (["1949", "1950"], "%Y", (1949, 1, 1)),
    (["1469318400"], "s", (2016, 7, 24)),
    (["1469318400.125"], "s", (2016, 7, 24, 0, 0, 0, 125_000)),
    (["1469318400250"], "ms", (2016, 7, 24, 0, 0, 0, 250_000)),
    (["1469318400000250"], "us", (2016, 7, 24, 0, 0, 0, 250)),
    (["1469318400000250000"], "ns", (2016, 7, 24, 0, 0, 0, 250)),
]


def micros(*when):
    return (datetime(*when, tzinfo=UTC) - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(
        microseconds=1
    )


@pytest.mark.parametrize(("cells", "form", "first"), COLUMNS, ids=[c[0][0] for c in COLUMNS])
def test_a_column_is_read_and_written_in_its_own_form(cells, form, first):
    values, found = read_times(cells)
    assert found.format == form
    assert values[0] == micros(*first)
    assert found.write(values) == cells
    assert TimeForm.from_json(found.to_json()) == found


NUMBERS = [["0", "1", "2"], ["7", "-3"], ["0.00", "0.25"], ["12345678"], ["1400", "1600"]]


@pytest.mark.parametrize("cells", NUMBERS, ids=str)
def test_other_numbers_are_counts_without_a_calendar(cells):
    values, form = read_times(cells)
    assert form.format == "number"
    assert not form.has_calendar
    assert (values == np.round(np.array(cells, float) * 10**9)).all()
    assert form.write(values) == cells


MOMENTS = st.datetimes(datetime(1600, 1, 1), datetime(2400, 1, 1))
FORMATS = ["%Y-%m-%d %H:%M:%S", "%d/%m/%Y %H:%M:%S", "%m/%d/%Y %I:%M:%S %p", "%d %b %Y %H:%M:%S",
           "%B %d, %Y %H:%M:%S", "%Y%m%d%H%M%S", "%d.%m.%Y %H:%M:%S", "%Y-%m-%dT%H:%M:%S.%f",
           "%G-W%V-%u %H:%M:%S", "%a, %d %b %Y %H:%M:%S", "%A %d %B %Y, %H:%M:%S"]  # fmt: skip


@given(st.lists(MOMENTS, min_size=1, max_size=8), st.sampled_from(FORMATS))
def test_a_given_format_is_read_as_strptime_reads_it_and_written_as_strftime_writes_it(
    moments, form
):
    if "%f" not in form:
        moments = [moment.replace(microsecond=0) for moment in moments]
    cells = [moment.strftime(form) for moment in moments]
    values, found = read_times(cells, form)
    assert values.tolist() == [micros(*m.timetuple()[:6], m.microsecond) for m in moments]
    assert found.write(values) == cells


@given(st.lists(MOMENTS, min_size=1, max_size=8), st.integers(-1439, 1439))
def test_iso_8601_with_an_offset_is_told(moments, minutes):
    zone = timezone(timedelta(minutes=minutes))
    cells = [moment.replace(tzinfo=zone, microsecond=0).isoformat() for moment in moments]
    values, form = read_times(cells)
    assert form.write(values) == cells
    expected = [datetime.fromisoformat(cell).timestamp() for cell in cells]
    assert (values / 1e6).tolist() == expected


@given(st.lists(st.datetimes(datetime(1, 1, 1), datetime(9999, 12, 31)), min_size=1, max_size=8))
def test_datetimes_of_python_are_read_to_the_microsecond(moments):
    values, form = read_times(moments)
    assert values.tolist() == [micros(*m.timetuple()[:6], m.microsecond) for m in moments]
    assert read_times(form.write(values)).values.tolist() == values.tolist()


@pytest.mark.parametrize(
    ("cells", "written"),
    [
        ([date(2024, 1, 1)], "2024-01-01"),
        ([datetime(2024, 1, 1)], "2024-01-01"),
        ([datetime(2024, 1, 1, 3)], "2024-01-01 03:00:00"),
        ([datetime(2024, 1, 1, 3, tzinfo=UTC)], "2024-01-01 03:00:00+00:00"),
        (np.array(["2024-01-01T03"], "M8[h]"), "2024-01-01 03:00:00"),
        (np.array([20240101]), "20240101"),
        ([3], "3"),
        ([0.5], "0.5"),
        ([1469318400.0], "1469318400"),
        (["  2024-01-01 "], "2024-01-01"),
    ],
)  # fmt: skip
def test_cells_that_are_no_text(cells, written):
    values, form = read_times(cells)
    assert form.write(values) == [written]


@pytest.mark.usefixtures("time_zones")
def test_pandas_has_timestamps_and_periods():
    pandas = pytest.importorskip("pandas")
    index = pandas.date_range("2024-03-31", periods=3, freq="h", tz="Europe/Berlin")
    values, form = read_times(list(index))
    assert form.timezone == "Europe/Berlin"
    assert form.write(values + 0)[1:] == ["2024-03-31 01:00:00+01:00", "2024-03-31 03:00:00+02:00"]
    values, form = read_times(list(pandas.period_range("2024-01", periods=3, freq="Q")))
    assert form.write(values) == ["2024Q1", "2024Q2", "2024Q3"]


def test_a_time_of_day_that_is_left_out_at_midnight_is_midnight():
    values, form = read_times(["2024-01-01", "2024-01-01 01:00:00"])  # as R writes them
    assert np.diff(values).tolist() == [3_600_000_000]
    assert form.format == "%Y-%m-%d %H:%M:%S"
    values, _ = read_times(["2024-01-01 00:00:00.5", "2024-01-01 00:00:01"])  # as Python does
    assert np.diff(values).tolist() == [500_000]


@pytest.mark.parametrize(
    ("years", "first", "last"),
    [((60, 75), 1960, 1975), ((49, 60), 2049, 2060), ((99, 3), 1999, 2003), ((10, 20), 2010, 2020)],
)
def test_years_of_two_digits_lie_within_a_century_of_the_last(years, first, last):
    begin, end = years
    cells = [f"01-{year % 100:02d}" for year in range(begin, end + 100 * (end < begin) + 1)]
    cells.append("12-" + cells[-1][-2:])
    values, form = read_times(cells)
    assert values[[0, -1]].tolist() == [micros(first, 1, 1), micros(last, 12, 1)]
    assert (np.diff(values) > 0).all()
    later = read_times([f"01-{(end + 1) % 100:02d}"], like=form)  # what is forecast from goes on
    assert later.values[0] == micros(last + 1, 1, 1)


@pytest.mark.parametrize(
    ("cells", "form"),
    [  # what others read row by row, and so swap days and months in some of them
        (["31/12/2014", "10/03/2011"], "%d/%m/%Y"),
        (["29.01.1945", "1.3.1945", "02.03.1945"], "%-d.%-m.%Y"),
        (["12.01.2017 17:18", "01.02.2017 11:12", "15.04.2017 02:40"], "%d.%m.%Y %H:%M"),
        (["11-05-2020", "14-05-2020", "01-06-2020"], "%d-%m-%Y"),
    ],
)
def test_days_and_months_are_the_same_in_all_rows(cells, form):
    _, found = read_times(cells)
    assert found.format == form


def test_blanks_between_date_and_time_may_be_more_than_one():
    values, _ = read_times(["2018-04-11 10:30:00", "2018-04-11  10:31:00"])
    assert np.diff(values).tolist() == [60_000_000]


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        (["13.12.2020", "12.13.2020"], "row 1: .*got '12.13.2020'"),
        (["01/02/2003"], r"row 0: .* read in one way; got '01/02/2003'.*%d/%m/%Y and %m/%d/%Y"),
        (
            [f"{m}/1/{y}" for y in (2003, 2004) for m in range(1, 13)],
            r"row 0: .* \(time_format says which it is: with '%m/%d/%Y' all rows are 1 month apart\)",
        ),
        (["1/1/2003", "2/1/2003", "3/1/2003"], r"\(time_format says which it is\)"),
        (["01/02/03", "03/04/05"], r"row 0: .*%d/%m/%y and %m/%d/%y and %y/%m/%d"),
        (["x"], r"row 0: expected a date \(2024-01-31\), .*; got 'x' \(time_format names"),
        (["2024-02-30"], "row 0: expected a date .*; got '2024-02-30'"),
        (["2024-01-01", "2024-01-32"], "row 1: .* in the form of '2024-01-01', the first; got"),
        (["2024-01-01", "01.02.2024"], "row 1: .* in the form of '2024-01-01'"),
        (["2024-01-01 00:00", "2024-01-01 24:00"], "row 1: .*got '2024-01-01 24:00'"),
        (["2024-01-01T00:00Z", "2024-01-01T00:00"], "row 1"),
        (["2024-W53"], "row 0"),  # that year has 52
        (["2024-01-01", ""], "row 1: expected a time; got an empty cell"),
        ([None], "row 0: expected a time; got an empty cell"),
        ([datetime(2024, 1, 1), float("nan")], "row 1: expected a time; got nan"),
        ([True], "row 0: expected a time; got True"),
        (["1", "x"], "row 1: .* in the form of '1'"),
        (["1.5", "2,5"], "row 1"),
        (["2024-01-01 00:00:00.0000005"], "row 0: expected a time to the microsecond"),
        (["1469318400000000001"], "row 0"),
        (["9" * 40], "row 0"),
        (["1" * 5000], "row 0"),
        (["２０２４-01-01"], "row 0"),
        ([float("inf")], "row 0"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_what_is_no_time_is_named(cells, words):
    with pytest.raises(ValueError, match=words):
        read_times(cells)


def test_the_format_that_is_given_says_day_from_month():
    values, form = read_times(["01/02/2003", "01/03/2003"], "%d/%m/%Y")
    assert np.diff(values // 86_400_000_000).tolist() == [28]
    assert form.write(values) == ["01/02/2003", "01/03/2003"]
    assert read_times(["01/02/2003"], like=form).values[0] == values[0]  # as it was before
    with pytest.raises(ValueError, match=r"row 1: expected a time as '%d/%m/%Y'; got '2003-01-01'"):
        read_times(["01/02/2003", "2003-01-01"], "%d/%m/%Y")


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ("%Y-%m-%e", "letters .*; got %e"),
        ("%m-%d", "expected %Y, a year"),
        ("%Y-%m-%m", "expected %m once"),
        ("%Y %", "a letter after each %"),
        ("%G", "expected %V, a week"),
    ],
)
def test_a_format_that_cannot_be_is_refused(form, words):
    with pytest.raises(ValueError, match=f"time_format: .*{words}"):
        read_times(["2024-01-01"], form)


@pytest.mark.parametrize(
    "content",
    [None, {}, {"format": 3}, {"format": "%e"}, {"decimals": -1}, {"timezone": "Nowhere"}],
)
def test_a_form_out_of_a_damaged_file_is_refused(content):
    good = TimeForm("%Y-%m-%d").to_json()
    broken = {**good, **content} if content else content
    with pytest.raises(ValueError, match=r"times|time_format|timezone"):
        TimeForm.from_json(broken)


def test_years_beyond_the_calendar_are_not_written():
    with pytest.raises(ValueError, match="the years 1 to 9999"):
        TimeForm("%Y-%m-%d").write([10**18])


def outcome(*arguments):
    """What is read, or what the error says."""
    try:
        return read_times(*arguments)
    except ValueError as error:
        return str(error)


@given(st.lists(st.one_of(
    st.text(max_size=30), st.text("0123456789-/:.TZ+ WQ", max_size=25), st.none(), st.integers(),
    st.floats(), st.booleans(), st.datetimes(), st.dates(), st.binary(max_size=3),
), max_size=4))  # fmt: skip
def test_any_cells_are_times_or_an_error_that_says_where(cells):
    found = outcome(cells)
    if isinstance(found, str):
        assert found.startswith("row ")
        return
    values, form = found
    assert values.dtype == np.int64
    assert TimeForm.from_json(form.to_json()) == form
    written = form.write(values)
    again = read_times(written, like=form).values
    assert again.tolist() == values.tolist()


@given(st.text("%-:YymdHIMSfqGVupbBaAz /T", max_size=20), st.text(max_size=20))
def test_any_format_is_read_by_or_refused(form, cell):
    found = outcome([cell or "x"], form or "%")
    assert not isinstance(found, str) or found.startswith(("time_format: ", "row 0: "))
