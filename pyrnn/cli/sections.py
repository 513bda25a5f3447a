"""Commands whose options stand under headings, in --help and in a settings file alike.

A heading is a table of the file, a flag a key: --dropout-output under "Network" is

    [network]
    dropout-output = 0.3
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import click
from click.core import ParameterSource

OTHERS = "Options"  # the heading of options that name no other; their keys stand before all tables
FILE = "pyrnn settings file"  # under this name a context's meta holds the path of the one it read


class Place(NamedTuple):
    """Where a settings file has a setting; the table is empty before the first one."""

    table: str
    key: str

    def __str__(self) -> str:
        return f"[{self.table}] {self.key}" if self.table else self.key


class SectionOption(click.Option):
    """An option that is listed under a heading.

    section: the heading; options without one come last, under OTHERS.
    in_file: whether it is a setting, which may stand in a settings file; default yes. What asks for
        an action, as --overwrite does, is none.
    """

    def __init__(
        self, *arguments: Any, section: str = OTHERS, in_file: bool = True, **attributes: Any
    ) -> None:
        super().__init__(*arguments, **attributes)
        self.section = section
        self.explanation = " ".join((self.help or "").split())
        key = max(self.opts, key=len).removeprefix("--")
        self.place = Place(table_of(section), key) if in_file else None


class SectionArgument(click.Argument):
    """An argument that may stand in a settings file, under the heading of a section.

    help: what a settings file says of it.
    """

    def __init__(self, *arguments: Any, section: str, help: str, **attributes: Any) -> None:
        super().__init__(*arguments, **attributes)
        self.explanation = help
        self.place = Place(table_of(section), str(self.name))


def table_of(heading: str) -> str:
    """The table of a heading: "learning-rate" of "Learning rate", "end" of "End, whichever ..."."""
    return "" if heading == OTHERS else heading.split(",")[0].lower().replace(" ", "-")


Settable = SectionOption | SectionArgument


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
    """A command that lists its options by section, in the order of their definition.

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
                sections.setdefault(getattr(option, "section", OTHERS), []).append(record)
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
