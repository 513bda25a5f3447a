"""A command's settings as the text of a TOML file, each with its explanation.

TOML's strings, numbers and lists are JSON's but for a few characters, so this takes no library:
tomli-w writes no comments, and tomlkit is a parser of some thousand lines.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from pyrnn.cli.inputs import Content
from pyrnn.cli.sections import Settable, settings, table_of
from pyrnn.cli.settings import no_limit

COLUMN = 30  # where the explanations begin
BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
SURROGATE = re.compile("[\ud800-\udfff]")  # half a character: a byte of a path that is no text


def settings_text(command: click.Command, values: Mapping[str, Any], folder: Path) -> str:
    """All settings of a command, absent ones as a comment.

    values: by the names of the command's parameters. folder: where the file will be; paths inside
    it are written relative to it, others whole.
    Raises ValueError for a value that TOML cannot express.
    """
    lines = ["# Settings for pyrnn's --config. The command line has precedence over this file.",
             "# Relative paths begin at this file's folder."]  # fmt: skip
    known = settings(command)
    notes = {table_of(heading): note for heading, note in getattr(command, "notes", {}).items()}
    for table in sorted({place.table: None for place in known}, key=bool):  # "" comes first
        note = f"  # {notes[table]}" if table in notes else ""
        lines += ["", f"[{table}]{note}"] if table else [""]
        for place, parameter in known.items():
            if place.table == table:
                value = _plain(values.get(str(parameter.name)), parameter, folder)
                try:
                    lines.append(_line(place.key, value, parameter))
                except ValueError as error:
                    raise ValueError(f"{place}: {error}") from error
    return "\n".join(lines) + "\n"


def _line(key: str, value: Any, parameter: Settable) -> str:
    absent = f"# {key} = {_metavar(parameter)}"
    setting = absent if value is None else f"{key} = {toml(value)}"
    return f"{setting:{COLUMN}}  # {explanation(parameter)}"


def _metavar(parameter: Settable) -> str:
    """What may stand there: N for a number, { NAME = NUMBER } for a table."""
    metavar = parameter.metavar or "..."
    several = getattr(parameter, "multiple", False)
    return f"{{ {metavar.replace('=', ' = ')} }}" if several else metavar


def explanation(parameter: Settable) -> str:
    """What --help says of a setting, with the values to choose from."""
    words, kind = parameter.explanation, parameter.type
    if isinstance(kind, click.Choice):
        return f"{words.rstrip('.')}: {', '.join(map(str, kind.choices))}."
    return words


def _plain(value: Any, parameter: Settable, folder: Path) -> Any:
    """A value as TOML has it; None for one that is absent."""
    if isinstance(value, Content):
        value = "-" if value.path is None else value.path
    if isinstance(value, Path):
        return _beside(value, folder)
    if value is None and parameter.callback is no_limit:
        return 0.0
    if getattr(parameter, "multiple", False):
        return value or None
    return value


def _beside(path: Path, folder: Path) -> str:
    """A path relative to a folder that it is in, else absolute."""
    absolute, home = (Path(os.path.normpath(place.absolute())) for place in (path, folder))
    return str(absolute.relative_to(home) if absolute.is_relative_to(home) else absolute)


def toml(value: Any) -> str:
    """A string, number, truth value, or a list or dict of them, in one line of TOML.

    Raises ValueError for anything else, and for text that is no Unicode, which TOML cannot hold.
    """
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return repr(value)
    if isinstance(value, str):
        return _string(value)
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(map(toml, value))}]"
    if isinstance(value, Mapping):
        entries = [f"{_key(name)} = {toml(entry)}" for name, entry in value.items()]
        return f"{{ {', '.join(entries)} }}" if entries else "{}"
    raise ValueError(f"expected what TOML can express; got {value!r}")


def _string(text: str) -> str:
    if SURROGATE.search(text):
        raise ValueError(f"expected Unicode, as TOML demands; got {text!r}")
    # As JSON, which leaves one control character as it is
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _key(name: str) -> str:
    return name if BARE_KEY.fullmatch(name) else _string(name)
