"""How times are written: a format in strftime's letters, read and written by the column."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from functools import cache
from typing import Any

import numpy as np

from pyrnn.data.series.calendar import fields_of
from pyrnn.data.series.clock import FIRST, LAST, MINUTE, SECOND, Clock

MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
NAMES = {
    "b": tuple(name[:3] for name in MONTHS), "B": MONTHS,
    "a": tuple(name[:3] for name in DAYS), "A": DAYS,
}  # fmt: skip
# What a letter of a format stands for, in a text whose digits are all 0
PATTERNS = {
    "Y": "0000", "y": "00", "m": "00?", "d": "00?", "H": "00?", "I": "00?", "M": "00", "S": "00",
    "f": "0{1,9}", "q": "0", "G": "0000", "V": "00?", "u": "0", "p": "[AaPp][Mm]",
    "b": "[A-Za-z]{3}", "B": "[A-Za-z]{3,9}", "a": "[A-Za-z]{3}", "A": "[A-Za-z]{6,9}",
    "z": r"Z|[+-]00(?::?00)?",
}  # fmt: skip
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
        return "" if self.format in NUMBERS else "".join(letters_of(self.format))

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
        fields = fields_of(times + offset)
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
            if letter in NAMES:
                return NAMES[letter][value - 1]
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


def letters_of(text: str) -> list[str]:
    """The letters of a format, in their order."""
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
    letters = letters_of(text)
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
    return re.sub(r"(\\ )+", " +", re.escape(text.translate(DIGITS)))  # blanks, however many
