"""Time zones: the hour that comes twice, the one that never comes, and Python's own reading."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyrnn.data.series import Clock, read_times

HOUR = 3_600_000_000
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
ZONES = ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu",
         "Africa/Casablanca", "Pacific/Apia"]  # fmt: skip

pytestmark = pytest.mark.usefixtures("time_zones")


@given(
    st.lists(st.integers(-2_000_000_000, 4_000_000_000), min_size=1, max_size=50),
    st.sampled_from(ZONES),
)
def test_offsets_are_those_of_zoneinfo(seconds, zone):
    moments = np.array(seconds) * 1_000_000
    expected = [
        (EPOCH + timedelta(seconds=each)).astimezone(ZoneInfo(zone)).utcoffset() for each in seconds
    ]
    assert Clock(zone).offset(moments).tolist() == [
        offset // timedelta(microseconds=1) for offset in expected
    ]


@given(st.lists(st.integers(0, 2_000_000_000), min_size=1, max_size=50), st.sampled_from(ZONES))
def test_moments_come_back_from_what_the_clock_shows(seconds, zone):
    clock, moments = Clock(zone), np.array(seconds) * 1_000_000
    wall = clock.wall(moments)
    found = clock.moments(wall)
    assert not found.skipped.any()
    assert (np.where(found.moment == moments, moments, clock.again(wall)) == moments).all()
    assert found.twice[found.moment != moments].all()


def test_every_hour_of_a_year_is_read_as_written():
    moments = np.arange(8784) * HOUR + 1_704_063_600_000_000  # of 2024, Berlin
    clock = Clock("Europe/Berlin")
    cells = [str(each)[:16] for each in clock.wall(moments).astype("M8[us]")]
    values, form = read_times(cells, timezone="Europe/Berlin")
    assert (values == moments).all()
    assert form.write(values) == cells
    backwards, _ = read_times(cells[::-1], timezone="Europe/Berlin")  # the newest first
    assert (backwards == moments[::-1]).all()


AUTUMN = ["2024-10-27 01:00", "2024-10-27 02:00", "2024-10-27 02:00", "2024-10-27 03:00"]


def test_the_hour_that_comes_twice():
    values, _ = read_times(AUTUMN, timezone="Europe/Berlin")
    assert (np.diff(values) == HOUR).all()
    values, _ = read_times(AUTUMN)
    assert np.diff(values).tolist() == [HOUR, 0, HOUR]  # a repeat, which is for others to refuse


def test_the_hour_that_comes_twice_in_two_series():
    cells = [cell for cell in AUTUMN for _ in "ab"]  # their rows take turns
    values, _ = read_times(cells, timezone="Europe/Berlin", groups=np.tile([0, 1], 4))
    for series in (0, 1):
        assert (np.diff(values[series::2]) == HOUR).all()


def test_offsets_tell_the_hours_apart_without_a_timezone():
    cells = ["2024-10-27T02:00+02:00", "2024-10-27T02:00+01:00"]
    for zone in (None, "Europe/Berlin"):
        values, form = read_times(cells, timezone=zone)
        assert np.diff(values).tolist() == [HOUR]
        # the zone knows the earlier offset, without it there is the last one
        assert form.write(values) == (cells if zone else ["2024-10-27T01:00+01:00", cells[1]])


def test_the_hour_that_never_comes_is_an_error():
    cells = ["2024-03-31 01:00", "2024-03-31 02:00"]
    with pytest.raises(
        ValueError, match=r"row 1: .* the clocks of Europe/Berlin show; got '2024-03"
    ):
        read_times(cells, timezone="Europe/Berlin")
    assert np.diff(read_times(cells).values).tolist() == [HOUR]


def test_what_is_written_in_utc_stays_in_utc():
    values, form = read_times(["2024-07-01T00:00:00Z"], timezone="Europe/Berlin")
    assert form.write(values + HOUR) == ["2024-07-01T01:00:00Z"]


def test_a_system_without_a_list_of_zones(monkeypatch):
    import zoneinfo

    monkeypatch.setattr(zoneinfo, "available_timezones", set)
    with pytest.raises(ValueError, match=r"timezone: .* \(there is no list of zones .*tzdata"):
        Clock("Europe/Nowhere")


@pytest.mark.parametrize("zone", ["Berlin", "", "../etc/passwd", "Europe", "\0"])
def test_a_zone_that_there_is_not(zone):
    with pytest.raises(ValueError, match="timezone: expected a name such as Europe/Berlin"):
        Clock(zone)
