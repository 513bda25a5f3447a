"""How times are written: a format in strftime's letters, read and written by the column."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import cache
from typing import Any

import numpy as np

from pyrnn.data.series.clock import DAY, FIRST, HOUR, LAST, MINUTE, SECOND, Clock

MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
# What a letter of a format stands for, in a text whose digits are all 0
PATTERNS = {
    "Y": "0000", "y": "00", "m": "00?", "d": "00?", "H": "00?", "I": "00?", "M": "00", "S": "00",
    "f": "0{1,9}", "q": "0", "G": "0000", "V": "00?", "u": "0", "p": "[AaPp][Mm]",
    "b": "[A-Za-z]{3}", "B": "[A-Za-z]{3,9}", "z": r"Z|[+-]00(?::?00)?",
}  # fmt: skip
LIMITS = {"Y": (1, 9999), "G": (1, 9999), "m": (1, 12), "d": (1, 31), "H": (0, 23), "I": (1, 12),
          "M": (0, 59), "S": (0, 59), "q": (1, 4), "V": (1, 53), "u": (1, 7)}  # fmt: skip
UNPADDED = "mdHIV"  # that may have one digit
DIRECTIVE = re.compile(r"%([-:]?)([A-Za-z%])")
DIGITS = str.maketrans("123456789", "000000000")
UTC_ENDS = ("Z", "UTC", "GMT")
# Numbers instead of dates, and how many decimals each may have: seconds since 1970 UTC, milli-,
# micro- and nanoseconds; and plain numbers, without a calendar
NUMBERS = {"s": 6, "ms": 3, "us": 0, "ns": 0, "number": 9}
PER_UNIT = {"s": SECOND, "ms": 1000, "us": 1, "number": 10**9}  # of what times are counted in


@dataclass(frozen=True)
class TimeForm:
    """How a column of times is written.

    format: as strftime has it, "%Y-%m-%d %H:%M"; %-m for a month without a leading zero, %:z for an
        offset with a colon, %-z for one of hours, %q for a quarter; or one of NUMBERS.
    decimals: digits of a fraction of seconds, or behind the point of a number.
    timezone: of the clock that it was read from; None where that is not known. offset: minutes that
        this clock is ahead of UTC, of times with an offset and no timezone.
    century: the first of the hundred years that %y stands for.
    """

    format: str
    decimals: int = 0
    timezone: str | None = None
    offset: int = 0
    century: int = 1969

    @property
    def has_calendar(self) -> bool:
        """Whether times are dates, not plain numbers."""
        return self.format != "number"

    @property
    def letters(self) -> str:
        """The letters of the format; none for numbers."""
        return "" if self.format in NUMBERS else "".join(_letters(self.format))

    @property
    def is_utc(self) -> bool:
        """Whether what is written is UTC, whatever the timezone."""
        return self.format in NUMBERS or (
            self.format.endswith(UTC_ENDS) and not self.format.endswith("%Z")
        )

    @property
    def clock(self) -> Clock:
        """The clock of the timezone, that of UTC where there is none."""
        return Clock(self.timezone)

    def write(self, times: Any) -> list[str]:
        """Times as the column has them: int64 (N,), microseconds since 1970 UTC, or billionths of
        plain numbers. Raises ValueError for years before 1 and after 9999."""
        times = np.atleast_1d(np.asarray(times, np.int64))
        if self.format in NUMBERS:
            return [self._number(int(time)) for time in times]
        if times.size and not (times.min() >= FIRST and times.max() <= LAST):
            raise ValueError("times: expected the years 1 to 9999; got another one")
        if self.is_utc:
            offset = np.zeros_like(times)
        elif self.timezone is not None:
            offset = self.clock.offset(times)
        else:
            offset = np.full_like(times, self.offset * MINUTE if "z" in self.letters else 0)
        fields = _fields(times + offset)
        fields["z"] = offset
        rows = zip(*([*map(int, column)] for column in fields.values()), strict=True)
        return [self._text(dict(zip(fields, row, strict=True))) for row in rows]

    def _number(self, time: int) -> str:
        if self.format == "ns":
            return str(time * 1000)
        scale = 10**self.decimals
        value = time * scale // PER_UNIT[self.format]
        sign, (whole, rest) = "-" if value < 0 else "", divmod(abs(value), scale)
        return f"{sign}{whole}" + (f".{rest:0{self.decimals}d}" if self.decimals else "")

    def _text(self, fields: dict[str, int]) -> str:
        def piece(found: re.Match[str]) -> str:
            flag, letter = found.groups()
            if letter == "%":
                return "%"
            value = fields[letter]
            if letter in "bB":
                return MONTHS[value - 1][: 3 if letter == "b" else None]
            if letter == "p":
                return ("AM", "PM")[value]
            if letter == "z":
                return _offset(value, flag)
            if letter == "f":
                return f"{value:06d}"[: self.decimals].ljust(self.decimals, "0")
            width = {"Y": 4, "G": 4, "q": 1, "u": 1}.get(letter, 2)
            return str(value) if flag == "-" else f"{value:0{width}d}"

        return DIRECTIVE.sub(piece, self.format)

    def to_json(self) -> dict[str, Any]:
        """What `from_json` reads."""
        return asdict(self)

    @classmethod
    def from_json(cls, content: Any) -> TimeForm:
        """The form that `to_json` wrote. Raises ValueError for anything else."""
        if not isinstance(content, dict) or set(content) != set(cls.__dataclass_fields__):
            raise ValueError(f"times: expected their form; got {content!r:.80}")
        kinds = {"format": str, "timezone": str | None}
        for name, value in content.items():
            if not isinstance(value, kinds.get(name, int)) or isinstance(value, bool):
                raise ValueError(f"times: {name}: got {value!r:.80}")
        form = cls(**content)
        if form.format not in NUMBERS:
            pattern_of(form.format)
        if not (0 <= form.decimals <= 9 and 0 <= form.century <= 9900 and abs(form.offset) < 1440):
            raise ValueError(f"times: expected their form; got {content!r:.200}")
        Clock(form.timezone)
        return form


def _offset(offset: int, flag: str) -> str:
    """+0100; +01:00 of %:z; +01 of %-z, if it is whole hours."""
    hours, minutes = divmod(abs(offset) // MINUTE, 60)
    rest = "" if flag == "-" and not minutes else f"{':' * (flag == ':')}{minutes:02d}"
    return f"{'-' if offset < 0 else '+'}{hours:02d}{rest}"


def _letters(text: str) -> list[str]:
    return [letter for _, letter in DIRECTIVE.findall(text) if letter != "%"]


@cache
def pattern_of(text: str) -> re.Pattern[str]:
    """What matches a time of this format once its digits are zeros; a group a letter.

    Raises ValueError for a letter that there is not, one that comes twice, and for a format that
    does not say the year.
    """
    parts, place = [], 0
    for found in DIRECTIVE.finditer(text):
        parts.append(_literal(text[place : found.start()]))
        letter, place = found[2], found.end()
        if letter == "%":
            parts.append("%")
        elif letter in PATTERNS:
            parts.append(f"(?P<{letter}>{PATTERNS[letter]})")
        else:
            raise ValueError(
                f"time_format: expected the letters {' '.join('%' + one for one in PATTERNS)}; got "
                f"%{letter} in {text!r:.80}"
            )
    letters = _letters(text)
    twice = next((letter for k, letter in enumerate(letters) if letter in letters[:k]), None)
    if twice is not None:
        raise ValueError(f"time_format: expected %{twice} once; got {text!r:.80}")
    if not {"Y", "y", "G"} & set(letters):
        raise ValueError(f"time_format: expected %Y, a year, in it; got {text!r:.80}")
    if "G" in letters and "V" not in letters:
        raise ValueError(f"time_format: expected %V, a week, beside %G; got {text!r:.80}")
    return re.compile("".join([*parts, _literal(text[place:])]))


def _literal(text: str) -> str:
    if "%" in text:
        raise ValueError(f"time_format: expected a letter after each %; got {text!r:.80}")
    return re.escape(text.translate(DIGITS))


def _fields(wall: np.ndarray) -> dict[str, np.ndarray]:
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
        "G": iso.astype(np.int64) + 1970, "u": weekday + 1,
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


class Column:
    """The texts of a column, sorted by their shapes: each with its digits as zeros."""

    def __init__(self, cells: Sequence[str]) -> None:
        self.cells = cells
        members: dict[str, list[int]] = {}
        for place, cell in enumerate(cells):
            members.setdefault(cell.translate(DIGITS), []).append(place)
        self.members = {shape: np.array(places) for shape, places in members.items()}
        self._codes: dict[str, np.ndarray] = {}

    def codes(self, shape: str) -> np.ndarray:
        """The code points of the texts of a shape, (n, width)."""
        if shape not in self._codes:
            texts = np.array([self.cells[place] for place in self.members[shape]], dtype=np.str_)
            codes = np.ascontiguousarray(texts).view(np.uint32).reshape(len(texts), -1)
            self._codes[shape] = codes.astype(np.int64)
        return self._codes[shape]

    def fields(self, formats: Sequence[str]) -> dict[str, np.ndarray] | int:
        """What the texts say by the letters of the first of the formats, (N,) each; of a shape that
        the first one does not match, the next that does. The number of a text that none matches."""
        patterns = [pattern_of(each) for each in formats]
        found = {letter: np.zeros(len(self.cells), np.int64) for letter in _letters(formats[0])}
        for shape, places in self.members.items():
            match = next((m for p in patterns if (m := p.fullmatch(shape)) is not None), None)
            if match is None:
                return int(places[0])
            for letter in match.groupdict():
                values = self._values(shape, letter, *match.span(letter))
                if values is None:
                    return int(places[0])
                found[letter][places] = values
        return found

    def _values(self, shape: str, letter: str, begin: int, end: int) -> np.ndarray | int | None:
        """What stands in a place of all texts of a shape; None for a name of no month."""
        text = shape[begin:end]
        if letter in "bB":
            names = [name[:3].casefold() if letter == "b" else name.casefold() for name in MONTHS]
            return names.index(text.casefold()) + 1 if text.casefold() in names else None
        if letter == "p":
            return int(text[0] in "Pp")
        digits = self.codes(shape)[:, begin:end] - ord("0")
        if letter == "z":
            return _offsets(text, digits)
        values = _whole(digits)
        return values * 10 ** (9 - digits.shape[1]) if letter == "f" else values

    def widths(self, letter: str, text: str) -> set[int]:
        """How many digits a letter has, over all texts that match the format."""
        matches = (pattern_of(text).fullmatch(shape) for shape in self.members)
        return {m.end(letter) - m.start(letter) for m in matches if m is not None}


def _whole(digits: np.ndarray) -> np.ndarray:
    """(n, width) digits as whole numbers (n,)."""
    return digits @ 10 ** np.arange(digits.shape[1] - 1, -1, -1)


def _offsets(text: str, digits: np.ndarray) -> np.ndarray | int | None:
    """Offsets from UTC in minutes: Z, +01, +0100, +01:00. None for one of a day or more."""
    if text == "Z":
        return 0
    hours, minutes = _whole(digits[:, 1:3]), np.zeros(len(digits), np.int64)
    if len(text) > 3:
        minutes = _whole(digits[:, -2:])
    if (hours > 23).any() or (minutes > 59).any():
        return None
    return (hours * 60 + minutes) * (-1 if text[0] == "-" else 1)
