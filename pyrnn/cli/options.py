"""Settings as the options of a command.

A setting is declared once (`pyrnn.settings`); its flag, its key in a settings file, its line of
--help and its check all follow from there:

    hidden_size: int = whole(256, "Hidden units per layer.", least=1, short="hidden",
                             section="Network")

is listed under Network as --hidden-size, --hidden N, and stands in a file as

    [network]
    hidden-size = 256
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import MISSING, fields
from functools import reduce
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import click
from click.core import ParameterSource

from pyrnn.settings import (
    OTHERS,
    Choice,
    FilePath,
    FilePaths,
    Kind,
    Setting,
    Settings,
    Switch,
    Table,
)

Some = TypeVar("Some", bound=Settings)

FILE = "pyrnn settings file"  # under this name a context's meta holds the path of the one it read
WRITES = "pyrnn writes settings"  # and under this one, whether the command only writes such a file


class SettingType(click.ParamType):
    """A kind of value, for click; a settings file has it as it is, a command line as text."""

    def __init__(self, kind: Kind) -> None:
        self.kind = kind
        self.name = kind.metavar

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The value as the setting keeps it."""
        try:
            return self.kind.read(self.kind.parse(value) if isinstance(value, str) else value)
        except (TypeError, ValueError, OverflowError):
            # of a table a command line has one entry at a time
            words = self.kind.metavar if isinstance(self.kind, Table) else self.kind.words
            self.fail(f"expected {words}; got {value!r:.80}", param, ctx)


class Place(NamedTuple):
    """Where a settings file has a setting; the table is empty before the first one."""

    table: str
    key: str

    def __str__(self) -> str:
        return f"[{self.table}] {self.key}" if self.table else self.key


class _Missing(click.Parameter):
    """What a command that only writes its settings does without, though it is required."""

    def process_value(self, ctx: click.Context, value: Any) -> Any:
        """As click does, and None for a value that may be missing."""
        try:
            return super().process_value(ctx, value)
        except click.MissingParameter:
            if ctx.meta.get(WRITES):
                return None
            raise


class SettingOption(_Missing, click.Option):
    """The option of a setting.

    name: of the command's parameter; its flag has dashes for low lines.
    in_file: whether it may stand in a settings file; what asks for an action, as --overwrite does,
        may not.
    """

    def __init__(
        self, name: str, setting: Setting, default: Any = None, *, in_file: bool = True, **more: Any
    ) -> None:
        self.setting = setting
        flags = [flag(each) for each in (name, *setting.short)]
        switch, table = isinstance(setting.kind, Switch), isinstance(setting.kind, Table)
        if switch:
            more["is_flag"] = True
        else:
            more = {"type": SettingType(setting.kind), "metavar": setting.kind.metavar, **more}
        kind = setting.kind
        words = (
            kind.described(setting.help)
            if isinstance(kind, Choice) and kind.is_long
            else setting.help
        )
        if switch and in_file:  # what a file switches on, a command line can take back
            flags = [f"{each}/--no-{each.removeprefix('--')}" for each in flags]
        if table:
            more |= {"multiple": True, "callback": _joined}
        if default is not None and not table:
            more["default"] = default  # one of None would do for a required option
        elif switch and in_file:
            more["default"] = None  # neither on nor off: click's own default is off
        super().__init__(
            [name, *flags],
            show_default=not (switch or table or default is None),
            help=words,
            **more,
        )
        self.place = Place(table_of(setting.section), dashed(name)) if in_file else None


class SettingArgument(_Missing, click.Argument):
    """An argument that may stand in a settings file."""

    def __init__(self, name: str, setting: Setting, **more: Any) -> None:
        self.setting = setting
        kind = setting.kind
        if isinstance(kind, FilePaths):  # click takes them one by one
            kind, more = FilePath(kind.metavar), {"nargs": -1, **more}
        super().__init__([name], type=SettingType(kind), **more)
        self.place = Place(table_of(setting.section), dashed(name))

    def consume_value(self, ctx: click.Context, opts: Mapping[str, Any]) -> Any:
        """As click does, whose releases before 8.3 have () for an argument of several words that
        was not given, and look no further."""
        given = {name: value for name, value in opts.items() if value != ()}
        return super().consume_value(ctx, given)


Settable = SettingOption | SettingArgument


def _joined(
    context: click.Context, parameter: click.Parameter, tables: Iterable[Mapping[str, Any]]
) -> dict[str, Any]:
    """{"momentum": 0.9, "nesterov": True} of ({"momentum": 0.9}, {"nesterov": True})."""
    return reduce(lambda joined, table: {**joined, **table}, tables or (), {})


