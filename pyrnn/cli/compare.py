"""pyrnn compare: the same data for several cells, at equal size and in equal time; or for several
encoders, each as large as it is."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from pyrnn.cli.comparison_table import PICTURE, REPORT, draw_picture, show
from pyrnn.cli.families import FamilyGroup, family_command
from pyrnn.cli.inputs import FILES, check_output, errors_in_words
from pyrnn.cli.options import SettingOption, chosen, flag, settings_of
from pyrnn.cli.run import FromFiles
from pyrnn.cli.settings_file import errors_name_the_place, write_settings
from pyrnn.comparison import Comparison, Report, of_encoder, of_equal_size
from pyrnn.comparison.encoders import hidden_size, useless
from pyrnn.models import families
from pyrnn.models.model import Model
from pyrnn.settings import Choice, FilePath, Names, Setting
from pyrnn.training.options import END

MINUTES = 1.0  # for each model, where no limit is given
CELLS = ("rnn_tanh", "lstm", "gru")


@dataclass(frozen=True)
class Chosen(Names):
    """Some of the names of a choice, each once; on a command line with commas between."""

    choice: Choice = field(kw_only=True)
    metavar: str = "NAMES"

    @property
    def words(self) -> str:  # type: ignore[override]
        """What is expected."""
        return f"names among {', '.join(self.choice.names)}, each once"

    def read(self, value: Any) -> tuple[str, ...]:
        """The names, as a tuple."""
        names = tuple(self.choice.read(name) for name in super().read(value))
        if len(set(names)) < len(names):  # by another name, perhaps
            raise ValueError
        return names


HELP = """Train the same {title} with several cells on DATA, and compare them.

\b
A minute for each of RNN, LSTM and GRU:
  pyrnn compare {name} DATA
As many weights as 512 GRU units have, for ten minutes each:
  pyrnn compare {name} DATA --cell gru --hidden-size 512 --max-minutes 10
Other cells, with settings from a file:
  pyrnn compare {name} DATA --config a.toml --cells gru,gru_reset_before

--cell and --hidden-size say how large the models are: each cell gets the hidden size that brings it
nearest to that many weights. All else is the same: data, batches, settings. They are trained in
turns of two seconds, so that whatever else the machine does meets all alike; the time of each
counts in its turns alone. Ctrl-C ends it with what is there.

The table has each model's validation loss after as many steps, and its best validation; the folder
then holds all curves (comparison.json) and, with matplotlib, their picture.
"""
HELP_ON_ENCODERS = """
\b
What recurrence is good for, by comparison with models that have none:
  pyrnn compare {name} DATA --encoders recurrent,conv,window,bag

