"""pyrnn compare: the same text for several cells, at equal size and in equal time."""

from __future__ import annotations

from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pyrnn.cli.inputs import INTERRUPTED, NameList, check_output, errors_in_words
from pyrnn.cli.sections import SectionCommand, SectionOption
from pyrnn.cli.settings import END, model_and_training_options, settings_of
from pyrnn.cli.settings_file import (
    errors_name_the_place,
    settings_file_options,
    write_settings,
)
from pyrnn.cli.sources import Sources
from pyrnn.cli.texts import Texts, check_held_out, file_option, text_options, tokenizer_of
from pyrnn.kernels.stack import CELLS

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from pyrnn.comparison import Contest, Report
    from pyrnn.models import LanguageModelConfig
    from pyrnn.training import TrainingOptions

SHORT = {"characters": "chars"}  # units in a narrow column
REPORT, PICTURE = "comparison.json", "comparison.png"
MINUTES = 1.0  # for each cell, where no limit is given
WIDE = 120  # columns; a terminal that has fewer folds lines, where rich would cut numbers off


@click.command(
    cls=SectionCommand,
    short_help="RNN, LSTM and GRU side by side on a text of yours.",
    notes={END: f"for each cell; {MINUTES:g} minute if none is given"},
)
@file_option(
    "--output",
    "-o",
    default="pyrnn-comparison",
    show_default=True,
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder for results and picture.",
)
@text_options
@file_option("--overwrite", is_flag=True, in_file=False, help="Replace the results in --output.")
@click.option(
    "--cells",
    cls=SectionOption,
    section="Comparison",
    type=NameList(CELLS),
    default="rnn_tanh,lstm,gru",
    show_default=True,
    metavar="NAMES",
    help=f"Which to compare, of {', '.join(CELLS)}.",
)
@model_and_training_options
@settings_file_options
@click.pass_context
def compare(
    context: click.Context,
    /,
    cells: tuple[str, ...],
    overwrite: bool,
    write_config: str | None,
    **values: Any,
) -> None:
    """Train the same language model with several cells on TEXT, and compare them.

    \b
    A minute for each of RNN, LSTM and GRU:
      pyrnn compare book.txt
    As many weights as 512 GRU units have, ten minutes each, in a picture, too:
      pyrnn compare book.txt -o contest --cell gru --hidden 512 --minutes 10
    Other cells, with the settings of a file:
      pyrnn compare book.txt --config book.toml --cells gru,gru_reset_before

    --cell and --hidden say how large the models are: each cell gets the hidden size that brings
    it nearest to that many weights. All else is the same: texts, batches, settings. They are
    trained in turns of two seconds, so that whatever else the machine does meets all alike; the
    time of each counts in its turns alone. Ctrl-C ends it with what is there.

    The table has each cell's validation loss after as many steps, and after as much time; the
    folder then holds all curves (comparison.json) and, with matplotlib, their picture.
    """
    folder: Path = values["output"]
    with errors_in_words():
        with errors_name_the_place(context):
            config, options = _settings(values)
        texts = Texts.of(context, values)
        if write_config is not None:
            every = {**asdict(config), **asdict(options), **texts._asdict(), "output": folder}
            write_settings(
                write_config, context.command, {**every, "cells": cells}, overwrite=overwrite
            )
            return
        if check_output(folder, own=(REPORT, PICTURE), mark=REPORT) and not overwrite:
            raise click.ClickException(
                f"{folder}: holds a comparison; --overwrite replaces it, --output names another "
                "folder"
            )
        report = _compare(texts, config, options, cells, folder)
    if report.interrupted:
        context.exit(INTERRUPTED)


# It is a setting of a run, and a run's settings file may be given here; but nothing is kept to go
# on from.
for option in compare.params:
    if isinstance(option, click.Option) and option.name == "checkpoint_every":
        option.hidden = True


def _settings(values: dict[str, Any]) -> tuple[LanguageModelConfig, TrainingOptions]:
    """The reference's settings, and those of every run."""
    from pyrnn.models import LanguageModelConfig
    from pyrnn.training import TrainingOptions

    config = settings_of(LanguageModelConfig, values)
    options = settings_of(TrainingOptions, values)
    if options.epochs is None and options.max_steps is None and options.max_minutes is None:
        options = replace(options, max_minutes=MINUTES)
    return config, options