def dashed(name: str) -> str:
    """hidden-size for hidden_size."""
    return name.replace("_", "-")


def flag(name: str) -> str:
    """--hidden-size for hidden_size, -o for o."""
    return f"-{name}" if len(name) == 1 else f"--{dashed(name)}"


def table_of(heading: str) -> str:
    """The table of a heading: "learning-rate" of "Learning rate", "end" of "End, whichever ...".

    The keys of OTHERS stand before all tables.
    """
    return "" if heading == OTHERS else heading.split(",")[0].lower().replace(" ", "-")


def options_of(*owners: type[Settings], which: Callable[[Setting], bool] | None = None,
               defaults: bool = True) -> list[click.Parameter]:  # fmt: skip
    """The options for the settings of some classes, in order, without those for Python alone.

    A setting that several classes have by one name, as the seed, is one option. which: of the
    settings those that are wanted; default all. defaults: whether an option that is not given has
    the default of its setting; otherwise it has None.
    """
    options: dict[str, click.Parameter] = {}
    for owner in owners:
        for field in fields(owner):
            setting = owner.declared()[field.name]
            if setting.hidden or field.name in options or (which and not which(setting)):
                continue
            default = None if field.default is MISSING or not defaults else field.default
            options[field.name] = SettingOption(field.name, setting, default)
    return list(options.values())


def settings_of(owner: type[Some], values: Mapping[str, Any], context: click.Context) -> Some:
    """The settings that a command's values make. Raises ValueError as the class does."""
    return owner(**chosen(owner, values, context))


def chosen(
    owner: type[Settings], values: Mapping[str, Any], context: click.Context
) -> dict[str, Any]:
    """Those of a command's values that were given for settings of a class: on the command line, or
    in a settings file, which may have been written with all, other than their defaults."""
    line = ParameterSource.COMMANDLINE
    return {
        field.name: values[field.name]
        for field in fields(owner)
        if field.name in values
        and (
            context.get_parameter_source(field.name) is line or values[field.name] != field.default
        )
    }


def changed(stored: Some, context: click.Context, values: Mapping[str, Any]) -> Some:
    """Settings that were stored, but for those that the user gives now."""
    names = given(context) & set(stored.declared())
    return stored.of(stored, **{name: values[name] for name in names})


def given(context: click.Context) -> set[str]:
    """The names of the options that the user gives, on the command line or in a settings file."""
    by = (ParameterSource.COMMANDLINE, ParameterSource.DEFAULT_MAP)
    return {name for name in context.params if context.get_parameter_source(name) in by}


def settings(command: click.Command) -> dict[Place, Settable]:
    """All that a settings file for a command may hold, in the order of --help."""
    known = [entry for entry in command.params if isinstance(entry, Settable)]
    return {entry.place: entry for entry in known if entry.place is not None}


def place_in_file(context: click.Context, parameter: click.Parameter | None) -> str | None:
    """The file and the place that a parameter's value came from; None for another source."""
    if not isinstance(parameter, Settable) or FILE not in context.meta:
        return None
    source = context.get_parameter_source(str(parameter.name))
    path: Path = context.meta[FILE]
    return f"{path}: {parameter.place}" if source is ParameterSource.DEFAULT_MAP else None


class SectionCommand(click.Command):
    """A command that lists its options under their headings, in the order of their definition.

    notes: {heading: what --help adds to it, in brackets}.
    """

    def __init__(
        self, *arguments: Any, notes: Mapping[str, str] | None = None, **attributes: Any
    ) -> None:
        super().__init__(*arguments, **attributes)
        self.notes = dict(notes or {})

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """As click does; an error in a value of the settings file names its place there."""
        try:
            return super().parse_args(ctx, args)
        except click.BadParameter as error:
            place = place_in_file(ctx, error.param)
            if place is None:
                raise
            raise click.UsageError(f"{place}: {error.message}", ctx) from error

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options of each section, OTHERS last."""
        sections: dict[str, list[tuple[str, str]]] = {}
        for option in self.get_params(ctx):
            record = option.get_help_record(ctx) if isinstance(option, click.Option) else None
            if record is not None:
                heading = option.setting.section if isinstance(option, SettingOption) else OTHERS
                sections.setdefault(heading, []).append(record)
        sections[OTHERS] = sections.pop(OTHERS, [])
        for heading, records in sections.items():
            note = self.notes.get(heading)
            with formatter.section(f"{heading} ({note})" if note else heading):
                formatter.write_dl(records)


class SectionGroup(SectionCommand, click.Group):
    """A group of commands with options of its own, listed by section."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options by section, then the commands."""
        super().format_options(ctx, formatter)
        self.format_commands(ctx, formatter)
