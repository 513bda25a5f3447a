"""Commands that there are once for each family of models: one list, and one file for a command."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from difflib import get_close_matches
from functools import partial
from pathlib import Path
from typing import Any

import click

from pyrnn.cli.inputs import FILES, PARALLEL, Encoding, FileOrShare, parallel_options
from pyrnn.cli.options import (
    SectionCommand,
    SectionGroup,
    SettingArgument,
    SettingOption,
    options_of,
)
from pyrnn.cli.settings_file import settings_file_options
from pyrnn.data.readers.readers import known_end
from pyrnn.models import families
from pyrnn.models.model import Model
from pyrnn.settings import FilePath, FilePaths, Kind, Setting, Switch, unknown_name

HELD_OUT = 0.1  # of the data, where --valid says nothing else


class FamilyGroup(SectionGroup):
    """A group with a command for each family in the list; only those that are asked for are made.

    make: a family's class -> its command. default: the family that is meant where the first word
        is none; None where one must be named.
    """

    def __init__(
        self,
        *arguments: Any,
        make: Callable[[type[Model]], click.Command],
        default: str | None = None,
        **attributes: Any,
    ) -> None:
        super().__init__(*arguments, **attributes)
        self._make = make
        self._default = default

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names of all families."""
        return list(families.FAMILIES)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of a family."""
        if cmd_name not in families.FAMILIES:
            return None
        return self._make(families.family(cmd_name))

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """As click does, with the default family in place where none is named."""
        return super().parse_args(ctx, self._with_family(ctx, args))

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As click does, with the default family in place where none is named.

        Raises click.UsageError for a word that is no family, saying which there are.
        """
        args, names = self._with_family(ctx, args), self.list_commands(ctx)
        named = args[0] in names or args[0].startswith("-") or ctx.resilient_parsing
        if not named and _is_there(args[0]):
            ctx.fail(self._family_first(ctx, args[0]))
        if not named:
            ctx.fail(unknown_name(f"{args[0]:.80}", names, "a family of models"))
        return super().resolve_command(ctx, args)

    def _with_family(self, ctx: click.Context, args: list[str]) -> list[str]:
        if self._default is None or not args:
            return args
        word, names = args[0], self.list_commands(ctx)
        misspelt = not _is_there(word) and get_close_matches(word, names, cutoff=0.75)
        if word in (*names, *self.get_help_option_names(ctx)) or misspelt:
            return args
        if _is_there(word) and _has_examples(word):
            ctx.fail(self._family_first(ctx, word))
        return [self._default, *args]

    def _family_first(self, ctx: click.Context, path: str) -> str:
        names = self.list_commands(ctx)
        likely = next((name for name in names if name != (self._default or names[0])), names[0])
        return (
            f"{path}: expected a family of models before it, one of {', '.join(names)}: as in "
            f"pyrnn {ctx.info_name} {likely} {path}"
        )


def _is_there(path: str) -> bool:
    return os.path.exists(path)  # noqa: PTH110 (never an error)


def _has_examples(path: str) -> bool:
    """Whether a file or a folder is no one text, by its name."""
    end = known_end(path)
    return Path(path).is_dir() or end not in (None, ".txt")


def family_command(
    model: type[Model],
    run: Callable[..., None],
    *,
    output: SettingOption,
    extra: Sequence[click.Parameter],
    overwrite: str,
    **attributes: Any,
) -> SectionCommand:
    """The command of a family that trains on files of the user's, with all of its settings.

    run: (family, context, values ...); see `pyrnn.cli.train`.
    """

    def of_files(kind: Kind, help: str, *short: str) -> Setting:
        return Setting(kind, help, section=FILES, short=short)

    valid = of_files(FileOrShare(), "Validation data, or the share of DATA to hold out.")
    kind = FilePaths if model.several else FilePath
    data = of_files(kind("DATA"), "The data.", "text")
    words = {"data": "The data", "valid": "Validation data", "test": "Test data"}
    parallel = [o for name in PARALLEL for o in parallel_options(name, FILES, words[name])]
    params = [
        output,
        SettingArgument("data", data, required=not model.parallel),
        SettingOption("valid", valid, HELD_OUT),
        SettingOption("test", of_files(FilePath(), "Test data, scored at the end of training.")),
        *(parallel if model.parallel else ()),
        SettingOption(
            "encoding", of_files(Encoding(), "Encoding of the text in these files."), "utf-8"
        ),
        SettingOption("overwrite", of_files(Switch(), overwrite), in_file=False),
        *extra,
        *options_of(model.Columns, model.Config, model.Options),
        *settings_file_options(),
    ]
    callback = click.pass_context(partial(run, model))
    return SectionCommand(model.family, params=params, callback=callback, **attributes)
