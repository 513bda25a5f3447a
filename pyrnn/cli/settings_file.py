"""Settings in a TOML file: --config reads one, --write-config writes one.

What a file may hold follows from the command's own parameters: see `options`. A value of the
command line goes before one of the file, which goes before the default.

TOML's strings, numbers and lists are JSON's but for a few characters, so writing takes no library:
tomli-w writes no comments, and tomlkit is a parser of some thousand lines.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import click

from pyrnn.cli.inputs import in_words
from pyrnn.cli.options import (
    FILE,
    WRITES,
    Place,
    Settable,
    SettingOption,
    dashed,
    place_in_file,
    settings,
    table_of,
)
from pyrnn.files.atomic_file import write_atomically
from pyrnn.settings import Choice, FilePath, Number, Setting, Table, Text

COLUMN = 30  # where the explanations begin
BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
SURROGATE = re.compile("[\ud800-\udfff]")  # half a character: a byte of a path that is no text


def settings_file_options() -> list[click.Parameter]:
    """--config, which takes effect as it is read, and --write-config."""
    read = Setting(
        FilePath("FILE"), "Read settings from a TOML file; the command line takes precedence."
    )
    write = Setting(Text("FILE"), "Write all settings to FILE (- for standard output) and exit.")
    return [
        SettingOption(
            "config",
            read,
            in_file=False,
            is_eager=True,  # before the others, whose defaults it changes
            expose_value=False,
            callback=_take_effect,
        ),
        SettingOption(
            "write_config",
            write,
            in_file=False,
            is_eager=True,  # before those that it does without
            callback=_note,
        ),
    ]


def _take_effect(context: click.Context, option: click.Parameter, path: str | None) -> None:
    if path is not None:
        context.default_map = read_settings(Path(path), context.command)
        context.meta[FILE] = Path(path)


def _note(context: click.Context, option: click.Parameter, path: str | None) -> str | None:
    context.meta[WRITES] = path is not None
    return path


# reading


def read_settings(path: Path, command: click.Command) -> dict[str, Any]:
    """The values in a settings file for a command: {name of the parameter: value}.

    Relative paths begin at the file's folder. Raises click.UsageError for a file that cannot be
    read or is no TOML, and for a setting that does not exist or whose value cannot be, naming the
    file and its place there.
    """
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise click.UsageError(in_words(error)) from error
    except (ValueError, RecursionError) as error:
        raise click.UsageError(f"{path}: expected a TOML file ({error})") from error
    known = settings(command)
    places = _places(known)
    values: dict[str, Any] = {}
    try:
        for place, value in _entries(content, {place.table for place in known}):
            meant = places.get(place._replace(key=dashed(place.key)))
            if meant is None:
                raise _no_such_setting(place, value, command)
            parameter = known[meant]
            if parameter.name in values:
                raise ValueError(f"{place}: expected it once; got it by two names")
            values[str(parameter.name)] = _value(place, parameter, value, path)
    except ValueError as error:
        raise click.UsageError(f"{path}: {error}") from error
    return values


def _places(known: Mapping[Place, Settable]) -> dict[Place, Place]:
    """The place of each setting by all of its keys, the short ones too."""
    return {
        place._replace(key=dashed(key)): place
        for place, parameter in known.items()
        for key in (place.key, *parameter.setting.short)
    }


def _entries(content: Mapping[str, Any], known: set[str]) -> Iterator[tuple[Place, Any]]:
    """Each value and its place. Raises ValueError for a table that does not exist."""
    tables = sorted(known - {""})
    for name, value in content.items():
        if name in tables and not isinstance(value, dict):
            raise ValueError(f"{name}: expected a table, [{name}]; got {value!r:.80}")
        if name in tables:
            yield from ((Place(name, key), entry) for key, entry in value.items())
        elif isinstance(value, dict):
            near = get_close_matches(dashed(name.lower()), tables, n=1)
            hint = f"; did you mean [{near[0]}]?" if near else ""
            names = ", ".join(f"[{table}]" for table in tables)
            raise ValueError(f"[{name}]: expected one of the tables {names}{hint}")
        else:
            yield Place("", name), value


def _no_such_setting(place: Place, value: Any, command: click.Command) -> ValueError:
    """The error for a key that does not exist, with the one that may be meant."""
    said, key = f"{place} = {value!r:.80}", dashed(place.key.lower())
    known = _places(settings(command))
    same = [meant for other, meant in known.items() if key == other.key]
    if same:
        where = "" if same[0].table else ", before the first table"
        return ValueError(f"{said}: expected it as {same[0]}{where}")
    if any(f"--{key}" in option.opts for option in command.params):
        return ValueError(f"{said}: --{key} is for the command line alone")
    beside = [other.key for other in settings(command) if other.table == place.table]
    near = get_close_matches(key, [other.key for other in known if other.table == place.table], n=1)
    near = near or get_close_matches(key, [other.key for other in known], n=1)
    if near:
        meant = next(meant for other, meant in known.items() if other.key == near[0])
        return ValueError(f"{said}: no such setting; did you mean {meant}?")
    where = f"[{place.table}] has" if place.table else "before the first table there may be"
    return ValueError(f"{said}: no such setting; {where} {', '.join(beside)}")


def _value(place: Place, parameter: Settable, value: Any, path: Path) -> Any:
    """A value as click takes it. Raises ValueError for one of another kind or outside its range."""
    kind = parameter.setting.kind
    try:
        kind.read(value)
    except (TypeError, ValueError, OverflowError):
        raise ValueError(f"{place}: expected {kind.words}; got {value!r:.80}") from None
    if isinstance(kind, FilePath):
        return kind.inside(path.absolute().parent, value)
    return [value] if isinstance(kind, Table) else value


@contextmanager
def errors_name_the_place(context: click.Context) -> Iterator[None]:
    """Settings that do not go together: the error names the file's place in the field's stead."""
    try:
        yield
    except ValueError as error:
        field = re.match(r"(\w+)(?=: )", str(error))
        option = next((p for p in context.command.params if field and p.name == field[0]), None)
        place = place_in_file(context, option)
        if field is None or place is None:
            raise
        raise ValueError(place + str(error)[field.end() :]) from error


# writing


def write_settings(
    target: str, command: click.Command, values: Mapping[str, Any], *, overwrite: bool = False
) -> None:
    """Write a settings file for a command; - stands for standard output.

    values: by the names of the command's parameters.
    Raises FileExistsError for a file that is there, unless told to replace it.
    """
    if target == "-":
        click.echo(settings_text(command, values, Path.cwd()), nl=False)
        return
    path = Path(target)
    if path.exists() and not overwrite:
        raise FileExistsError(f"{path}: exists already; --overwrite replaces it")
    write_atomically(path, settings_text(command, values, path.absolute().parent).encode())
    click.echo(f"wrote {path}", err=True)


def settings_text(command: click.Command, values: Mapping[str, Any], folder: Path) -> str:
    """All settings of a command as the text of a file, absent ones as a comment.

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
                value = _plain(parameter, values.get(str(parameter.name)), folder)
                try:
                    lines.append(_line(place.key, value, parameter.setting))
                except ValueError as error:
                    raise ValueError(f"{place}: {error}") from error
    return "\n".join(lines) + "\n"


def _line(key: str, value: Any, setting: Setting) -> str:
    kind, words = setting.kind, setting.help
    table = isinstance(kind, Table)
    metavar = f"{{ {kind.metavar.replace('=', ' = ')} }}" if table else kind.metavar
    entry = f"# {key} = {metavar}" if value is None else f"{key} = {toml(value)}"
    if isinstance(kind, Choice):
        words = kind.described(words)
    return f"{entry:{COLUMN}}  # {words}"


def _plain(parameter: Settable, value: Any, folder: Path) -> Any:
    """A value as TOML has it; None for one that is absent."""
    kind = parameter.setting.kind
    if value is None:
        return 0.0 if isinstance(kind, Number) and kind.zero_is_none else None
    if isinstance(kind, FilePath):
        return kind.beside(folder, value)
    return (value or None) if isinstance(kind, Table) else kind.plain(value)


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
    raise ValueError(f"expected what TOML can express; got {value!r:.80}")


def _string(text: str) -> str:
    if SURROGATE.search(text):
        raise ValueError(f"expected Unicode, as TOML demands; got {text!r}")
    # As JSON, which leaves one control character as it is
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _key(name: str) -> str:
    return name if BARE_KEY.fullmatch(name) else _string(name)
