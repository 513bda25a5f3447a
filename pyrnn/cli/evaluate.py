"""pyrnn evaluate: how well a model does on data whose answers are known."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from pyrnn.cli.inputs import (
    DataFile,
    ModelCommand,
    ModelFolder,
    decoding_of,
    encoding_option,
    errors_in_words,
    printable,
    read_named,
)
from pyrnn.cli.options import changed

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from pyrnn.files.content import Content
    from pyrnn.models.model import Model
    from pyrnn.models.report import Mistake, Report
    from pyrnn.models.report import Table as ReportTable

BEGINS, ENDS = 40, 17  # characters of a name that is too long for a table
WHOLE = 10_000  # columns: a pipe gets whole lines, whatever the width that rich assumes for it


@click.command(
    cls=ModelCommand,
    parallel=True,
    predicts=True,
    short_help="How well a model does on labelled data.",
)
@click.argument("model", type=ModelFolder())
@click.argument("file", type=DataFile(), required=False, metavar="FILE")
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="Print tables, or one JSON object.",
)
@click.option(
    "--plot",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Draw the confusion matrix, predicted against true numbers, or some forecasts, e.g. to "
    "matrix.png.",
)
@click.option("--overwrite", is_flag=True, help="Replace the picture if it exists.")
@click.option(
    "--mistakes",
    type=click.IntRange(min=1),
    metavar="N",
    help="Show the N worst mistakes: wrong labels, or numbers far off.",
)
@encoding_option
@click.pass_context
def evaluate(
    context: click.Context,
    /,
    model: Model,
    file: Content | None,
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

    Where a folder or an archive has parts for training and tests, FILE stands for its part test.

    For a model with classes, the confusion matrix says how many inputs of each class (rows)
    the model took for which (columns). With several labels or numbers per input, a table has a
    row for each.
    """
    with errors_in_words():
        if plot is not None:
            _check_picture(plot, overwrite)
        columns = changed(model.columns, context, values)
        data = model.read_file(
            _labelled(context, model, {**values, "data": file}, encoding), columns
        )
        report = model.report(*data, **decoding_of(model, values, context))
        named = Named(getattr(columns, "name_column", ""), getattr(data[0], "names", None))
        _check_flags(report, model.title, plot, mistakes)
        if plot is not None:  # first: who reads the report may stop in its midst
            _draw(report, plot)
        if form == "json":
            click.echo(
                json.dumps(to_json(report, mistakes or 0, named), indent=1, ensure_ascii=False)
            )
        else:
            _show(report, mistakes or 0, named)


def _labelled(
    context: click.Context, model: Model, values: Mapping[str, Any], encoding: str
) -> Any:
    """The file that the command line names, or the two. Raises click.UsageError for none."""
    parallel = read_named("data", values, encoding, parallel=model.parallel)
    if values["data"] is None and parallel is None:
        (argument,) = (param for param in context.command.params if param.name == "file")
        raise click.MissingParameter(ctx=context, param=argument)
    return parallel or values["data"].in_encoding(encoding)


class Named(NamedTuple):
    """What a file calls its inputs, as a long table's id; values: None where it calls them nothing.
    column: what names are called."""

    column: str = ""
    values: Sequence[Any] | None = None

    def of(self, number: int) -> str:
        """The name of an input, from 0."""
        return "" if self.values is None else str(self.values[number])


def _check_picture(path: Path, overwrite: bool) -> None:
    """What can be known of a picture before the work."""
    from pyrnn.plots import check_picture

    try:
        check_picture(path)
    except ValueError as error:
        raise click.UsageError(f"--plot: {error}") from error
    if not path.parent.is_dir():
        raise click.UsageError(f"--plot: {path.parent}: no such folder")
    if path.exists() and not overwrite:
        raise click.ClickException(f"{path}: is there already; --overwrite replaces it")


def _check_flags(report: Report, title: str, plot: Path | None, mistakes: int | None) -> None:
    """Whether a report has what was asked for."""
    drawn = any(each is not None for each in (report.confusion, report.truths, report.forecasts))
    for flag, wanted, there, what in (
        ("--plot", plot, drawn, "classes, numbers or forecasts to draw"),
        ("--mistakes", mistakes, report.mistakes is not None, "mistakes to list"),
    ):
        if wanted and not there:
            raise click.UsageError(f"{flag}: expected a model with {what}; got a {title}")


def to_json(report: Report, mistakes: int, named: Named) -> dict[str, Any]:
    """The metrics by name, and of a confusion matrix, a table and some mistakes what there is.

    What is not finite is null: JSON has no word for it.
    """
    content: dict[str, Any] = dict(report.metrics)
    if report.signatures is not None:
        content["signatures"] = dict(report.signatures)
    if report.confusion is not None:
        content["labels"] = list(report.labels or ())
        content["confusion"] = report.confusion.tolist()
    if report.signatures is not None:
        content["signatures"] = dict(report.signatures)
    for name, table in (("table", report.table), ("steps", report.steps)):
        if table is not None:
            content[name] = [dict(zip(table.columns, row, strict=True)) for row in table.rows]
    if mistakes:
        content["mistakes"] = [
            _of_mistake(each, named) for each in (report.mistakes or ())[:mistakes]
        ]
    return {name: _finite(value) for name, value in content.items()}


