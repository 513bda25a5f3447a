"""Columns by name, x0:x49 for those from x0 to x49."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pyrnn.data.readers import is_frame, read_rows, read_table
from pyrnn.data.readers.columns import missing_column
from pyrnn.data.readers.source import name_of


def expanded(names: Sequence[str], header: Sequence[str], place: str) -> tuple[str, ...]:
    """The columns that names stand for, in their order, each once.

    a:b is all columns of the header from a to b, unless a column has that very name.
    Raises ValueError, naming the place, for a column that is not there, a range that runs
    backwards, and a column that is named twice.
    """
    found: list[str] = []
    for name in names:
        if name in header or ":" not in name:
            found.append(_there(name, header, place))
            continue
        first, last = _ends(name, header)
        begin, end = (header.index(_there(each, header, place)) for each in (first, last))
        if end < begin:
            raise ValueError(
                f"{place}: expected {first!r:.80} before {last!r:.80}; got them the other way"
            )
        found += header[begin : end + 1]
    twice = next((name for k, name in enumerate(found) if name in found[:k]), None)
    if twice is not None:
        raise ValueError(f"{place}: expected each column once; got {twice!r:.80} twice")
    return tuple(found)


def header_of(source: Any, **how: Any) -> list[str] | None:
    """The columns that a table has, in their order; None where it has no rows."""
    row = next(iter(read_rows(source, None, **how)), None)
    return None if row is None else list(row.values)


def with_names(columns: Any, source: Any, which: Sequence[str] | None = None) -> Any:
    """Columns with the names that a table has where they say a:b, so that another one is read by
    the names, whatever stands between a and b there.

    columns: settings. source: a file, or a table in memory. which: the settings that are meant;
    default what the columns call their `ranges`, if anything. Raises ValueError as `expanded`.
    """
    which = getattr(columns, "ranges", ()) if which is None else which
    ranges = {name: getattr(columns, name) or () for name in which}
    ranges = {name: given for name, given in ranges.items() if any(":" in one for one in given)}
    header = header_of(source, otherwise=read_table) if ranges else None
    if header is None:
        return columns
    place = "the table" if is_frame(source) else name_of(source)
    found = {name: expanded(given, header, place) for name, given in ranges.items()}
    return columns.of(columns, **found)


def _ends(name: str, header: Sequence[str]) -> tuple[str, str]:
    """The two columns that a:b names; they may have colons of their own."""
    parts = [part.strip() for part in name.split(":")]
    cuts = [(":".join(parts[:k]), ":".join(parts[k:])) for k in range(1, len(parts))]
    return next((cut for cut in cuts if cut[0] in header and cut[1] in header), cuts[0])


def _there(name: str, header: Sequence[str], place: str) -> str:
    if name not in header:
        raise missing_column(name, list(header), place)
    return name
