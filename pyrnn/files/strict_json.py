"""JSON in files that anybody may have written: one meaning, finite numbers, bounded depth.

Python's own reader takes NaN, and the last of two equal names, and ends in RecursionError where
lists stand in lists a thousand deep. What is read here can be walked by recursion, compared with
itself, and written again.
"""

from __future__ import annotations

import itertools
import json
import math
from typing import Any

DEPTH = 64  # lists and objects inside each other; the deepest of pyrnn's own has 8


def write_json(value: Any, indent: int | None = None, sort_keys: bool = False) -> str:
    """A value as JSON that `parse_json` reads, in ASCII: a vocabulary may hold half of a surrogate
    pair, which UTF-8 has no bytes for.

    Raises TypeError, ValueError for what JSON has no words for, and for more than DEPTH.
    """
    text = json.dumps(value, indent=indent, sort_keys=sort_keys, allow_nan=False)
    _check_depth(value)
    return text


def parse_json(text: str) -> Any:
    """The value that a JSON text stands for.

    Raises ValueError for a text that is no JSON, that names something twice in one object, that
    holds NaN, infinity, a number beyond float64 or one of more digits than Python converts, or
    lists and objects more than DEPTH deep. The value takes at most 40 times the text's own memory:
    many tiny objects are the worst.
    """
    try:
        value = json.loads(
            text, object_pairs_hook=_object, parse_constant=_constant, parse_float=_float
        )
    except RecursionError:
        raise _too_deep() from None
    _check_depth(value)
    return value


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = sorted(name for name, _ in pairs)
        twice = next(one for one, other in itertools.pairwise(names) if one == other)
        raise ValueError(f"the name {shortened(twice)} stands twice in one object")
    return found


def _constant(name: str) -> Any:
    raise ValueError(f"expected finite numbers; got {name}")


def _float(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(f"expected finite numbers; got {shortened(text)}")
    return value


def _check_depth(value: Any) -> None:
    level, depth = [value], 0
    while level := [entry for entry in level if isinstance(entry, (dict, list, tuple))]:
        depth += 1
        if depth > DEPTH:
            raise _too_deep()
        level = [
            entry
            for outer in level
            for entry in (outer.values() if isinstance(outer, dict) else outer)
        ]


def _too_deep() -> ValueError:
    return ValueError(f"expected lists and objects at most {DEPTH} deep; got more")


def shortened(value: Any, most: int = 80) -> str:
    """A value as error messages have it: its repr, cut where it is long."""
    text = repr(value[:most]) if isinstance(value, str) else repr(value)
    return text if len(text) <= most else f"{text[:most]}..."
