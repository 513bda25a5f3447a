"""Columns by name, x0:x49 for those from x0 to x49."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pyrnn.data.readers import read_rows
from pyrnn.data.readers.columns import missing_column


def expanded(names: Sequence[str], header: Sequence[str], place: str) -> tuple[str, ...]:
    """The columns that names stand for, in their order, each once.

    a:b is all columns of the header from a to b, unless a column has that very name.
    Of a table without rows, whose header is empty, nothing is known, and nothing is wrong.
    Raises ValueError, naming the place, for a column that is not there, a range that runs
    backwards, and a column that is named twice.
    """
    if not header:
        return ()
    found: list[str] = []
    for name in names:
        first, colon, last = name.partition(":")
        if name in header or not colon:
            found.append(_there(name, header, place))
            continue
        begin, end = (header.index(_there(each.strip(), header, place)) for each in (first, last))
        if end < begin:
            raise ValueError(f"{place}: expected {first!r} before {last!r}; got them the other way")
        found += header[begin : end + 1]
    twice = next((name for k, name in enumerate(found) if name in found[:k]), None)
    if twice is not None:
        raise ValueError(f"{place}: expected each column once; got {twice!r} twice")
    return tuple(found)


def header_of(source: Any, **how: Any) -> list[str]:
    """The columns that a table has, in their order; none for one without rows."""
    row = next(iter(read_rows(source, None, **how)), None)
    return [] if row is None else list(row.values)


def _there(name: str, header: Sequence[str], place: str) -> str:
    if name not in header:
        raise missing_column(name, list(header), place)
    return name
