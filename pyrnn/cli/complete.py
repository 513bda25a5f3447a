"""pyrnn complete: how a text goes on."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, TextIO

import click

from pyrnn.cli.inputs import ModelFolder, errors_in_words
from pyrnn.models.language_model.completion import BOUNDARIES, LENGTH

if TYPE_CHECKING:
    from pyrnn.models import Completion, LanguageModel


@click.command(short_help="Complete text with a model, as you type.")
@click.argument("model", type=ModelFolder())
@click.option(
    "--prefix",
    "-p",
    metavar="TEXT",
    help="What to complete; if absent, what you type, or the lines of standard input.",
)
@click.option(
    "-n",
    default=5,
    show_default=True,
    type=click.IntRange(min=1),
    metavar="N",
    help="Completions, at most.",
)
@click.option(
    "--until",
    default="word",
    show_default=True,
    type=click.Choice(list(BOUNDARIES)),
    help="End of a completion: of the word, of the line, or after --length tokens.",
)
@click.option(
    "--length",
    default=LENGTH,
    show_default=True,
    type=click.IntRange(min=1),
    metavar="N",
    help="Tokens of a completion, at most.",
)
@click.option(
    "--beam",
    type=click.IntRange(min=1),
    metavar="N",
    help="Continuations to follow at a time.  [default: twice -n, and at least 10]",
)
@click.option(
    "--alpha",
    default=0.0,
    show_default=True,
    type=click.FloatRange(min=0),
    metavar="X",
    help="Length penalty: the higher, the longer the completions; 1 is rather much.",
)
@click.option("--scores", is_flag=True, help="The probability of each before it.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object for each prefix.")
def complete(
    model: LanguageModel, prefix: str | None, scores: bool, as_json: bool, **settings: Any
) -> None:
    """Show how a text is likely to go on, by MODEL, the folder of a trained model, or a
    checkpoint file.

    \b
    pyrnn complete book-model                        type, and see
    pyrnn complete book-model --prefix "It was a dar"
    pyrnn complete book-model -p "It was" -n 3 --until line --alpha 0.7
    pyrnn complete book-model --json < prefixes.txt

    On a terminal, without --prefix, completions follow what you type: Tab takes the first,
    a number that one (Ctrl-V before it types the digit), Enter ends the line, Ctrl-D
    leaves. Otherwise completions come one a line, best first, exactly as they would be
    appended, and those of several prefixes with an empty line between.
    """
    with errors_in_words():
        screen = None if prefix is not None or scores or as_json else _screen()
        if screen is not None:
            _interact(model, screen, settings)
            return
        prefixes = _lines(model.config.unit) if prefix is None else iter([prefix])
        for number, text in enumerate(prefixes):
            _show(text, _completions(model, text, number, settings), scores, as_json, number)


def _completions(
    model: LanguageModel, prefix: str, number: int, settings: dict[str, Any]
) -> list[Completion]:
    try:
        return model.complete(prefix, **settings)
    except ValueError as error:
        if number:  # the first may be no line of a file
            raise ValueError(f"prefix {number + 1}: {error}") from error
        raise


def _show(
    prefix: str, completions: list[Completion], scores: bool, as_json: bool, number: int
) -> None:
    """Print what one prefix gives, at once: another program may wait for it."""
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
        click.echo(json.dumps({"prefix": prefix, "completions": found}))
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
            yield line.decode("utf-8", errors).removesuffix("\n").removesuffix("\r")
        except UnicodeDecodeError as error:
            raise ValueError(f"standard input: line {number} is no UTF-8 text") from error


def _screen() -> TextIO | None:
    """Where to draw while keys come from a terminal; None where they do not, or cannot.

    Windows has no termios, and a dumb terminal cannot be drawn on: both are read line by line.
    """
    if os.name == "nt" or os.environ.get("TERM") == "dumb" or not sys.stdin.isatty():
        return None
    return next((stream for stream in (sys.stdout, sys.stderr) if stream.isatty()), None)


def _interact(model: LanguageModel, stream: TextIO, settings: dict[str, Any]) -> None:
    """Complete what is typed. Lines that are entered go to standard output, if that is a file."""
    from pyrnn.cli.keyboard import keyboard
    from pyrnn.cli.line_editor import HELP, LineEditor
    from pyrnn.cli.screen import Screen
    from pyrnn.models import Completer

    screen = Screen(stream)
    editor = LineEditor(lambda: Completer(model, **settings), screen)
    with keyboard(sys.stdin.fileno()) as keys:
        screen.say(HELP)
        for line in editor.lines(keys):
            if stream is not sys.stdout:
                click.echo(line)
