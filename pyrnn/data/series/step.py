"""The step of a series: what lies between one row and the next, on a clock or in a calendar."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from pyrnn.data.series.calendar import month_starts
from pyrnn.data.series.clock import DAY, HOUR, MINUTE, SECOND, Clock

EVERY = "1111111"  # Monday to Sunday
UNITS = ("fixed", "day", "weekday", "month", "number")
NAMES = {7 * DAY: "week", DAY: "day", HOUR: "hour", MINUTE: "minute", SECOND: "second",
         1000: "millisecond", 1: "microsecond"}  # fmt: skip
CALENDAR = 27 * DAY  # from which on months are looked for
SHARE = 4  # a difference that divides all others is the step from a quarter of the rows on


@dataclass(frozen=True)
class Step:
    """The step from one row to the next.

    unit: "fixed", microseconds; "day", days on the clock of a timezone, of 23 to 25 hours;
        "weekday", the days that `weekdays` has; "month"; "number", billionths, of times that are
        plain numbers.
    count: how many of them, at least 1.
    day: of months, the day on which rows lie, or the month's last day where it has no such: 31 for
        ends of months.
    weekdays: seven digits, from Monday to Sunday, 1 for a day that has rows.
    timezone: whose clock and calendar it is; None: that of the file, whatever that is.
    """

    unit: str
    count: int = 1
    day: int = 1
    weekdays: str = EVERY
    timezone: str | None = None
    clock: Clock = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if self.unit not in UNITS:
            raise ValueError(f"unit: expected one of {', '.join(UNITS)}; got {self.unit!r:.80}")
        if self.count < 1 or not 1 <= self.day <= 31:
            raise ValueError(f"step: expected a count of at least 1 and a day of at most 31; got "
                             f"{self.count} and {self.day}")  # fmt: skip
        if (
            len(self.weekdays) != 7
            or not set(self.weekdays) <= set("01")
            or "1" not in self.weekdays
        ):
            raise ValueError(f"weekdays: expected seven of 0 and 1; got {self.weekdays!r:.80}")
        object.__setattr__(self, "clock", Clock(self.timezone))

    def after(self, times: Any, steps: Any) -> np.ndarray:
        """The times that lie some steps after others, int64; before them, where negative.

        times, steps: (N,), (M, 1) or any that broadcast. Of a clock that is set forward at that
        time of day, the moment is as much later; of one that is set back, the earlier of two.
        """
        times, steps = np.broadcast_arrays(np.asarray(times, np.int64), np.asarray(steps, np.int64))
        if self.unit in ("fixed", "number"):
            return times + steps * self.count
        wall = self.clock.wall(times)
        days, rest = wall // DAY, wall % DAY
        if self.unit == "month":
            days = self._months_after(days, steps)
        elif self.unit == "weekday":
            moved = np.busday_offset(days.astype("M8[D]"), steps, "forward", self.weekdays)
            days = moved.astype(np.int64)
        else:
            days = days + steps * self.count
        moved = self.clock.moments(days * DAY + rest).moment
        return np.where(steps == 0, times, moved)

    def _months_after(self, days: np.ndarray, steps: np.ndarray) -> np.ndarray:
        month = _months(days)
        moved = month + steps * self.count
        at = days - month_starts(month) + 1
        # a series that lies on another day of the month than most keeps its own
        day = np.where(at == np.minimum(self.day, _length(month)), self.day, at)
        return month_starts(moved) + np.minimum(day, _length(moved)) - 1

    def places(self, times: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """How many steps times lie after the first of them, int64 (N,), and which of them lie
        between two steps, (N,)."""
        if not len(times):
            return np.empty(0, np.int64), np.empty(0, bool)
        if self.unit in ("fixed", "number"):
            apart = times - times[0]
            return apart // self.count, apart % self.count != 0
        days = self.clock.wall(times) // DAY
        if self.unit == "weekday":
            places = np.busday_count(days[0], days.astype("M8[D]"), self.weekdays)
            return places, self.after(times[:1], places) != times
        if self.unit == "month":
            days = _months(days)
        places = (days - days[0]) // self.count
        return places, self.after(times[:1], places) != times

    @property
    def season(self) -> int:
        """After how many steps things come back: a day of hours, minutes or seconds, a week of
        days, a year of weeks (52), months and quarters; 1 where nothing is known."""
        if self.unit == "month":
            return 12 // self.count if 12 % self.count == 0 else 1
        if self.unit == "weekday":
            return self.weekdays.count("1")
        if self.unit == "number":
            return 1
        length = self.count * (DAY if self.unit == "day" else 1)
        if length < DAY:
            return DAY // length if DAY % length == 0 else 1
        return {DAY: 7, 7 * DAY: 52}.get(length, 1)

    def __str__(self) -> str:
        """In words: "1 hour", "3 months"."""
        if self.unit == "number":
            return plain(self.count)
        count, name = self.count, self.unit
        if self.unit == "month" and self.count % 12 == 0:
            count, name = self.count // 12, "year"
        if self.unit == "weekday" and self.weekdays == "1111100":
            name = "business day"
        if self.unit in ("fixed", "day"):
            length = self.count * (DAY if self.unit == "day" else 1)
            unit = next(unit for unit in NAMES if length % unit == 0)
            count, name = length // unit, NAMES[unit]
        return f"{count} {name}{'' if count == 1 else 's'}"

    def to_json(self) -> dict[str, Any]:
        """What `from_json` reads."""
        return {name: getattr(self, name) for name in _FIELDS}

    @classmethod
    def from_json(cls, content: Any) -> Step:
        """The step that `to_json` wrote. Raises ValueError for anything else."""
        if not isinstance(content, dict) or set(content) != set(_FIELDS):
            raise ValueError(f"step: expected its unit and count; got {content!r:.80}")
        for name, kind in _FIELDS.items():
            if not isinstance(content[name], kind) or isinstance(content[name], bool):
                raise ValueError(f"step: {name}: got {content[name]!r:.80}")
        return cls(**content)


_FIELDS: dict[str, Any] = {
    "unit": str, "count": int, "day": int, "weekdays": str, "timezone": str | None
}  # fmt: skip


def infer_step(series: Sequence[np.ndarray], calendar: bool, timezone: str | None = None) -> Step:
    """The step that all series have.

    series: the times of each, int64 (N_s,), rising. calendar: whether they are dates, as
        `TimeForm.has_calendar` says.
    It is the commonest difference, of equally common ones the smallest, if all others are whole
    multiples of it; else one that divides all others, if at least a quarter of the rows have it.
    Days that never have rows, such as weekends, are no gaps where each was left out twice and four
    or more are kept.
    Months, quarters and years are found as such, on one day or at their ends.
    Raises ValueError, naming two neighbours, where there is none, and where no series has two rows.
    """
    rows = [np.asarray(times, np.int64) for times in series]
    if all(len(times) < 2 for times in rows):
        raise ValueError("times: expected two rows of a series, to tell its step; got fewer")
    if not calendar:
        return Step("number", _common(rows, calendar))
    clock = Clock(timezone)
    walls = [clock.wall(times) for times in rows]
    for found in _candidates(walls, timezone):
        if all(not found.places(times)[1].any() for times in rows):
            return found
    return Step("fixed", _common(rows, calendar))


def _candidates(walls: Sequence[np.ndarray], timezone: str | None) -> Iterator[Step]:
    """Steps of days, weekdays and months that fit the differences, the likeliest first."""
    apart = np.concatenate([np.diff(wall) for wall in walls])
    commonest = _commonest(apart)
    if commonest >= CALENDAR:
        months = [_months(wall // DAY) for wall in walls]
        count = _divisor(np.concatenate([np.diff(each) for each in months]))
        at = np.concatenate(walls) // DAY
        if count:
            yield Step("month", count, int((at - month_starts(_months(at))).max()) + 1,
                       timezone=timezone)  # fmt: skip
    count = _divisor(apart // DAY) if not (apart % DAY).any() else 0
    if count == 1 and (weekdays := _weekdays(walls)) != EVERY:
        yield Step("weekday", weekdays=weekdays, timezone=timezone)
    if count and timezone is not None:
        yield Step("day", count, timezone=timezone)


def _weekdays(walls: Sequence[np.ndarray]) -> str:
    """Which days of the week have rows, where one series left out each of the others twice."""
    count, left_out = np.zeros(7, np.int64), np.zeros(7, np.int64)
    for wall in walls:
        if not len(wall):
            continue
        days = wall // DAY
        count += np.bincount((days + 3) % 7, minlength=7)
        span = np.arange(days[0], days[0] + min(int(days[-1] - days[0]) + 1, 21))
        left_out = np.maximum(left_out, np.bincount((span + 3) % 7, minlength=7))
    if (count == 0).sum() > 3 or (left_out[count == 0] < 2).any():
        return EVERY
    return "".join("01"[int(each > 0)] for each in count)


def _common(series: Sequence[np.ndarray], calendar: bool) -> int:
    """The difference that all others are multiples of. Raises IrregularError where there is
    none."""
    apart = np.concatenate([np.diff(times) for times in series])
    if (found := _divisor(apart)) == 0:
        raise IrregularError(series, _commonest(apart), calendar)
    return found


def _divisor(apart: np.ndarray) -> int:
    """The difference that all others are multiples of; 0 where there is none."""
    if (apart <= 0).any():
        return 0
    commonest = _commonest(apart)
    if not (apart % commonest).any():
        return commonest
    smallest = int(np.gcd.reduce(apart))
    return smallest if (apart == smallest).sum() * SHARE >= len(apart) else 0


def _commonest(apart: np.ndarray) -> int:
    values, counts = np.unique(apart, return_counts=True)
    return int(values[np.argmax(counts)])


class IrregularError(ValueError):
    """Times without a common step.

    usual: the commonest difference if most have it, else the one in the middle. series, row: which
    one stands behind a difference that is no multiple of the commonest, among those given.
    """

    def __init__(self, series: Sequence[np.ndarray], commonest: int, calendar: bool) -> None:
        off = [np.flatnonzero(np.diff(times) % commonest) for times in series]
        self.series = next((k for k, rows in enumerate(off) if len(rows)), 0)
        self.row = int(off[self.series][0]) + 1 if len(off[self.series]) else 1
        apart = int(np.diff(series[self.series])[self.row - 1])
        every = np.sort(np.concatenate([np.diff(times) for times in series]))
        most = int((every == commonest).sum()) * 2 > len(every)
        self.usual = commonest if most else max(1, int(every[len(every) // 2]))
        words = [duration(each) if calendar else plain(each) for each in (commonest, apart)]
        got = f", {words[0]} as most are; got" if most else f"; got {words[0]} and"
        super().__init__(f"expected times in steps of one length{got} {words[1]}")


def duration(length: int) -> str:
    """Microseconds in words: "1 day", "90 minutes", "2.5 seconds"."""
    unit = next((unit for unit in NAMES if length % unit == 0), 1)
    count = length // unit
    return f"{count} {NAMES[unit]}{'' if count == 1 else 's'}"


def plain(count: int) -> str:
    """Billionths as a number: "0.5"."""
    return f"{count / 10**9:.9g}"


def _months(days: np.ndarray) -> np.ndarray:
    """Months since January 1970 of days since then."""
    return days.astype("M8[D]").astype("M8[M]").astype(np.int64)


def _length(months: np.ndarray) -> np.ndarray:
    """How many days months have."""
    return month_starts(months + 1) - month_starts(months)
