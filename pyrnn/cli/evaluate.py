"""pyrnn evaluate: how well a model does on data whose answers are known."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pyrnn.cli.inputs import (
    DataFile,
    ModelCommand,
    ModelFolder,
    encoding_option,
    errors_in_words,
    printable,
)
from pyrnn.cli.options import changed

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from pyrnn.files.content import Content
    from pyrnn.models.model import Model
    from pyrnn.models.report import Report

WHOLE = 10_000  # columns: a pipe gets whole lines, whatever the width that rich assumes for it


@click.command(cls=ModelCommand, short_help="How well a model does on labelled data.")
@click.argument("model", type=ModelFolder())
@click.argument("file", type=DataFile())
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="Tables, or one JSON object.",
)
@click.option(
    "--plot",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="A picture of the confusion matrix, as confusion.png.",
)
@click.option("--overwrite", is_flag=True, help="Replace the picture if it is there.")
@click.option(
    "--mistakes",
    type=click.IntRange(min=1),
    metavar="N",
    help="Show N inputs that it got wrong, the worst first.",
)
@encoding_option
@click.pass_context
def evaluate(
    context: click.Context,
    /,
    model: Model,
    file: Content,
    form: str,
    plot: Path | None,
    overwrite: bool,
    mistakes: int | None,
    encoding: str,
    **values: Any,
) -> None:
    """Measure MODEL, the folder of a trained model or a checkpoint file, on FILE, which holds
    the right answers as the training data did (- reads standard input).

    \b
    pyrnn evaluate model test.csv
    pyrnn evaluate model test.csv --mistakes 20 --plot confusion.png
    pyrnn evaluate model test.csv --format json

    For a model with classes, the confusion matrix says how many inputs of each class (rows)
    the model took for which (columns).
    """
    with errors_in_words():
        if plot is not None and plot.exists() and not overwrite:
            raise click.ClickException(f"{plot}: is there already; --overwrite replaces it")
        columns = changed(model.columns, context, values)
        data = model.read_file(file.in_encoding(encoding), columns)
        report = model.report(*data)
        if report.confusion is None and (plot or mistakes):
            flag = "--plot" if plot else "--mistakes"
            raise click.UsageError(f"{flag}: expected a model with classes; got a {model.title}")
        if form == "json":
            click.echo(json.dumps(to_json(report, mistakes or 0), indent=1, ensure_ascii=False))
        else:
            _show(report, mistakes or 0)
        if plot is not None:
            _draw(report, plot)


def to_json(report: Report, mistakes: int) -> dict[str, Any]:
    """The metrics by name; where there are classes, the confusion matrix and some mistakes."""
    content: dict[str, Any] = {
        name: value if math.isfinite(value) else None for name, value in report.metrics.items()
    }
    if report.confusion is not None:
        content["labels"] = list(report.labels or ())
        content["confusion"] = report.confusion.tolist()
    if mistakes:
        content["mistakes"] = [each._asdict() for each in report.mistakes[:mistakes]]
    return content


def _show(report: Report, mistakes: int) -> None:
    from rich.console import Console

    console = Console(highlight=False, markup=False)
    if not console.is_terminal:
        console.width = WHOLE
    console.print(_metrics(report))
    if report.confusion is not None:
        console.print()
        table, room = _confusion(report, console), console.width
        # a row that is too long goes on in the next line, rather than lose its digits
        console.width = max(room, _width(table, console))
        console.print(table)
        console.width = room
    if mistakes:
        console.print()
        console.print(_mistakes(report, mistakes))


def _metrics(report: Report) -> Table:
    table = _table(header=False)
    table.add_column()
    table.add_column(justify="right")
    for name, value in report.metrics.items():
        table.add_row(name, f"{value:.4f}")
    return table


def _confusion(report: Report, console: Console) -> Table:
    """Rows of what is right, columns of what the model said.

    Where a console has no room for the names of the columns, they have numbers, as the rows then do
    before their names.
    """
    labels = [printable(str(label)) for label in report.labels or ()]
    table = _matrix(labels, labels, report.confusion)
    if _width(table, console) <= console.width:
        return table
    numbers = [str(number) for number, _ in enumerate(labels, 1)]
    named = [f"{number:>{len(numbers[-1])}} {label}" for number, label in enumerate(labels, 1)]
    return _matrix(named, numbers, report.confusion)


def _matrix(rows: list[str], columns: list[str], confusion: Any) -> Table:
    table = _table()
    table.add_column("right \\ predicted")
    for name in columns:
        table.add_column(name, justify="right")
    for name, counts in zip(rows, confusion, strict=True):
        table.add_row(name, *(f"{count:,}" for count in counts))
    return table


def _width(table: Table, console: Console) -> int:
    """The columns of a console that a table takes if nothing in it is broken."""
    from rich.measure import Measurement

    return Measurement.get(console, console.options.update_width(WHOLE), table).maximum


def _mistakes(report: Report, most: int) -> Table:
    """Which input it is, what is right, what the model said, each with its probability."""
    table = _table()
    for head in ("input", "right", "p", "predicted", "p", "text"):
        table.add_column(head, justify="right" if head in ("input", "p") else "left")
    for each in report.mistakes[:most]:
        table.add_row(
            str(each.number + 1),
            printable(str(each.truth)),
            f"{each.probability_of_truth:.3f}",
            printable(str(each.prediction)),
            f"{each.probability:.3f}",
            printable(each.input),
        )
    return table


def _table(*, header: bool = True) -> Table:
    from rich.table import Table

    return Table(box=None, pad_edge=False, show_header=header)


def _draw(report: Report, path: Path) -> None:
    from pyrnn.plots import plot_confusion

    assert report.confusion is not None
    axes = plot_confusion(report.confusion, list(map(str, report.labels or ())))
    figure: Any = axes.figure
    figure.savefig(path)
    click.echo(f"The confusion matrix is in {path}", err=True)
