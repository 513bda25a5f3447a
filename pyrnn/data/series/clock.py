"""Moments and what clocks show then: time zones with daylight saving, by the array.

A moment is int64 microseconds since 1970-01-01T00:00 UTC. A wall time is what a clock shows,
counted as if it were UTC.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, tzinfo
from typing import NamedTuple

import numpy as np

SECOND = 1_000_000  # microseconds
MINUTE, HOUR, DAY = 60 * SECOND, 3600 * SECOND, 86400 * SECOND
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
FIRST, LAST = -62135596800 * SECOND, 253402300799 * SECOND  # the years 1 and 9999


class Moments(NamedTuple):
    """What wall times stand for. moment: int64 (N,). twice: whether the clock was set back and
    shows it twice (the earlier is given). skipped: whether it was set forward and never shows it
    (the moment is as much later)."""

    moment: np.ndarray
    twice: np.ndarray
    skipped: np.ndarray


class Clock:
    """The clock of a time zone, None for UTC or a place whose zone is not known.

    Raises ValueError for a name that the system's list of zones does not have.
    """

    def __init__(self, zone: str | None = None) -> None:
        self.zone = zone
        self._zone = None if zone is None else _zone(zone)

    def offset(self, moments: np.ndarray) -> np.ndarray:
        """What the clock is ahead of UTC, microseconds (N,).

        Read from the zone once a day of the data, and where it changes within that day to the
        second: 17 420 hours cost 726 readings.
        """
        moments = np.asarray(moments, np.int64)
        if self._zone is None or not moments.size:
            return np.zeros_like(moments)
        days, which = np.unique(moments // DAY, return_inverse=True)
        edges = np.union1d(days, days + 1)
        read = np.array([self._read(int(edge) * DAY) for edge in edges])
        before, after = (read[np.searchsorted(edges, day)] for day in (days, days + 1))
        change = np.full(len(days), np.iinfo(np.int64).max)
        for k in np.flatnonzero(before != after):
            change[k] = self._change(int(days[k]) * DAY, int(before[k]))
        which = which.reshape(moments.shape)
        return np.where(moments >= change[which], after[which], before[which])

    def wall(self, moments: np.ndarray) -> np.ndarray:
        """What the clock shows, (N,)."""
        return moments + self.offset(moments)

    def moments(self, wall: np.ndarray) -> Moments:
        """The moments at which the clock shows these times, (N,) each."""
        wall = np.asarray(wall, np.int64)
        none = np.zeros(wall.shape, bool)
        if self._zone is None:
            return Moments(wall, none, none)
        # The offsets a day before and after: one of them holds, both where the clock was set back
        before, after = self.offset(wall - DAY), self.offset(wall + DAY)
        first, second = wall - before, wall - after
        right = self.offset(first) == before, self.offset(second) == after
        moment = np.where(right[0] | ~right[1], first, second)
        differ = before != after
        return Moments(moment, differ & right[0] & right[1], ~right[0] & ~right[1])

    def again(self, wall: np.ndarray) -> np.ndarray:
        """The later moments of wall times that are shown twice, (N,)."""
        return wall - self.offset(np.asarray(wall, np.int64) + DAY)

    def _read(self, moment: int) -> int:
        when = EPOCH + timedelta(microseconds=min(max(moment, FIRST + DAY), LAST - DAY))
        assert self._zone is not None
        offset = when.astimezone(self._zone).utcoffset()
        return 0 if offset is None else offset // timedelta(microseconds=1)

    def _change(self, day: int, before: int) -> int:
        """The moment within a day at which the offset is no longer what it was, by bisection."""
        low, high = day // SECOND, (day + DAY) // SECOND
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if self._read(middle * SECOND) == before else (low, middle)
        return high * SECOND


def _zone(name: str) -> tzinfo:
    import zoneinfo

    try:
        return zoneinfo.ZoneInfo(name)
    except (OSError, ValueError, LookupError) as error:  # LookupError: a name that there is not
        hint = ""
        if not zoneinfo.available_timezones():
            hint = " (there is no list of zones on this machine: pip install tzdata)"
        raise ValueError(
            f"timezone: expected a name such as Europe/Berlin or UTC; got {name!r:.80}{hint}"
        ) from error