def _compare(
    texts: Texts,
    config: LanguageModelConfig,
    options: TrainingOptions,
    cells: tuple[str, ...],
    folder: Path,
) -> Report:
    """Train, and say and keep what comes out."""
    from rich.console import Console

    from pyrnn.comparison import Contest, Report, of_equal_size
    from pyrnn.comparison.display import watch

    parts = texts.parts(config.unit)
    console = Console(highlight=False)
    with texts.named_in_errors():
        if not parts.valid:
            raise click.UsageError("expected a validation text, by which the cells are compared; "
                                   "--split leaves none, --valid names one")  # fmt: skip
        tokenizer = tokenizer_of(parts, config)
        check_held_out(tokenizer, parts)
        configs = {
            cell: of_equal_size(replace(config, cell=cell), config, tokenizer) for cell in cells
        }
        contest = Contest(tokenizer, configs, parts, options)
        _introduce(contest)
        with contest.interruption:
            for _ in watch(contest):
                pass
        about = {name: source._asdict() for name, source in Sources.of(texts).texts.items()}
        report = Report.of(contest, parts.test, {"texts": about, "split": texts.split})
    _show(console, report, config.unit, options)
    folder.mkdir(parents=True, exist_ok=True)
    report.save(folder / REPORT)
    _draw(console, report, folder, config.unit)
    return report


def _introduce(contest: Contest) -> None:
    sizes = [
        f"{c.name} {c.model.config.hidden_size} units, {c.parameters:,} weights"
        for c in contest.contestants
    ]
    click.echo("; ".join(sizes) + ". Ctrl-C ends the training early.", err=True)


def _show(console: Console, report: Report, unit: str, options: TrainingOptions) -> None:
    console.width = max(console.width, WIDE)
    console.print(_table(report, unit, options))
    console.print(
        "Losses are nats a token on the validation text, the lowest until then; grad. is the "
        "gradient's norm before clipping, the median.",
        soft_wrap=True,
    )
    for standing in report.standings:
        if standing.reason in ("diverged", "interrupted"):
            console.print(
                f"{standing.name}: {standing.reason} after {standing.steps:,} steps",
                soft_wrap=True,
            )


def _table(report: Report, unit: str, options: TrainingOptions) -> Table:
    """One row for each cell, the best one in bold."""
    import math

    from rich.table import Table

    step, minutes = report.common_step, options.max_minutes
    table = Table(box=None, pad_edge=False, collapse_padding=True)
    table.add_column("cell")
    heads = ["units", "weights", f"{SHORT.get(unit, unit)}/s", "steps", "grad."]
    heads.append("" if step is None else f"loss at\nstep {step:,}")
    heads.append("loss at\nthe end" if minutes is None else f"loss in\n{minutes:g} min")
    heads.append("perplexity" if unit == "words" else "bits/\nchar")
    heads += ["test"] if any(s.test is not None for s in report.standings) else []
    for head in heads:
        table.add_column(head, justify="right")
    for s in report.standings:
        best = s.best
        measure = None if best is None else (
            math.exp(best) if unit == "words" else report.bits_per_character(best)
        )  # fmt: skip
        cells = [f"{s.hidden:,}", f"{s.parameters:,}", _number(s.tokens_per_second, ",.0f")]
        cells += [f"{s.steps:,}", _number(s.gradient_norm, ".3g"), _number(s.equal_steps, ".4f")]
        cells += [_number(best, ".4f"), _number(measure, ",.2f" if unit == "words" else ".3f")]
        cells += [_number(s.test, ".4f")] if len(heads) > len(cells) else []
        table.add_row(s.name, *cells, style="bold" if s.name == report.winner else None)
    return table


def _number(value: float | None, form: str) -> str:
    return "-" if value is None else format(value, form)


def _draw(console: Console, report: Report, folder: Path, unit: str) -> None:
    from pyrnn.comparison.picture import draw
    from pyrnn.plots import MissingMatplotlibError

    try:
        draw(report, unit).savefig(folder / PICTURE)
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
