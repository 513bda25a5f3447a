"""The formats that times are told by, and which of them a column has."""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np

from pyrnn.data.series.column import Column
from pyrnn.data.series.form import UNPADDED, pattern_of

# Of dates with a day, which a time of day may follow. Those in one row differ in what they mean by
# the same text: where several fit a column, it is not known which is right.
DATES = (
    ("%Y-%m-%d",), ("%Y/%m/%d",), ("%Y.%m.%d",), ("%Y%m%d",),
    ("%d/%m/%Y", "%m/%d/%Y"), ("%d-%m-%Y", "%m-%d-%Y"), ("%d.%m.%Y",),
    ("%d/%m/%y", "%m/%d/%y", "%y/%m/%d"), ("%d-%m-%y", "%m-%d-%y", "%y-%m-%d"), ("%d.%m.%y",),
    ("%d %b %Y",), ("%d-%b-%Y",), ("%d %B %Y",), ("%b %d, %Y",), ("%B %d, %Y",), ("%d-%b-%y",),
    ("%G-W%V-%u",),
)  # fmt: skip
MONTHLY = (
    ("%Y-%m",), ("%Y/%m",), ("%m/%Y",), ("%m-%Y",), ("%m.%Y",), ("%YM%m",), ("%Ym%m",), ("%Y%m",),
    ("%m-%y", "%y-%m"), ("%m/%y", "%y/%m"),
    ("%b-%y",), ("%b %Y",), ("%b-%Y",), ("%Y-%b",), ("%Y %b",), ("%B %Y",), ("%b %y",),
)  # fmt: skip
LONGER = (
    ("%YQ%q",), ("%Yq%q",), ("%Y-Q%q",), ("%Y Q%q",), ("Q%q %Y",), ("Q%q-%Y",), ("Q%q/%Y",),
    ("%G-W%V",), ("%GW%V",), ("%Y",),
)  # fmt: skip
COMPACT = ("%Y%m%d%H%M%S", "%Y%m%d%H%M")
# A time of day, and what it is ahead of UTC, at the end of a text whose digits are zeros
TAIL = re.compile(
    r"(?P<between>T|t| +|_)(?P<hour>00?)(?P<minute>:00)?(?P<second>:00)?"
    r"(?P<point>[.,])?(?P<fraction>(?<=[.,])0{1,9})?"
    r"(?P<half> ?[AaPp][Mm])?(?P<utc> ?(?:Z|UTC|GMT))?(?P<offset> ?[+-]00(?::?00)?)?"
)
YEARS = (1500, 2500)  # of digits alone: 123456 is a number, not a month


def formats_of(column: Column) -> Iterator[tuple[tuple[str, ...], ...]]:
    """Formats that may fit, the likelier ones first: readings of the same text, each with shorter
    forms of it that some cells may have (a time of day left out at midnight)."""
    longest = max(column.members, key=len)
    tails = [""]
    if (found := _tail(longest)) is not None:
        tails.insert(0, found)
    for tail in tails:
        for readings in DATES if tail else (*DATES, *MONTHLY, *LONGER):
            yield tuple(_with_shorter(each, tail) for each in readings)
    if "T" in longest and ":" not in longest:
        yield tuple((f"%Y%m%dT{each[6:]}{end}",) for each in COMPACT for end in ("", "Z"))
    for each in COMPACT:
        yield ((each,),)


def padded(text: str, column: Column) -> str:
    """The format with %-m for %m where the column has months of one digit, and so on."""
    for letter in UNPADDED:
        if f"%{letter}" in text and 1 in column.widths(letter, text):
            text = text.replace(f"%{letter}", f"%-{letter}")
    return text


def is_plain(text: str) -> bool:
    """Whether a format is of digits alone."""
    return not re.sub(r"%[A-Za-z]", "", text)


def in_range(years: np.ndarray) -> bool:
    """Whether numbers may be years."""
    return bool(YEARS[0] <= years.min() and years.max() <= YEARS[1])


def _tail(shape: str) -> str | None:
    """The format of a text's time of day; None where it has none."""
    found = next((m for m in TAIL.finditer(shape) if m.end() == len(shape)), None)
    if found is None or (found["minute"] is None and found["offset"] is not None):
        return None
    half = found["half"] is not None
    parts = [found["between"], "%I" if half else "%H"]
    parts += [":%M"] * (found["minute"] is not None) + [":%S"] * (found["second"] is not None)
    if found["fraction"] is not None:
        parts += [found["point"], "%f"]
    if half:
        parts += [found["half"][:-2], "%p"]
    parts.append(found["utc"] or "")
    if (offset := found["offset"]) is not None:
        hours = "%-z" if len(offset.strip()) == 3 else "%z"
        parts += [" " * offset.startswith(" "), "%:z" if ":" in offset else hours]
    return "".join(parts)


def _with_shorter(date: str, tail: str) -> tuple[str, ...]:
    if not tail:
        return (date,)
    shorter = [re.sub(r"[.,]%f", "", tail), re.sub(r":%S([.,]%f)?", "", tail), ""]
    found = [f"{date}{tail}"]
    for each in shorter:
        # without an offset it would be another time
        if f"{date}{each}" not in found and (each or not re.search("%:?z|Z|UTC|GMT", tail)):
            found.append(f"{date}{each}")
    for each in found:
        pattern_of(each)
    return tuple(found)
