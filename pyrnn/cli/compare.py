"""pyrnn compare: the same data for several cells, at equal size and in equal time."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pyrnn.cli.families import FILES, FamilyGroup, family_command
from pyrnn.cli.inputs import check_output, errors_in_words
from pyrnn.cli.options import SettingOption, settings_of
from pyrnn.cli.run import FromFiles
from pyrnn.cli.settings_file import errors_name_the_place, write_settings
from pyrnn.models import families
from pyrnn.models.model import Model
from pyrnn.settings import Choice, FilePath, Kind, Setting
from pyrnn.training.options import END

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from pyrnn.comparison import Report

SHORT = {"characters": "chars"}  # units in a narrow column
REPORT, PICTURE = "comparison.json", "comparison.png"
MINUTES = 1.0  # for each cell, where no limit is given
WIDE = 120  # columns; a terminal that has fewer folds lines, where rich would cut numbers off
CELLS = ("rnn_tanh", "lstm", "gru")


@dataclass(frozen=True)
class Names(Kind):
    """Some of the names of a choice, each once; on a command line with commas between."""

    choice: Choice
    metavar: str = "NAMES"

    @property
    def words(self) -> str:
        """What is expected."""
        return f"names among {', '.join(self.choice.names)}, each once"

    def read(self, value: Any) -> tuple[str, ...]:
        """The names, as a tuple."""
        if isinstance(value, str) or not isinstance(value, Iterable):
            raise TypeError
        names = tuple(self.choice.read(name) for name in value)
        if not names or len(set(names)) < len(names):
            raise ValueError
        return names

    def parse(self, text: str) -> list[str]:
        """The names between commas."""
        return [name.strip() for name in text.split(",")]

    def plain(self, value: Any) -> list[str]:
        """The names, as a list."""
        return list(value)


def compare_command(model: type[Model]) -> click.Command:
    """pyrnn compare FAMILY. Raises click.UsageError for a family that has no cells to choose."""
    known, name = model.Config.declared(), model.family
    if not {"cell", "hidden_size"} <= set(known):
        raise click.UsageError(f"{name}: expected a family with --cell and --hidden-size")
    choice = known["cell"].kind
    assert isinstance(choice, Choice)
    output = Setting(FilePath("FOLDER"), "Folder for results and picture.", section=FILES,
                     short=("o",))  # fmt: skip
    which = f"Which to compare, of {', '.join(choice.names)}."
    command = family_command(
        model,
        _compare,
        output=SettingOption("output", output, "pyrnn-comparison"),
        extra=[SettingOption("cells", Setting(Names(choice), which, section="Comparison"),
                             ",".join(CELLS))],
        overwrite="Replace the results in --output.",
        short_help=f"Cells of a {model.title}.",
        notes={END: f"for each cell; {MINUTES:g} minute if none is given"},
        help=f"""Train the same {model.title} with several cells on DATA, and compare them.

        \b
        A minute for each of RNN, LSTM and GRU:
          pyrnn compare {name} DATA
        As many weights as 512 GRU units have, ten minutes each:
          pyrnn compare {name} DATA --cell gru --hidden-size 512 --max-minutes 10
        Other cells, with the settings of a file:
          pyrnn compare {name} DATA --config model.toml --cells gru,gru_reset_before

        --cell and --hidden-size say how large the models are: each cell gets the hidden size that
        brings it nearest to that many weights. All else is the same: data, batches, settings. They
        are trained in turns of two seconds, so that whatever else the machine does meets all alike;
        the time of each counts in its turns alone. Ctrl-C ends it with what is there.

        The table has each cell's validation loss after as many steps, and its best validation; the
        folder then holds all curves (comparison.json) and, with matplotlib, their picture.
        """,
    )  # fmt: skip
    # They are settings of a run, and a run's settings file may be given here; but nothing is kept
    # to go on from.
    for option in command.params:
        if isinstance(option, click.Option) and str(option.name).startswith("checkpoint_"):
            option.hidden = True
    return command


def _compare(
    model: type[Model],
    context: click.Context,
    /,
    cells: tuple[str, ...],
    overwrite: bool,
    write_config: str | None,
    **values: Any,
) -> None:
    folder = Path(values["output"])
    with errors_in_words():
        with errors_name_the_place(context):
            reference = model(settings_of(model.Config, values))
            reference.columns = settings_of(model.Columns, values)
            options = settings_of(model.Options, values)
        if write_config is not None:
            every = {**values, "cells": cells}
            write_settings(write_config, context.command, every, overwrite=overwrite)
            return
        if options.epochs is None and options.max_steps is None and options.max_minutes is None:
            options = replace(options, max_minutes=MINUTES)
        if check_output(folder, own=(REPORT, PICTURE), mark=REPORT) and not overwrite:
            raise click.ClickException(
                f"{folder}: holds a comparison; --overwrite replaces it, --output names another "
                "folder"
            )
        files = FromFiles.named(reference, reference.columns, values)
        status = _train(reference, options, cells, files, folder)
    context.exit(status)


def _train(
    reference: Model, options: Any, cells: tuple[str, ...], files: FromFiles, folder: Path
) -> int:
    """Train, say and keep what comes out; returns the exit status."""
    from rich.console import Console

    from pyrnn.comparison import Comparison, Report, of_equal_size
    from pyrnn.comparison.display import watch

    if not files.valid:
        raise click.UsageError(
            "--valid: expected validation data, by which the cells are compared; got none"
        )
    console = Console(highlight=False)
    reference.training(*files.data, valid=files.valid, options=options)  # which builds it
    models = {}
    for cell in cells:
        models[cell] = type(reference)(of_equal_size(reference, cell))
        models[cell].columns = reference.columns
    comparison = Comparison(models, files.data, files.valid, options)
    _introduce(comparison)
    with comparison.interruption:
        for _ in watch(comparison):
            pass
    report = Report.of(comparison, files.test, {"sources": files.sources.to_json()})
    _show(console, report)
    folder.mkdir(parents=True, exist_ok=True)
    report.save(folder / REPORT)
    _draw(console, report, folder)
    return 128 + int(comparison.signal or 0) if report.interrupted else 0


def _introduce(comparison: Any) -> None:
    sizes = [
        f"{c.name} {c.model.config.hidden_size} units, {c.model.num_parameters():,} weights"
        for c in comparison.candidates
    ]
    click.echo("; ".join(sizes) + ". Ctrl-C ends the training early.", err=True)


def _show(console: Console, report: Report) -> None:
    console.width = max(console.width, WIDE)
    console.print(_table(report))
    console.print(
        f"The loss is that of the validation data, the lowest until then, a mean over "
        f"the {report.unit}; grad. is the gradient's norm before clipping, the median.",
        soft_wrap=True,
    )
    for result in report.results:
        if result.reason in ("diverged", "interrupted"):
            console.print(
                f"{result.name}: {result.reason} after {result.steps:,} steps", soft_wrap=True
            )


def _table(report: Report) -> Table:
    """One row for each cell, the best one in bold."""
    from rich.table import Table

    monitor, step = report.monitor.name, report.common_step
    minutes = report.settings["options"]["max_minutes"]
    table = Table(box=None, pad_edge=False, collapse_padding=True)
    table.add_column("cell")
    heads = ["units", "weights", f"{SHORT.get(report.unit, report.unit)}/s", "steps", "grad."]
    heads.append("" if step is None else f"loss at\nstep {step:,}")
    heads.append(f"best\n{monitor}" if minutes is None else f"{monitor}\nin {minutes:g} min")
    tests = [result.test for result in report.results if result.test]
    tested = None
    if tests:  # of a loss with weights of its own a test may know nothing
        tested = monitor if monitor in tests[0] else next(iter(tests[0]))
    for head in heads + ([f"test\n{tested}"] if tested else []):
        table.add_column(head, justify="right")
    for r in report.results:
        cells = [f"{r.hidden:,}", f"{r.parameters:,}", _number(r.items_per_second, ",.0f")]
        cells += [f"{r.steps:,}", _number(r.gradient_norm, ".3g"), _number(r.equal_steps, ".4f")]
        cells += [_number(r.best, ".4f")]
        cells += [_number(r.test[tested] if r.test else None, ".4f")] if tested else []
        table.add_row(r.name, *cells, style="bold" if r.name == report.winner else None)
    return table


def _number(value: float | None, form: str) -> str:
    return "-" if value is None else format(value, form)


def _draw(console: Console, report: Report, folder: Path) -> None:
    from pyrnn.comparison.picture import draw
    from pyrnn.plots import MissingMatplotlibError

    try:
        draw(report).savefig(folder / PICTURE)
    except MissingMatplotlibError as error:
        (folder / PICTURE).unlink(missing_ok=True)  # of an earlier comparison
        console.print(f"No picture: {error}", soft_wrap=True, markup=False)
        console.print(f"All numbers are in {folder / REPORT}", soft_wrap=True, markup=False)
    else:
        console.print(
            f"All numbers are in {folder / REPORT}, their picture is {folder / PICTURE}",
            soft_wrap=True,
            markup=False,
        )


compare = FamilyGroup(
    "compare",
    make=compare_command,
    default=next(iter(families.FAMILIES)),
    no_args_is_help=True,
    short_help="RNN, LSTM and GRU side by side on data of yours.",
    help="""Train the same model with several cells, and compare them.

    \b
    A minute for each of RNN, LSTM and GRU; all settings: pyrnn compare lm --help
      pyrnn compare book.txt
    The same of another family:
      pyrnn compare classify reviews.csv --text review --label sentiment
    """,
)
