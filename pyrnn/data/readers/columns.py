"""Columns by name, and what to say of one that is not there."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches
from typing import Any


def missing_column(wanted: str, found: Sequence[str], place: str) -> ValueError:
    """The error for a column that is not among those found; place: the file, and where in it."""
    shown = ", ".join(f"{name!r:.40}" for name in found[:20]) or "none"
    more = ", ..." if len(found) > 20 else ""
    by_case = {name.casefold(): name for name in found}
    near = get_close_matches(wanted.casefold(), by_case, n=1)
    hint = f" (is it {by_case[near[0]]!r:.40}?)" if near else ""
    columns = "columns" if len(found) != 1 else "column"
    return ValueError(
        f"{place}: expected a column {wanted!r:.80}{hint}; got the {columns} {shown}{more}"
    )


def chosen_names(found: Sequence[str], columns: Sequence[str] | None, place: str) -> list[str]:
    """The names wanted, all for None. Raises ValueError for one that is not among those found."""
    for column in columns or ():
        if column not in found:
            raise missing_column(column, found, place)
    return list(found if columns is None else columns)


def chosen(values: dict[str, Any], columns: Sequence[str] | None, place: str) -> dict[str, Any]:
    """The values of the columns wanted, all for None. Raises ValueError for one that is missing."""
    return {name: values[name] for name in chosen_names(list(values), columns, place)}
