"""pyrnn predict: what a model says of inputs."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
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
    from pyrnn.files.content import Content
    from pyrnn.models.model import Model


Names = Sequence[Any] | None


def as_text(predictions: Iterable[Any], names: Names) -> Iterable[str]:
    """A line for each."""
    return (printable(str(each)) for each in predictions)


def as_json_lines(predictions: Iterable[Any], names: Names) -> Iterable[str]:
    """One object a line."""
    return (json.dumps(each, ensure_ascii=False) for each in named(predictions, names))


def as_csv(predictions: Iterable[Any], names: Names) -> Iterable[str]:
    """A row for each, under the names of what it holds: probabilities.yes for what is inside."""
    rows = [flat(each) for each in named(predictions, names)]
    columns = dict.fromkeys(name for row in rows for name in row)
    written = io.StringIO()
    writer = csv.DictWriter(written, list(columns), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return [written.getvalue().removesuffix("\n")] if rows else []


def named(predictions: Iterable[Any], names: Names) -> Iterator[dict[str, Any]]:
    """What each prediction holds, after what its file calls the input, if anything."""
    for number, prediction in enumerate(predictions):
        about = {} if names is None else {NAME: names[number]}
        yield {**about, **prediction.to_json()}


def flat(content: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Values by their paths; a list as JSON has it."""
    row: dict[str, Any] = {}
    for name, value in content.items():
        if isinstance(value, Mapping):
            row |= flat(value, f"{prefix}{name}.")
        else:
            text = isinstance(value, (str, int, float))
            row[prefix + name] = value if text else json.dumps(value, ensure_ascii=False)
    return row


NAME = "input"  # under which the name of an input stands: a long table's id, a file in a folder
FORMATS = {"text": as_text, "jsonl": as_json_lines, "csv": as_csv}


@click.command(cls=ModelCommand, short_help="What a model says of inputs.")
@click.argument("model", type=ModelFolder())
@click.argument("file", type=DataFile(), default="-")
@click.option(
    "--format",
    "form",
    type=click.Choice(list(FORMATS)),
    default="text",
    show_default=True,
    help="A line for each input, a JSON object, or a row of a CSV file.",
)
@encoding_option
@click.pass_context
def predict(
    context: click.Context, /, model: Model, file: Content, form: str, encoding: str, **values: Any
) -> None:
    """Predict with MODEL, the folder of a trained model, or a checkpoint file, from FILE
    (- or nothing reads standard input).

    \b
    pyrnn predict model new.csv
    pyrnn predict model new.csv --format jsonl
    cat lines.txt | pyrnn predict model -

    A table (.csv, .tsv) has its inputs in the columns that the training data had them in; an
    option of the model says otherwise: pyrnn predict model --help lists them. Any other file
    has an input a line. What comes out is in the order of the inputs.
    """
    with errors_in_words():
        columns = changed(model.columns, context, values)
        inputs = model.read_inputs(file.in_encoding(encoding), columns)
        names = getattr(inputs, "names", None)
        for line in FORMATS[form](model.predict(inputs), names):
            click.echo(line, color=True)  # as it is: a pipe would get it without its escapes