def _of_mistake(mistake: Mistake, named: Named) -> dict[str, Any]:
    known = {name: value for name, value in mistake._asdict().items() if not _undefined(value)}
    return known if named.values is None else {**known, "name": named.of(mistake.number)}


def _undefined(value: Any) -> bool:
    return isinstance(value, float) and math.isnan(value)


def _finite(value: Any) -> Any:
    """None in the place of each number in it that is not finite."""
    if isinstance(value, dict):
        return {name: _finite(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(each) for each in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _show(report: Report, mistakes: int, named: Named) -> None:
    from rich.console import Console

    console = Console(highlight=False, markup=False)
    if not console.is_terminal:
        console.width = WHOLE
    console.print(_metrics(report))
    for name, signature in (report.signatures or {}).items():
        console.print(f"{name}: {signature}", soft_wrap=True)
    if report.confusion is not None:
        _print_whole(_confusion(report, console), console)
    for table in (report.table, report.steps):
        if table is not None:
            _print_whole(_rows(table), console)
    if mistakes:
        console.print()
        console.print(_mistakes(report, mistakes, named) if report.mistakes else "no mistakes")


def _print_whole(table: Table, console: Console) -> None:
    """A row that is too long goes on in the next line, rather than lose its digits."""
    console.print()
    room = console.width
    console.width = max(room, _width(table, console))
    console.print(table)
    console.width = room


def _metrics(report: Report) -> Table:
    table = _table(header=False)
    table.add_column()
    table.add_column(justify="right")
    for name, value in report.metrics.items():
        table.add_row(name, _cell(value))
    return table


def _rows(given: ReportTable) -> Table:
    """A table of the report's own: names at the left, numbers at the right."""
    table = _table()
    for place, head in enumerate(given.columns):
        table.add_column(head, justify="right" if place else "left")
    for name, *cells in given.rows:
        table.add_row(in_short(name), *map(_cell, cells))
    return table


def in_short(name: Any) -> str:
    """A name in a table: the ends of one that is too long, by which others differ from it."""
    text = printable(str(name))
    return text if len(text) <= BEGINS + 3 + ENDS else f"{text[:BEGINS]}...{text[-ENDS:]}"


def _cell(value: Any) -> str:
    """Counts whole, other numbers with four decimals where those show something of them."""
    if not isinstance(value, float):
        return f"{value:,}" if isinstance(value, int) else printable(str(value))
    if math.isnan(value):
        return "undefined"
    return f"{value:.4f}" if value == 0 or 1e-3 <= abs(value) < 1e6 else f"{value:.4g}"


def _confusion(report: Report, console: Console) -> Table:
    """Rows of what is right, columns of what the model said.

    Where a console has no room for the names of the columns, they have numbers, as the rows then do
    before their names.
    """
    labels = [in_short(label) for label in report.labels or ()]
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


def _mistakes(report: Report, most: int, named: Named) -> Table:
    """Which input it is, what is right, what the model said, and what there is to say of both."""
    given = (report.mistakes or ())[:most]
    every = [
        ("input", [str(each.number + 1) for each in given]),
        (named.column, [printable(named.of(each.number)) for each in given]),
        ("right", [_said(each.truth) for each in given]),
        ("p", [_share(each.probability_of_truth) for each in given]),
        ("predicted", [_said(each.prediction) for each in given]),
        ("p", [_share(each.probability) for each in given]),
        ("error", ["" if _undefined(each.error) else _cell(each.error) for each in given]),
        ("in short", [printable(each.input) for each in given]),
    ]
    columns = [(head, cells) for head, cells in every if any(cells)]
    table = _table()
    for head, _ in columns:
        table.add_column(head, justify="right" if head in ("input", "p", "error") else "left")
    for row in zip(*(cells for _, cells in columns), strict=True):
        table.add_row(*row)
    return table


def _said(value: Any) -> str:
    """A label, or a number to seven digits; several with commas between."""
    several = value if isinstance(value, tuple) else (value,)
    return ", ".join(f"{one:.7g}" if isinstance(one, float) else in_short(one) for one in several)


def _share(probability: float) -> str:
    return "" if _undefined(probability) else f"{probability:.3f}"


def _table(*, header: bool = True) -> Table:
    from rich.table import Table

    return Table(box=None, pad_edge=False, show_header=header)


def _draw(report: Report, path: Path) -> None:
    from pyrnn.plots import plot_confusion, plot_forecasts, plot_predictions

    axes: Any
    if report.forecasts is not None:
        axes = plot_forecasts(report.forecasts)[0]
    elif report.confusion is not None:
        axes = plot_confusion(report.confusion, list(map(str, report.labels or ())))
    else:
        assert report.truths is not None
        assert report.predictions is not None
        axes = plot_predictions(report.truths, report.predictions, report.targets)[0]
    figure: Any = axes.figure
    figure.savefig(path)
    click.echo(f"The picture is in {path}", err=True)
