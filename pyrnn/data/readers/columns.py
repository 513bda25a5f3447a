"""Columns by name, and what to say of one that is not there."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches


def missing_column(wanted: str, found: Sequence[str], place: str) -> ValueError:
    """The error for a column that is not among those found; place: the file, and where in it."""
    shown = ", ".join(f"{name!r:.40}" for name in found[:20]) or "none"
    more = ", ..." if len(found) > 20 else ""
    by_case = {name.casefold(): name for name in found}
    near = get_close_matches(wanted.casefold(), by_case, n=1)
    hint = f" (is it {by_case[near[0]]!r:.40}?)" if near else ""
    return ValueError(
        f"{place}: expected a column {wanted!r:.80}{hint}; got the columns {shown}{more}"
    )
