"""Cells of a column as times: which form they have, and the moments that they stand for."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from typing import Any, NamedTuple

import numpy as np

from pyrnn.data.series.calendar import wall_of
from pyrnn.data.series.clock import MINUTE, Clock
from pyrnn.data.series.column import Column
from pyrnn.data.series.form import DIGITS, NUMBERS, PER_UNIT, TimeForm, pattern_of
from pyrnn.data.series.formats import formats_of, in_range, is_plain, padded
from pyrnn.data.series.step import infer_step

NUMBER = re.compile(r"[+-]?0+(\.0+)?", re.ASCII)
EPOCHS = ((9, 10, "s"), (13, 13, "ms"), (16, 16, "us"), (19, 19, "ns"))  # digits of 1973 .. 2286
KINDS = ("a date (2024-01-31), a date and a time (2024-01-31 15:00, 2024-01-31T15:00:00+01:00), a "
         "month (2024-01), quarter (2024Q1), week (2024-W05) or year, or a number")  # fmt: skip


class Times(NamedTuple):
    """A column of times.

    values: int64 (N,), microseconds since 1970 UTC; of plain numbers, billionths.
    form: how they are written.
    """

    values: np.ndarray
    form: TimeForm


def read_times(
    cells: Sequence[Any],
    time_format: str | None = None,
    timezone: str | None = None,
    *,
    like: TimeForm | None = None,
    groups: np.ndarray | None = None,
    place: Callable[[int], str] = "row {}".format,
) -> Times:
    """The times in cells, all in one form that is told from all of them.

    cells: texts, numbers, dates and datetimes of Python, pandas or NumPy; N of them.
    time_format: their format in strftime's letters; default None: it is told. Formats that are
        told: ISO 8601; year, month and day with - / . or nothing between; day, month and year;
        names of months in English; months, quarters, ISO weeks and years alone; a time of day, with
        a fraction, AM and PM, an offset or Z behind; epoch seconds (9 or 10 digits), milliseconds
        (13), microseconds (16), nanoseconds (19); other numbers are counts without a calendar.
        Years of two digits are read as POSIX has them (69 is 1969) by the last of them; the others
        lie within a hundred years of it.
    timezone: of times without an offset, as "Europe/Berlin"; default None: they are read as if they
        were UTC, and an hour that comes twice in autumn is a repeat. With it, the first of two rows
        that show the same time in that hour is the earlier one.
    like: a form that is tried first.
    groups: int64 (N,), which series a row belongs to; an hour comes twice within one.
    place: what error messages call a row, by its number.

    Raises ValueError for what is no time, for times in several forms, for 01/02/2003 where nothing
    tells day from month, and for times that the clock of the timezone never shows.
    """
    texts = _texts(cells, place)
    if timezone is None:
        timezone = _zone_of(cells)
    if not texts:
        return Times(np.empty(0, np.int64), like or TimeForm("%Y-%m-%d"))
    column = Column(texts)
    if time_format is not None:
        return _read(column, _said(time_format), timezone, groups, place)
    if like is not None and timezone not in (None, like.timezone):
        like = None
    if like is not None and (found := _as_before(column, like, groups, place)) is not None:
        return found
    return _told(column, timezone, groups, place)


def _texts(cells: Sequence[Any], place: Callable[[int], str]) -> list[str]:
    """Cells as texts. Raises ValueError for an empty one."""
    texts = [_text(cell) for cell in cells]
    if "" in texts:
        number = texts.index("")
        cell = cells[number]
        got = "an empty cell" if cell is None or isinstance(cell, str) else f"{cell!r:.80}"
        raise ValueError(f"{place(number)}: expected a time; got {got}")
    dated = isinstance(cells[0], date | np.datetime64) if len(cells) else False
    if dated and all(text.endswith(" 00:00:00") for text in texts):
        return [text[:-9] for text in texts]
    return texts


def _text(cell: Any) -> str:
    """A cell as text; an empty one for what is no time."""
    if isinstance(cell, str):
        return cell.strip()
    if isinstance(cell, np.datetime64):
        cell = cell.astype("M8[us]").item()
    if isinstance(cell, bool | np.bool_ | np.ndarray | list | dict) or cell is None or cell != cell:
        return ""
    if isinstance(cell, date):
        return cell.isoformat().replace("T", " ")
    if isinstance(cell, float | np.floating):
        return np.format_float_positional(cell, trim="-")
    return str(cell)


def _zone_of(cells: Sequence[Any]) -> str | None:
    """The timezone that datetimes have, by its name; None where it has none, as +01:00."""
    zone = getattr(cells[0], "tzinfo", None) if len(cells) else None
    name = getattr(zone, "key", None) or getattr(zone, "zone", None)
    return name if isinstance(name, str) else None


def _said(text: str) -> tuple[str, ...]:
    """A format that was given; of strptime's %z any offset is read."""
    if text not in NUMBERS:
        pattern_of(text)
    return (text,)


