"""pyrnn predict: what a model says of inputs."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pyrnn.cli.inputs import (
    DataFile,
    ModelCommand,
    ModelFolder,
    decoding_of,
    encoding_option,
    errors_in_words,
    printable,
)
from pyrnn.cli.options import changed

if TYPE_CHECKING:
    from pyrnn.files.content import Content
    from pyrnn.models.model import Model


@dataclass(frozen=True)
class Predicted:
    """Predictions, in the order of the inputs.

    names: what the file calls each input, as a long table's id or a file in a folder; None where it
        calls them nothing. column: what names are called. blank: a prediction of nothing.
    """

    predictions: Sequence[Any]
    names: Sequence[Any] | None
    column: str
    blank: Any

    def __iter__(self) -> Iterator[dict[str, Any]]:
        """What each holds, after the name of its input."""
        for number, prediction in enumerate(self.predictions):
            yield self._named(prediction, None if self.names is None else self.names[number])

    def rows(self) -> Iterator[dict[str, Any]]:
        """The same in rows of a table."""
        for each, prediction in zip(self, self.predictions, strict=True):
            steps = prediction.rows() if hasattr(prediction, "rows") else ({},)
            yield from ({**each, **step} for step in steps)

    @property
    def keys(self) -> dict[str, Any]:
        """What each of them would hold, if there were any."""
        return {} if self.blank is None else self._named(self.blank, None)

    def _named(self, prediction: Any, name: Any) -> dict[str, Any]:
        content: dict[str, Any] = prediction.to_json()
        if self.names is None:
            return content
        column = self.column
        while column in content:  # a table may have an id called "label"
            column = f"input.{column}"
        return {column: name, **content}


def as_text(found: Predicted) -> Iterable[str]:
    """A line for each."""
    return (printable(str(each)) for each in found.predictions)


def as_json_lines(found: Predicted) -> Iterable[str]:
    """One object a line."""
    return (json.dumps(each, ensure_ascii=False) for each in found)


def as_csv(found: Predicted) -> Iterable[str]:
    """A row for each, under the names of what it holds: probabilities.yes for what is inside; for a
    prediction of several steps a row a step."""
    rows = [flat(row) for row in found.rows()]
    columns = dict.fromkeys(name for row in rows or [flat(found.keys)] for name in row)
    written = io.StringIO()
    writer = csv.DictWriter(written, list(columns), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return [written.getvalue().removesuffix("\n")] if columns else []


def as_conll(found: Predicted) -> Iterable[str]:
    """Words and their labels in columns, an empty line behind each sentence.

    Raises ValueError for predictions of another kind.
    """
    for each in found.predictions:
        if not hasattr(each, "conll"):
            raise ValueError(
                "--format: expected text, jsonl or csv, since conll is for labels of words or "
                "steps; got conll"
            )
        yield each.conll()


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


FORMATS = {"text": as_text, "jsonl": as_json_lines, "csv": as_csv, "conll": as_conll}


@click.command(
    cls=ModelCommand, predicts=True, short_help="Predict labels, numbers or texts with a model."
)
@click.argument("model", type=ModelFolder())
@click.argument("file", type=DataFile(), default="-")
@click.option(
    "--format",
    "form",
    type=click.Choice(list(FORMATS)),
    default="text",
    show_default=True,
    help="Print a line, a JSON object, a CSV row or CoNLL's columns for each input.",
)
@click.option(
    "--attention",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="FOLDER",
    help="Draw what the model looked at while it wrote: a picture for each input.",
)
@encoding_option
@click.pass_context
def predict(
    context: click.Context,
    /,
    model: Model,
    file: Content,
    form: str,
    attention: Path | None,
    encoding: str,
    **values: Any,
) -> None:
    """Predict with MODEL, the folder of a trained model, or a checkpoint file, from FILE
    (- or nothing reads standard input).

    \b
    pyrnn predict model new.csv
    pyrnn predict model new.csv --format jsonl
    pyrnn predict tagger sentences.txt --format conll
    pyrnn predict translator sentences.txt --beam 5
    cat lines.txt | pyrnn predict model -

    The columns of a table (.csv, .tsv) are expected to have the same names as in training; options
    of the model name other ones: pyrnn predict model --help lists them. Where a folder or an
    archive has parts for training and tests, its part test is read. Any other file has one input
    per line; a tagger cuts each line into words (--tokenized: at its blanks alone), or reads a
    file of CoNLL's columns.

    Predictions come in the order of the inputs; for a table with one step per row, in the order
    of the first rows of its sequences. Objects and rows begin with the name of the input in the
    file: its id there, or its file in a folder.
    """
    with errors_in_words():
        if attention is not None:
            _check_folder(model, attention)
        columns = changed(model.columns, context, values)
        how = decoding_of(model, values, context)
        inputs = model.read_inputs(file.in_encoding(encoding), columns)
        names, column = getattr(inputs, "names", None), getattr(columns, "name_column", "input")
        found = Predicted(model.predict(inputs, **how), names, column, model.blank())
        if attention is not None:
            _draw(found.predictions, attention)
        for line in FORMATS[form](found):
            click.echo(line, color=True)  # as it is: a pipe would get it without its escapes


def _check_folder(model: Model, folder: Path) -> None:
    """Whether pictures of attention can be put into a folder. Raises click.UsageError if not."""
    if not hasattr(model.blank(), "attention"):
        raise click.UsageError(
            f"--attention: expected a model with attention over its inputs; got a {model.title}"
        )
    if folder.is_dir() and any(folder.iterdir()):
        raise click.UsageError(f"--attention: {folder}: expected an empty folder, or a new one")


def _draw(predictions: Sequence[Any], folder: Path) -> None:
    """A picture for each, 1.png for the first; none where nothing was written or read."""
    from pyrnn.plots import plot_attention

    folder.mkdir(parents=True, exist_ok=True)
    for number, each in enumerate(predictions, 1):
        if each.attention is None:
            raise ValueError(
                "--attention: expected a model with attention over its inputs; got one without"
            )
        if each.attention.size:
            steps = range(1, each.attention.shape[1] + 1)
            axes = plot_attention(each.attention, each.source or steps, each.tokens)
            figure: Any = axes.figure
            figure.savefig(folder / f"{number}.png")
