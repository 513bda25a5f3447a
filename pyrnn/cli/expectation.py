"""What a settings file may say of one setting: click's types, taken at their word.

A command line is all text, and click makes numbers of it; a settings file has types of its own. A
number in quotes, 3.5 units or a whole number for a switch is a mistake there.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import click

from pyrnn.cli.inputs import NameList, TextFile
from pyrnn.cli.sections import Settable


class Expectation(NamedTuple):
    """Which values a setting takes.

    words: what is expected. met_by: whether a value from a file is that.
    for_click: (value, folder that relative paths belong to) -> the value as click takes it.
    """

    words: str
    met_by: Callable[[Any], bool]
    for_click: Callable[[Any, Path], Any] = lambda value, folder: value

    @classmethod
    def of(cls, parameter: Settable) -> Expectation:
        """What a parameter of a command takes."""
        kind = parameter.type
        if getattr(parameter, "is_flag", False):
            return cls("true or false", lambda value: isinstance(value, bool))
        if getattr(parameter, "multiple", False):
            return cls(
                "a table of names and numbers, as { momentum = 0.9 }", _is_table, _assignments
            )
        if parameter.nargs > 1:
            n = parameter.nargs
            return cls(
                f"a list of {n} numbers",
                lambda value: isinstance(value, list) and len(value) == n and _numbers(value),
            )
        if isinstance(kind, click.Choice):
            return cls(f"one of {', '.join(kind.choices)}", lambda value: value in kind.choices)
        if isinstance(kind, NameList):
            return cls(
                f"a list of names among {', '.join(kind.choices)}",
                lambda value: isinstance(value, list) and set(map(str, value)) <= set(kind.choices),
            )
        if isinstance(kind, (click.IntRange, click.FloatRange)):
            return cls(_range(kind), lambda value: _in_range(kind, value))
        if isinstance(kind, (click.Path, TextFile)):
            return cls("a path in quotes", _is_path, _path)
        # A type of its own, which says itself what is wrong with a value
        return cls("text in quotes, a number or a list of them", _is_value_or_list)


def _is_value_or_list(value: Any) -> bool:
    return all(
        isinstance(entry, str) or _is_number(entry)
        for entry in (value if isinstance(value, list) else [value])
    )


def _is_number(value: Any) -> bool:
    whole = isinstance(value, int) and not isinstance(value, bool)
    return whole or (isinstance(value, float) and math.isfinite(value))


def _numbers(values: list[Any]) -> bool:
    return all(map(_is_number, values))


def _range(kind: click.IntRange | click.FloatRange) -> str:
    """ "a number of at least 0 and less than 1"."""
    bounds = []
    if kind.min is not None:
        bounds.append(f"{'more than' if kind.min_open else 'at least'} {kind.min:g}")
    if kind.max is not None:
        bounds.append(f"{'less than' if kind.max_open else 'at most'} {kind.max:g}")
    noun = "a whole number" if isinstance(kind, click.IntRange) else "a number"
    return f"{noun} of {' and '.join(bounds)}" if bounds else noun


def _in_range(kind: click.IntRange | click.FloatRange, value: Any) -> bool:
    if not _is_number(value) or (isinstance(kind, click.IntRange) and isinstance(value, float)):
        return False
    above = kind.min is None or (value > kind.min if kind.min_open else value >= kind.min)
    below = kind.max is None or (value < kind.max if kind.max_open else value <= kind.max)
    return above and below


def _is_path(value: Any) -> bool:
    return isinstance(value, str) and bool(value) and "\0" not in value


def _path(value: str, folder: Path) -> str:
    """Absolute, but for standard input."""
    return value if value == "-" else str(folder / value)


def _is_table(value: Any) -> bool:
    entries = value.values() if isinstance(value, dict) else [None]
    return all(
        isinstance(entry, bool)
        or (_numbers(entry) if isinstance(entry, list) else _is_number(entry))
        for entry in entries
    )


def _assignments(value: dict[str, Any], folder: Path) -> list[str]:
    """As on the command line: NAME=NUMBER, in JSON."""
    return [f"{name}={json.dumps(entry)}" for name, entry in value.items()]
