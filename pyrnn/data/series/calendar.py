"""Clocks and calendars by the array: what they show at a wall time, and the wall time of that.

Fields have the letters of strftime, and q for quarters, (N,) each; f is microseconds.
"""

from __future__ import annotations

import numpy as np

from pyrnn.data.series.clock import DAY, HOUR, MINUTE, SECOND

LIMITS = {"Y": (1, 9999), "G": (1, 9999), "m": (1, 12), "d": (1, 31), "H": (0, 23), "I": (1, 12),
          "M": (0, 59), "S": (0, 59), "q": (1, 4), "V": (1, 53), "u": (1, 7)}  # fmt: skip


def fields_of(wall: np.ndarray) -> dict[str, np.ndarray]:
    """What clocks and calendars show at wall times, by the letters of formats, (N,) each."""
    days, rest = wall // DAY, wall % DAY
    months = days.astype("M8[D]").astype("M8[M]")
    month = months.astype(np.int64)
    weekday = (days + 3) % 7  # 1970-01-01 was a Thursday; 0 is Monday
    thursday = days - weekday + 3  # its year is that of the ISO week
    iso = thursday.astype("M8[D]").astype("M8[Y]")
    hour = rest // HOUR
    year = month // 12 + 1970
    return {
        "Y": year, "y": year % 100, "m": month % 12 + 1, "b": month % 12 + 1, "B": month % 12 + 1,
        "d": days - months.astype("M8[D]").astype(np.int64) + 1, "q": month % 12 // 3 + 1,
        "G": iso.astype(np.int64) + 1970, "u": weekday + 1, "a": weekday + 1, "A": weekday + 1,
        "V": (thursday - iso.astype("M8[D]").astype(np.int64)) // 7 + 1,
        "H": hour, "I": (hour + 11) % 12 + 1, "p": hour // 12, "M": rest // MINUTE % 60,
        "S": rest // SECOND % 60, "f": rest % SECOND,
    }  # fmt: skip


def wall_of(fields: dict[str, np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """The wall times that fields stand for, and which of them are none (30 February), (N,) each."""
    some = next(iter(fields.values()))
    zero, one = np.zeros_like(some), np.ones_like(some)
    wrong = np.zeros(some.shape, bool)
    for letter, values in fields.items():
        low, high = LIMITS.get(letter, (None, None))
        if low is not None:
            wrong |= (values < low) | (values > high)
    if "G" in fields:
        days, false = _week(fields["G"], fields["V"], fields.get("u", one))
    else:
        month = next((fields[letter] for letter in "mbB" if letter in fields), one)
        if "q" in fields:
            month = fields["q"] * 3 - 2
        days, false = _date(fields["Y"], month, fields.get("d", one))
    hour = fields.get("H", zero)
    if "I" in fields:
        hour = fields["I"] % 12 + 12 * fields.get("p", zero)
    rest = hour * HOUR + fields.get("M", zero) * MINUTE + fields.get("S", zero) * SECOND
    return days * DAY + rest + fields.get("f", zero), wrong | false


def _date(year: np.ndarray, month: np.ndarray, day: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Days since 1970, and which are not in the calendar."""
    months = (year - 1970) * 12 + month - 1
    first, after = (month_starts(each) for each in (months, months + 1))
    return first + day - 1, day > after - first


def month_starts(months: np.ndarray) -> np.ndarray:
    """The days since 1970 on which months begin, counted from January 1970."""
    return months.astype("M8[M]").astype("M8[D]").astype(np.int64)


def _week(year: np.ndarray, week: np.ndarray, day: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Days since 1970 of ISO weeks: the first of a year holds its 4 January."""
    fourth, next_fourth = (month_starts((each - 1970) * 12) + 3 for each in (year, year + 1))
    monday, next_monday = (each - (each + 3) % 7 for each in (fourth, next_fourth))
    days = monday + 7 * (week - 1) + day - 1
    return days, monday + 7 * (week - 1) >= next_monday
