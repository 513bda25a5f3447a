"""Settings in a TOML file: --config reads one, --write-config writes one.

What a file may hold follows from the command's own parameters: see `sections`. A value of the
command line goes before one of the file, which goes before the default.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from difflib import get_close_matches
from pathlib import Path
from typing import Any, TypeVar

import click

from pyrnn.cli.expectation import Expectation
from pyrnn.cli.inputs import in_words
from pyrnn.cli.sections import FILE, Place, SectionOption, Settable, place_in_file, settings
from pyrnn.cli.settings_text import settings_text
from pyrnn.files.atomic_file import write_atomically

Command = TypeVar("Command", bound=Callable[..., Any])


def settings_file_options(command: Command) -> Command:
    """--config, which takes effect as it is read, and --write-config, as a decorator."""
    read = click.option(
        "--config",
        cls=SectionOption,
        in_file=False,
        is_eager=True,  # before the others, whose defaults it changes
        expose_value=False,
        callback=_take_effect,
        metavar="FILE",
        type=click.Path(path_type=Path),
        help="Settings from a TOML file; the command line has precedence.",
    )
    write = click.option(
        "--write-config",
        cls=SectionOption,
        in_file=False,
        metavar="FILE",
        help="Write all settings to FILE, - for standard output, and end.",
    )
    return read(write(command))


def _take_effect(context: click.Context, option: click.Parameter, path: Path | None) -> None:
    if path is not None:
        context.default_map = read_settings(path, context.command)
        context.meta[FILE] = path


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
    values = {}
    try:
        for place, value in _entries(content, known):
            if place not in known:
                raise _no_such_setting(place, value, command)
            values[str(known[place].name)] = _value(place, known[place], value, path)
    except ValueError as error:
        raise click.UsageError(f"{path}: {error}") from error
    return values


def _entries(content: Mapping[str, Any], known: Mapping[Place, Any]) -> Iterator[tuple[Place, Any]]:
    """Each value and its place. Raises ValueError for a table that does not exist."""
    tables = dict.fromkeys(place.table for place in known if place.table)
    for name, value in content.items():
        if name in tables and not isinstance(value, dict):
            raise ValueError(f"{name}: expected a table, [{name}]; got {value!r}")
        if name in tables:
            yield from ((Place(name, key), entry) for key, entry in value.items())
        elif isinstance(value, dict):
            near = get_close_matches(name.lower().replace("_", "-"), tables, n=1)
            hint = f"; did you mean [{near[0]}]?" if near else ""
            names = ", ".join(f"[{table}]" for table in tables)
            raise ValueError(f"[{name}]: expected one of the tables {names}{hint}")
        else:
            yield Place("", name), value


def _no_such_setting(place: Place, value: Any, command: click.Command) -> ValueError:
    """The error for a key that does not exist, with the one that may be meant."""
    known, key = settings(command), place.key.lower().replace("_", "-")
    said = f"{place} = {value!r}"
    if f"--{key}" in {flag for option in command.params for flag in option.opts} - {
        f"--{other.key}" for other in known
    }:
        return ValueError(f"{said}: --{key} is for the command line alone")
    same = [other for other in known if key == other.key or place.key == known[other].name]
    if same:
        where = "" if same[0].table else ", before the first table"
        return ValueError(f"{said}: expected it as {same[0]}{where}")
    beside = [other.key for other in known if other.table == place.table]
    near = get_close_matches(key, beside, n=1) or get_close_matches(
        key, [other.key for other in known], n=1
    )
    if near:
        meant = [other for other in known if other.key == near[0]]
        return ValueError(f"{said}: no such setting; did you mean {meant[0]}?")
    where = f"[{place.table}] has" if place.table else "before the first table there may be"
    return ValueError(f"{said}: no such setting; {where} {', '.join(beside)}")


def _value(place: Place, parameter: Settable, value: Any, path: Path) -> Any:
    """A value as click takes it. Raises ValueError for one of another kind or outside its range."""
    expectation = Expectation.of(parameter)
    if not expectation.met_by(value):
        raise ValueError(f"{place}: expected {expectation.words}; got {value!r}")
    return expectation.for_click(value, path.absolute().parent)


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
