"""A command whose --help shows its options in sections."""

from __future__ import annotations

from typing import Any

import click


class SectionOption(click.Option):
    """An option that is listed under a heading.

    section: the heading; options without one come last, under "Options".
    """

    def __init__(self, *arguments: Any, section: str = "Options", **attributes: Any) -> None:
        super().__init__(*arguments, **attributes)
        self.section = section


class SectionCommand(click.Command):
    """A command that lists SectionOptions by section, in the order of their definition."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options of each section, "Options" last."""
        sections: dict[str, list[tuple[str, str]]] = {}
        for option in self.get_params(ctx):
            record = option.get_help_record(ctx) if isinstance(option, click.Option) else None
            if record is not None:
                sections.setdefault(getattr(option, "section", "Options"), []).append(record)
        sections["Options"] = sections.pop("Options", [])
        for heading, records in sections.items():
            with formatter.section(heading):
                formatter.write_dl(records)
