"""What a reader yields."""

from __future__ import annotations

from typing import Any, NamedTuple


class Row(NamedTuple):
    """One example.

    line: where it begins in the file, from 1. values: by column; strings, but for JSON, whose
    numbers and truth values stay such.
    """

    line: int
    values: dict[str, Any]