def _as_before(
    column: Column, like: TimeForm, groups: np.ndarray | None, place: Callable[[int], str]
) -> Times | None:
    formats = (like.format,)
    try:
        return _read(column, formats, like.timezone, groups, place, like)
    except ValueError:
        return None


def _told(
    column: Column,
    timezone: str | None,
    groups: np.ndarray | None,
    place: Callable[[int], str],
) -> Times:
    """The times by the first of the known formats that fits all cells."""
    furthest = 0
    for readings in formats_of(column):
        fits: list[tuple[str, ...]] = []
        for formats in readings:
            found = column.fields(formats)
            if isinstance(found, int):
                furthest = max(furthest, found)
                continue
            wrong = _wrong(found)
            if wrong is not None:
                furthest = max(furthest, wrong)
            elif not is_plain(formats[0]) or "Y" not in found or in_range(found["Y"]):
                fits.append(formats)
        if len(fits) > 1:
            raise ValueError(
                f"{place(0)}: expected a time that can be read in one way; got "
                f"{column.cells[0]!r:.80}, and all of the column fits "
                f"{' and '.join(each[0] for each in fits)} (time_format says which it is"
                f"{_likelier(column, fits, groups)})"
            )
        if fits:
            return _read(column, fits[0], timezone, groups, place)
    if any(NUMBER.fullmatch(shape) is None for shape in column.members):
        raise _refusal(column, furthest, place)
    return _numbers(column, _epoch(column), place)


def _likelier(column: Column, fits: Sequence[tuple[str, ...]], groups: np.ndarray | None) -> str:
    """Words for the only one of some readings with which no step is missing; none if there is
    not one."""
    found = []
    parts = np.zeros(len(column.cells), np.int64) if groups is None else groups
    for formats in fits:
        values = _read(column, formats, None, None, "row {}".format).values
        times = [np.unique(values[parts == part]) for part in np.unique(parts)]
        try:
            step = infer_step(times, True)
        except ValueError:
            continue
        apart = [np.diff(step.places(each)[0]) for each in times]
        if sum(map(len, apart)) > 1 and all((each == 1).all() for each in apart):
            found.append(f": with {formats[0]!r} all rows are {step} apart")
    return found[0] if len(found) == 1 else ""


def _refusal(column: Column, furthest: int, place: Callable[[int], str]) -> ValueError:
    """The error for a column that no format fits. furthest: the row that all but one reach."""
    first = column.cells[0]
    if not furthest and NUMBER.fullmatch(first.translate(DIGITS)) is not None:
        wrong = (rows for shape, rows in column.members.items() if not NUMBER.fullmatch(shape))
        furthest = int(min(rows[0] for rows in wrong))
    if furthest:
        return ValueError(
            f"{place(furthest)}: expected a time in the form of {first!r:.80}, the first; got "
            f"{column.cells[furthest]!r:.80}"
        )
    return ValueError(
        f"{place(0)}: expected {KINDS}; got {first!r:.80} (time_format names any other form)"
    )


def _wrong(fields: dict[str, np.ndarray]) -> int | None:
    """The first row whose fields are no time."""
    if "y" in fields:
        fields = {**fields, "Y": fields["y"] + 2000}
    wrong = wall_of({k: v for k, v in fields.items() if k not in "fz"})[1]
    return int(np.argmax(wrong)) if wrong.any() else None


