"""pyrnn demo: a language model of Python's documentation, from nothing, in about a minute."""

from __future__ import annotations

import textwrap
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pyrnn.cli.inputs import check_output, errors_in_words

if TYPE_CHECKING:
    from rich.console import Console

    from pyrnn.demo import Experiment, Report
    from pyrnn.models import RunResult

WIDTH = 78  # of a sample's lines


@click.command(short_help="A first look: a model of Python's documentation, in a minute.")
@click.option(
    "--seconds",
    default=60.0,
    show_default=True,
    metavar="X",
    type=click.FloatRange(min=0, min_open=True),
    help="Seconds of training.",
)
@click.option(
    "--output",
    "-o",
    default="pyrnn-demo",
    show_default=True,
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder for the model and the pictures.",
)
@click.option(
    "--seed",
    default=0,
    show_default=True,
    type=click.IntRange(min=0),
    metavar="N",
    help="Random seed.",
)
def demo(seconds: float, output: Path, seed: int) -> None:
    """Train a character LSTM on Python's own documentation, and let it write.

    \b
    pyrnn demo
    pyrnn demo --seconds 300 --output longer-demo

    Needs no file and no network: the text is the language reference that every Python
    carries. Reports the loss on held-out paragraphs beside two baselines, writes samples at
    three temperatures, and keeps the model in a folder, ready for

    \b
    pyrnn generate pyrnn-demo --prompt "The class"

    With matplotlib it also draws the losses, and how far back in time gradients reach.
    """
    from rich.console import Console

    from pyrnn.demo.experiment import REPORT, Experiment

    console = Console(highlight=False)
    with errors_in_words():
        check_output(output, _own_files(), REPORT)
        experiment = Experiment(seconds, seed)
        _introduce(console, experiment)
        result = experiment.train(output, progress=True)
        report = experiment.report(result)
        report.save(output)
        _show(console, report)
        _draw(console, output, experiment, result, report)
    console.print(f"The model is in {output}. Let it write more:", soft_wrap=True)
    console.print(f'  pyrnn generate {output} --prompt "The class"', soft_wrap=True, markup=False)


def _own_files() -> tuple[str, ...]:
    from pyrnn.demo.experiment import REPORT
    from pyrnn.demo.pictures import GRADIENTS, LOSSES
    from pyrnn.files.model_folder import MODEL_FILES
    from pyrnn.training import RUN_FILES

    return (*RUN_FILES, *MODEL_FILES, REPORT, LOSSES, GRADIENTS)


def _introduce(console: Console, experiment: Experiment) -> None:
    config, corpus = experiment.model.config, experiment.corpus
    weights = sum(parameter.size for parameter in experiment.model.network.parameters())
    console.print(
        f"Python's language reference: {len(corpus.train):,} characters to train on, "
        f"{len(corpus.validation):,} held out.\n"
        f"LSTM with {config.hidden_size} units, {weights:,} weights. Ctrl-C ends the training "
        "early.\n",
        soft_wrap=True,
    )


def _show(console: Console, report: Report) -> None:
    from rich.table import Table

    table = Table(box=None)
    table.add_column("model")
    table.add_column("nats", justify="right")
    table.add_column("bits", justify="right")
    for name, nats, bits in report.rows():
        table.add_row(name, f"{nats:.3f}", f"{bits:.3f}")
    console.print("\nLoss on the held-out text, per character:")
    console.print(table)
    for temperature, text in report.samples.items():
        console.print(f"\nIt writes, at temperature {temperature}:")
        for paragraph in text.split("\n"):
            wrapped = textwrap.fill(paragraph, WIDTH, initial_indent="  ", subsequent_indent="  ")
            console.print(wrapped, markup=False, soft_wrap=True)
    console.print()


def _draw(
    console: Console, output: Path, experiment: Experiment, result: RunResult, report: Report
) -> None:
    from pyrnn.demo import pictures
    from pyrnn.plots import MissingMatplotlibError

    try:
        drawn = pictures.draw(
            output, result, report.baselines, experiment.model, experiment.corpus.validation
        )
    except MissingMatplotlibError as error:
        console.print(f"No pictures: {error}", soft_wrap=True, markup=False)
    else:
        paths = " and ".join(str(path) for path in drawn)
        console.print(f"Pictures: {paths}", soft_wrap=True, markup=False)
