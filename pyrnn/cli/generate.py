"""pyrnn generate: text from a model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from pyrnn.cli.inputs import ModelFolder, errors_in_words

if TYPE_CHECKING:
    from pyrnn.models import LanguageModel


@click.command(short_help="Write text with a model.")
@click.argument("model", type=ModelFolder("lm"))
@click.option(
    "--prompt",
    "-p",
    default="",
    metavar="TEXT",
    help="Text to begin with.  [default: a new line]",
)
@click.option(
    "--length",
    default=500,
    show_default=True,
    type=click.IntRange(min=1),
    metavar="N",
    help="Number of tokens to write.",
)
@click.option(
    "--temperature",
    default=1.0,
    show_default=True,
    type=click.FloatRange(min=0),
    metavar="X",
    help="Below 1 is safer, above 1 bolder; 0 is --greedy.",
)
@click.option(
    "--top-k", type=click.IntRange(min=1), metavar="N", help="Draw from the N likeliest tokens."
)
@click.option(
    "--top-p",
    type=click.FloatRange(min=0, max=1, min_open=True),
    metavar="P",
    help="Draw from the likeliest tokens that together have this probability.",
)
@click.option("--greedy", is_flag=True, help="Always take the likeliest token.")
@click.option(
    "--stop", multiple=True, metavar="TEXT", help="Stop before this text; may be repeated."
)
@click.option(
    "--seed",
    type=click.IntRange(min=0),
    metavar="N",
    help="Random seed; the same seed writes the same text.",
)
def generate(model: LanguageModel, **values: Any) -> None:
    """Write text with MODEL, the folder of a trained model, or a checkpoint file.

    \b
    pyrnn generate book-model
    pyrnn generate book-model --prompt "It was a dark" --temperature 0.7
    pyrnn generate book-model --prompt "Chapter" --stop "\\n" --seed 1
    pyrnn generate book-model/best.safetensors --greedy --length 80

    The prompt and what follows go to standard output as they are written. In --stop, \\n
    stands for a new line.
    """
    prompt = values.pop("prompt")
    values["stop"] = [text.replace("\\n", "\n") for text in values["stop"]]
    with errors_in_words():
        pieces = model.stream(prompt, **values)  # before anything is shown: it may be refused
        click.echo(prompt, nl=False)
        for piece in pieces:
            click.echo(piece, nl=False)
        click.echo()