def _read(
    column: Column,
    formats: tuple[str, ...],
    timezone: str | None,
    groups: np.ndarray | None,
    place: Callable[[int], str],
    like: TimeForm | None = None,
) -> Times:
    """The times of a column in a known format, the shorter forms of which count as well."""
    if formats[0] in NUMBERS:
        return _numbers(column, formats[0], place)
    found = column.fields(formats)
    wrong = found if isinstance(found, int) else _wrong(found)
    if wrong is not None or isinstance(found, int):
        assert wrong is not None
        raise ValueError(f"{place(wrong)}: expected a time as {formats[0]!r:.80}; got "
                         f"{column.cells[wrong]!r:.80}")  # fmt: skip
    form = TimeForm(padded(formats[0], column), timezone=timezone)
    if "y" in found:
        form = replace(form, century=like.century if like is not None else _century(found))
        found["Y"] = form.century + (found["y"] - form.century) % 100
    if "f" in found:
        form = replace(form, decimals=max(column.widths("f", formats[0]), default=0))
        if (found["f"] % 1000).any():
            row = int(np.argmax(found["f"] % 1000 > 0))
            raise ValueError(f"{place(row)}: expected a time to the microsecond; got "
                             f"{column.cells[row]!r:.80}")  # fmt: skip
        found["f"] = found["f"] // 1000
    offsets = found.pop("z", None)
    wall = wall_of(found)[0]
    if offsets is not None:
        form = replace(form, offset=int(offsets[-1]))
        return Times(wall - offsets * MINUTE, form)
    if form.is_utc or timezone is None:
        return Times(wall, form)
    return Times(_in_zone(wall, form.clock, column, groups, place), form)


def _century(fields: dict[str, np.ndarray]) -> int:
    """The first of the hundred years that years of two digits lie in. They go up to the last year
    behind the widest stretch without any, which POSIX says the century of."""
    years = np.unique(fields["y"])
    apart = np.diff(np.append(years, years[0] + 100))
    last = int(years[np.argmax(apart)])
    spread = 100 - int(apart.max())
    whole = last + (1900 if last >= 69 else 2000)
    return whole - max(50, spread)


def _in_zone(
    wall: np.ndarray,
    clock: Clock,
    column: Column,
    groups: np.ndarray | None,
    place: Callable[[int], str],
) -> np.ndarray:
    """The moments of wall times; of those that come twice the first row is the earlier moment."""
    moments = clock.moments(wall)
    if moments.skipped.any():
        row = int(np.argmax(moments.skipped))
        raise ValueError(
            f"{place(row)}: expected a time that the clocks of {clock.zone} show; got "
            f"{column.cells[row]!r:.80}, which they skip (if the column is in UTC or in standard "
            "time all year, it has no such timezone)"
        )
    found = moments.moment
    rows = np.flatnonzero(moments.twice)
    if not len(rows):
        return found
    series = np.zeros(len(wall), np.int64) if groups is None else groups
    # Where rows run backwards in time, the later of the two comes first
    steps = np.diff(wall)[series[1:] == series[:-1]]
    if (steps < 0).sum() > (steps > 0).sum():
        rows = rows[::-1]
    seen: set[tuple[int, int]] = set()
    for row in rows.tolist():
        key = int(series[row]), int(wall[row])
        if key in seen:
            found[row] = clock.again(wall[row : row + 1])[0]
        seen.add(key)
    return found


def _epoch(column: Column) -> str:
    """Which of NUMBERS a column of numbers is, by its digits before the point."""
    digits = {len(shape.lstrip("+-").partition(".")[0]) for shape in column.members}
    for least, most, name in EPOCHS:
        if least <= min(digits) and max(digits) <= most:
            return name
    return "number"


def _numbers(column: Column, name: str, place: Callable[[int], str]) -> Times:
    """Numbers as times: a decimal point is exact, as it would not be in binary."""
    most = NUMBERS[name]
    values = np.empty(len(column.cells), np.int64)
    for row, cell in enumerate(column.cells):
        whole, _, rest = cell.partition(".")
        try:
            if not NUMBER.fullmatch(cell.translate(DIGITS)) or len(rest) > most:
                raise ValueError
            number = int(whole + rest)  # in units of 10**-len(rest)
            if name == "ns" and number % 1000:
                raise ValueError
            unit = PER_UNIT.get(name, 1) // 10 ** len(rest)
            values[row] = number // 1000 if name == "ns" else number * unit
        except (ValueError, OverflowError):
            words = "to the microsecond" if name == "ns" else f"of at most {most} decimals"
            raise ValueError(
                f"{place(row)}: expected a number {words}, as {column.cells[0]!r:.80}; got "
                f"{cell!r:.80}"
            ) from None
    decimals = max(len(shape.partition(".")[2]) for shape in column.members)
    return Times(values, TimeForm(name, decimals))
