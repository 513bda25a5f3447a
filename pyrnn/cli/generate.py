"""pyrnn generate: text from a model."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from pyrnn.cli.beginnings import beginning, naming
from pyrnn.cli.inputs import DataFile, ModelFolder, encoding_option, errors_in_words
from pyrnn.data.bytes import utf8, whole_characters

if TYPE_CHECKING:
    from pyrnn.files.content import Content
    from pyrnn.models import LanguageModel

MOST = 2**31  # a seed that is drawn stays below


@click.command(short_help="Write text with a model.")
@click.argument("model", type=ModelFolder("lm"))
@click.option(
    "--prompt",
    "-p",
    metavar="TEXT",
    help="Text to begin with.  [default: none, as at the beginning of a line]",
)
@click.option(
    "--prompt-file",
    type=DataFile(),
    metavar="FILE",
    help="The same in a file; - for standard input.",
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
    "--repetition-penalty",
    default=1.0,
    show_default=True,
    type=click.FloatRange(min=0, min_open=True),
    metavar="X",
    help="Make tokens that came already less likely; 1.2 is usual for words, 1 is none.",
)
@click.option(
    "--repetition-window",
    type=click.IntRange(min=1),
    metavar="N",
    help="Let the penalty act on the last N tokens alone.  [default: all]",
)
@click.option(
    "--forbid", multiple=True, metavar="TOKEN", help="Never write this token; may be repeated."
)
@click.option("--no-unknown", is_flag=True, help="Never write the token for unknown ones, <unk>.")
@click.option(
    "--stop", multiple=True, metavar="TEXT", help="Stop before this text; may be repeated."
)
@click.option(
    "--seed",
    type=click.IntRange(min=0),
    metavar="N",
    help="Random seed; the same seed writes the same text.",
)
@click.option(
    "--samples",
    type=click.IntRange(min=1),
    metavar="N",
    help="Write N texts at once; the first has --seed, the next that and 1, ...",
)
@click.option(
    "--json",
    "as_json",
    is_flag=True,
    help="Print one JSON object; bytes of the prompt that are no UTF-8 become U+FFFD.",
)
@encoding_option
def generate(
    model: LanguageModel,
    prompt: str | None,
    prompt_file: Content | None,
    encoding: str,
    as_json: bool,
    no_unknown: bool,
    samples: int | None,
    **values: Any,
) -> None:
    """Write text with MODEL, the folder of a trained model, or a checkpoint file.

    \b
    pyrnn generate book-model
    pyrnn generate book-model --prompt "It was a dark" --temperature 0.7
    pyrnn generate book-model --prompt "Chapter" --stop "\\n" --seed 1
    pyrnn generate book-model --prompt-file draft.txt --samples 5
    pyrnn generate book-model/best.safetensors --greedy --length 80

    The prompt and what follows go to standard output as they are written; several samples one
    after the other, each with its seed above it. A line end at the end of --prompt-file is no part
    of the prompt. In --stop and --forbid, \\n stands for a new line.
    """
    for name in ("stop", "forbid"):
        values[name] = [text.replace("\\n", "\n") for text in values[name]]
    values["forbid"] += ["<unk>"] * no_unknown
    with errors_in_words(), naming("prompt", prompt_file):
        text = beginning("prompt", model, prompt, prompt_file, encoding) or ""
        if samples is None and not as_json:
            pieces = model.stream(text, **values)  # before anything is shown: it may be refused
            click.echo(utf8(text), nl=False)
            for piece in pieces:
                click.echo(piece, nl=False)
            click.echo()
            return
        written = _samples(model, text, samples or 1, values)
    if as_json:
        click.echo(json.dumps({"prompt": whole_characters(text), "samples": written}))
        return
    for number, sample in enumerate(written, start=1):
        click.echo(f"--- sample {number}, seed {sample['seed']}")
        click.echo(utf8(text + sample["text"]))


def _samples(
    model: LanguageModel, prompt: str, samples: int, values: dict[str, Any]
) -> list[dict[str, Any]]:
    """The texts, each with the seed that gives it alone."""
    first = values.pop("seed")
    if first is None:
        import numpy as np

        first = int(np.random.default_rng().integers(MOST))
    texts = model.generate(prompt, **values, seed=first, samples=samples)
    return [{"seed": first + k, "text": text} for k, text in enumerate(texts)]