Encoders are not made equally large; the table has the weights of each. A setting goes to those that
have it: --hidden-size 64 --ngrams 2 --encoders recurrent,bag.
"""


def compare_command(model: type[Model]) -> click.Command:
    """pyrnn compare FAMILY. Raises click.UsageError for a family that has no cells to choose."""
    known, name = model.Config.declared(), model.family
    if not {"cell", "hidden_size"} <= set(known):
        raise click.UsageError(f"{name}: expected a family with --cell and --hidden-size")
    output = Setting(FilePath("FOLDER"), "Folder for the results and the picture.", section=FILES,
                     short=("o",))  # fmt: skip
    extra, words, what = [_several("cells", known["cell"], ",".join(CELLS))], HELP, "cells"
    if "encoder" in known:
        extra.append(_several("encoders", known["encoder"]))
        words, what = f"{HELP}\n{HELP_ON_ENCODERS}", "cells or encoders"
    command = family_command(
        model,
        _compare,
        output=SettingOption("output", output, "pyrnn-comparison"),
        extra=extra,
        overwrite="Replace the results in --output.",
        short_help=f"Compare {what} of a {model.title}.",
        notes={END: f"for each model; {MINUTES:g} minute if none is given"},
        help=words.format(title=model.title, name=name),
    )
    # They are settings of a run, and a run's settings file may be given here; but nothing is kept
    # to go on from.
    for option in command.params:
        if isinstance(option, click.Option) and str(option.name).startswith("checkpoint_"):
            option.hidden = True
    return command


def _several(name: str, setting: Setting, default: str | None = None) -> SettingOption:
    """The option for some of the names of a choice."""
    assert isinstance(setting.kind, Choice)
    words = f"Which {name} to compare, among {', '.join(setting.kind.names)}."
    return SettingOption(
        name, Setting(Chosen(choice=setting.kind), words, section="Comparison"), default
    )


def _compare(
    model: type[Model],
    context: click.Context,
    /,
    cells: tuple[str, ...],
    overwrite: bool,
    write_config: str | None,
    encoders: tuple[str, ...] | None = None,
    **values: Any,
) -> None:
    folder = Path(values["output"])
    with errors_in_words():
        if encoders is not None:
            _check_encoders(context, encoders)
        with errors_name_the_place(context):
            given = chosen(model.Config, values, context)
            configs = {name: of_encoder(model.Config, given, name) for name in encoders or ()}
            models = {name: model(config) for name, config in configs.items()}
            reference = None if models else model(model.Config(**given))
            columns = settings_of(model.Columns, values, context)
            options = settings_of(model.Options, values, context)
        if write_config is not None:
            every = {**values, "cells": None if encoders else cells, "encoders": encoders}
            write_settings(write_config, context.command, every, overwrite=overwrite)
            return
        if options.epochs is None and options.max_steps is None and options.max_minutes is None:
            options = replace(options, max_minutes=MINUTES)
        if check_output(folder, own=(REPORT, PICTURE), mark=REPORT) and not overwrite:
            raise click.ClickException(
                f"{folder}: holds a comparison; --overwrite replaces it, --output names another "
                "folder"
            )
        files = FromFiles.named(reference or next(iter(models.values())), columns, values)
        if not files.valid:
            raise click.UsageError(
                "--valid: expected validation data, by which they are compared; got none"
            )
        if reference is not None:
            models = _of_cells(reference, cells, files, options)
        for each in models.values():
            each.columns = type(columns).from_json(files.sources.columns or {})
        comparison = Comparison(models, files.data, files.valid, options)
        status = _train(comparison, files, folder, "cell" if reference else "encoder")
    context.exit(status)


def _check_encoders(context: click.Context, encoders: Collection[str]) -> None:
    """Raise click.UsageError for settings that say nothing of any of them."""
    for name in ("cells", "encoder", *useless(encoders)):
        if context.get_parameter_source(name) is ParameterSource.COMMANDLINE:  # a file has all
            names = ", ".join(encoders)
            raise click.UsageError(f"{flag(name)}: expected none beside --encoders {names}")


def _of_cells(
    reference: Model, cells: tuple[str, ...], files: FromFiles, options: Any
) -> dict[str, Model]:
    """A model for each cell, all about as large as the reference."""
    reference.training(*files.data, valid=files.valid, options=options)  # which builds it
    return {cell: type(reference)(of_equal_size(reference, cell)) for cell in cells}


def _train(comparison: Comparison, files: FromFiles, folder: Path, compared: str) -> int:
    """Train, say and keep what comes out; returns the exit status."""
    from rich.console import Console

    from pyrnn.comparison.display import watch

    console = Console(highlight=False)
    _introduce(comparison)
    with comparison.interruption:
        for _ in watch(comparison):
            pass
    report = Report.of(comparison, files.test, {"sources": files.sources.to_json()})
    show(console, report, compared)
    folder.mkdir(parents=True, exist_ok=True)
    report.save(folder / REPORT)
    draw_picture(console, report, folder)
    return 128 + int(comparison.signal or 0) if report.interrupted else 0


def _introduce(comparison: Comparison) -> None:
    sizes = []
    for each in comparison.candidates:
        units = hidden_size(each.model.config)
        words = "" if units is None else f" {units} units,"
        sizes.append(f"{each.name}{words} {each.model.num_parameters():,} weights")
    click.echo("; ".join(sizes) + ". Ctrl-C ends the training early.", err=True)


compare = FamilyGroup(
    "compare",
    make=compare_command,
    default=next(iter(families.FAMILIES)),
    no_args_is_help=True,
    short_help="Compare cells or encoders on your data.",
    help="""Train the same model with several cells, or encoders, and compare them.

    \b
    A minute for each of RNN, LSTM and GRU; all settings: pyrnn compare lm --help
      pyrnn compare book.txt
    The same of another family:
      pyrnn compare classify reviews.csv --text review --label sentiment
    With recurrence and without:
      pyrnn compare classify reviews.csv --encoders recurrent,conv,window,bag
    """,
)
