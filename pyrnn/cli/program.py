"""The `pyrnn` command itself, and what all its commands share."""

from __future__ import annotations

import io
import sys
import warnings
from typing import Any

import click

import pyrnn
from pyrnn.cli.compare import compare
from pyrnn.cli.complete import complete
from pyrnn.cli.demo import demo
from pyrnn.cli.evaluate import evaluate
from pyrnn.cli.export import export
from pyrnn.cli.generate import generate
from pyrnn.cli.info import info
from pyrnn.cli.inputs import INTERRUPTED
from pyrnn.cli.predict import predict
from pyrnn.cli.score import score
from pyrnn.cli.train import train

WIDTH = 100  # columns of --help, at most, where the terminal has as many


class Program(click.Group):
    """A group of commands that Ctrl-C ends with the status that shells expect.

    A character that the console's encoding has no place for is shown as a replacement sign.
    """

    def main(self, *args: Any, **settings: Any) -> Any:
        """Run the command line, and end the process."""
        for stream in (sys.stdout, sys.stderr):
            if isinstance(stream, io.TextIOWrapper):
                stream.reconfigure(errors="replace")
        with warnings.catch_warnings():
            warnings.showwarning = _warned  # type: ignore[assignment]
            return super().main(*args, **settings)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command."""
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            click.echo("\ninterrupted", err=True)
            ctx.exit(INTERRUPTED)
        except click.NoSuchOption as error:
            name, outer = error.option_name, error.ctx and error.ctx.parent
            while outer is not None and not any(name in o.opts for o in outer.command.params):
                outer = outer.parent
            if outer is None:
                raise
            groups = " ".join(outer.command_path.split()[1:] + [name])
            words = f"{name} stands before the command: pyrnn {groups} ..."
            raise click.NoSuchOption(name, words, ctx=error.ctx) from None


def _warned(message: Warning | str, *_: Any) -> None:
    """A warning as a user's, without a line of code."""
    click.echo(f"warning: {message}", err=True)


@click.group(
    cls=Program,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": WIDTH},
)
@click.version_option(pyrnn.__version__, prog_name="pyrnn")
@click.option(
    "--threads",
    type=click.IntRange(min=1, max=1024),
    metavar="N",
    help="Number of threads; if not given, PYRNN_NUM_THREADS from the environment, or all cores "
    "available to this process.",
)
def main(threads: int | None) -> None:
    """Train recurrent networks on your own data, and use them.

    \b
    A first look, about a minute:     pyrnn demo
    A model of labelled texts:        pyrnn train classify reviews.csv -o model
                                        --text review --label sentiment
    Labels for new texts:             pyrnn predict model new.csv
    How often it is right:            pyrnn evaluate model test.csv
    A language model of a text:       pyrnn train lm book.txt -o book-model
    What it writes:                   pyrnn generate book-model --prompt "It was"
    How a text goes on, as you type:  pyrnn complete book-model
    How well it predicts a text:      pyrnn score book-model other.txt
    RNN, LSTM and GRU on your data:   pyrnn compare lm book.txt
    Continue a run, or train longer:  pyrnn train --resume book-model
    What is in it, and in pyrnn:      pyrnn info book-model
    Its weights, for PyTorch:         pyrnn export book-model book.safetensors

    Each command explains itself: pyrnn train lm --help

    \b
    Exit status: 0 done, 1 the work failed, 2 the command line is wrong,
    130 Ctrl-C ended it, 143 SIGTERM.
    """
    if threads is not None:
        pyrnn.set_num_threads(threads)


COMMANDS = (
    demo, train, predict, evaluate, compare, generate, complete, score, info, export,
)  # fmt: skip
for command in COMMANDS:
    main.add_command(command)
