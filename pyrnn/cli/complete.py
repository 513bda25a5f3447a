"""pyrnn complete: how a text goes on."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from pyrnn.cli.beginnings import beginning, naming
from pyrnn.cli.inputs import DataFile, ModelFolder, encoding_option, errors_in_words
from pyrnn.data.bytes import whole_characters
from pyrnn.models.language_model.completion import BOUNDARIES, LENGTH

if TYPE_CHECKING:
    from pyrnn.files.content import Content
    from pyrnn.models import Completion, LanguageModel


@click.command(short_help="Complete text with a model, as you type.")
@click.argument("model", type=ModelFolder("lm"))
@click.option(
    "--prefix",
    "-p",
    metavar="TEXT",
    help="Text to complete; if not given, what you type or the lines of standard input.",
)
@click.option("--prefix-file", type=DataFile(), metavar="FILE", help="The same in a file.")
@click.option(
    "-n",
    default=5,
    show_default=True,
    type=click.IntRange(min=1),
    metavar="N",
    help="Show at most this many completions.",
)
@click.option(
    "--until",
    default="word",
    show_default=True,
    type=click.Choice(list(BOUNDARIES)),
    help="Where completions end: with the word, the line, or after --length tokens.",
)
@click.option(
    "--length",
    default=LENGTH,
    show_default=True,
    type=click.IntRange(min=1),
    metavar="N",
    help="Greatest length of a completion, in tokens.",
)
@click.option(
    "--beam",
    type=click.IntRange(min=1),
    metavar="N",
    help="Number of continuations to follow at a time.  [default: twice -n, and at least 10]",
)
@click.option(
    "--alpha",
    default=0.0,
    show_default=True,
    type=click.FloatRange(min=0),
    metavar="X",
    help="Length penalty: the higher, the longer the completions; 1 is quite strong.",
)
@click.option(
    "--forbid", multiple=True, metavar="TOKEN", help="Show none with this token; may be repeated."
)
@click.option("--scores", is_flag=True, help="Print the probability of each completion before it.")
@click.option(
    "--json",
    "as_json",
    is_flag=True,
    help="Print one JSON object for each prefix; bytes in it that are no UTF-8 become U+FFFD.",
)
@encoding_option
def complete(
    model: LanguageModel,
    prefix: str | None,
    prefix_file: Content | None,
    encoding: str,
    scores: bool,
    as_json: bool,
    **settings: Any,
) -> None:
    """Show how a text is likely to go on, by MODEL, the folder of a trained model, or a
    checkpoint file.

    \b
    pyrnn complete book-model                        type, and see
    pyrnn complete book-model --prefix "It was a dar"
    pyrnn complete book-model -p "It was" -n 3 --until line --alpha 0.7
    pyrnn complete book-model --prefix-file draft.txt
    pyrnn complete book-model --json < prefixes.txt

    On a terminal, without --prefix, completions follow what you type: Tab takes the first,
    a number that one (Ctrl-V before it types the digit), Enter ends the line, Ctrl-D
    leaves; this needs prompt_toolkit (pip install prompt_toolkit). Otherwise completions
    come one a line, best first, exactly as they would be appended, and those of several
    prefixes with an empty line between. A line of standard input that the model cannot read
    has an error in their place, the others are completed, and the status is 1. A line end
    at the end of --prefix-file is no part of the prefix. In --forbid, \\n stands for a new line.
    """
    settings["forbid"] = [token.replace("\\n", "\n") for token in settings["forbid"]]
    with errors_in_words(), naming("prefix", prefix_file):
        prefix = beginning("prefix", model, prefix, prefix_file, encoding)
        alone = prefix is None and not scores and not as_json
        if alone and _at_a_terminal() and _typed(model, settings):
            return
        if prefix is not None:
            _show(prefix, model.complete(prefix, **settings), scores, as_json, 0)
        elif not _each_line(model, settings, scores, as_json):
            raise SystemExit(1)


def _each_line(model: LanguageModel, settings: dict[str, Any], scores: bool, as_json: bool) -> bool:
    """Show what the lines of standard input give; whether the model could read all of them.

    A line that it cannot read has an error in place of its completions.
    """
    from pyrnn.models import Completer

    fine = True
    for number, text in enumerate(_lines(model.config.unit)):
        completer = Completer(model, **settings)
        completer.type(text)
        try:
            found: list[Completion] | str = completer.completions()
        except ValueError as error:
            fine, found = False, str(error).removeprefix("prefix: ")
            click.echo(f"Error: standard input: line {number + 1}: {found}", err=True)
        _show(text, found, scores, as_json, number)
    return fine


def _show(
    prefix: str, completions: list[Completion] | str, scores: bool, as_json: bool, number: int
) -> None:
    """Print what one prefix gives, or in JSON the error; at once: another program may wait."""
    told = {"prefix": whole_characters(prefix)}
    if isinstance(completions, str):
        if as_json:
            click.echo(json.dumps({**told, "error": completions}))
        elif number:
            click.echo()
        return
    if as_json:
        found = [
            {
                "text": one.text,
                "log_likelihood": one.log_likelihood,
                "probability": one.probability,
                "finished": one.finished,
            }
            for one in completions
        ]
        click.echo(json.dumps({**told, "completions": found}))
        return
    if number:
        click.echo()
    for one in completions:
        text = one.text.replace("\n", "\\n")  # each has its line
        click.echo(f"{one.probability:<10.4g} {text}" if scores else text)


def _lines(unit: str) -> Iterator[str]:
    """The lines of standard input, each as soon as it is there; for bytes, any bytes."""
    errors = "surrogateescape" if unit == "bytes" else "strict"
    for number, line in enumerate(sys.stdin.buffer, start=1):
        try:
            text = line.decode("utf-8", errors)
        except UnicodeDecodeError as error:
            raise ValueError(f"standard input: line {number} is no UTF-8 text") from error
        if number == 1 and unit != "bytes":
            text = text.removeprefix("\ufeff")  # a byte-order mark
        yield text.removesuffix("\n").removesuffix("\r")


def _at_a_terminal() -> bool:
    """Whether keys come from a terminal, and there is one to draw on."""
    drawn = sys.stdout.isatty() or sys.stderr.isatty()
    return sys.stdin.isatty() and drawn and os.environ.get("TERM") != "dumb"


def _typed(model: LanguageModel, settings: dict[str, Any]) -> bool:
    """Complete what is typed at a terminal, until the user leaves; False where that cannot be.

    Lines that are entered go to standard output, if that is a file.
    """
    try:
        from prompt_toolkit.output import create_output

        from pyrnn.cli.live_completion import lines
    except ModuleNotFoundError as error:
        if str(error.name).partition(".")[0] != "prompt_toolkit":
            raise
        click.echo(
            "completions as you type need prompt_toolkit, which is not installed: pip install "
            "prompt_toolkit. Until then each line is completed as it is entered.",
            err=True,
        )
        return False
    from pyrnn.models import Completer

    for line in lines(
        lambda: Completer(model, **settings), output=create_output(always_prefer_tty=True)
    ):
        if not sys.stdout.isatty():
            click.echo(line)
    return True
