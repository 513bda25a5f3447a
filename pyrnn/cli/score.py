"""pyrnn score: how well a model predicts a text."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from pyrnn.cli.inputs import DataFile, ModelFolder, encoding_option, errors_in_words

if TYPE_CHECKING:
    from pyrnn.files.content import Content
    from pyrnn.models import LanguageModel, Score


@click.command(short_help="How well a model predicts a text.")
@click.argument("model", type=ModelFolder("lm"))
@click.argument("text", type=DataFile())
@click.option("--tokens", "each", is_flag=True, help="Print a line for each token as well.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of words.")
@encoding_option
def score(model: LanguageModel, text: Content, each: bool, as_json: bool, encoding: str) -> None:
    """Measure how well MODEL predicts TEXT, a file (- reads standard input); a model of
    bytes takes any file.

    \b
    pyrnn score book-model chapter.txt
    echo "It was a dark and stormy night." | pyrnn score book-model - --tokens
    pyrnn score book-model chapter.txt --json

    The first token is given, each of the others is predicted from all before it. Reported are
    the natural logarithm of the text's probability, its mean over the tokens, the perplexity
    exp(-mean), and bits per character. Higher logarithms and lower perplexities are better.
    """
    with errors_in_words():
        (read,) = model.read_file(text.in_encoding(encoding), model.columns)
        result = model.score(read)
    if as_json:
        click.echo(json.dumps(_as_json(result, each)))
        return
    if each:
        for token, value in zip(result.tokens, result.log_likelihoods, strict=True):
            click.echo(f"{value:9.4f}  {token!r}")
    click.echo(f"log-likelihood      {result.total:.4f} nats over {len(result.tokens)} tokens")
    click.echo(f"per token           {result.mean:.4f} nats")
    click.echo(f"perplexity          {result.perplexity:.4f}")
    if result.bits_per_character is not None:
        click.echo(f"bits per character  {result.bits_per_character:.4f}")


def _as_json(result: Score, each: bool) -> dict[str, Any]:
    content: dict[str, Any] = {
        "log_likelihood": result.total,
        "tokens": len(result.tokens),
        "mean": result.mean,
        "perplexity": result.perplexity,
        "bits_per_character": result.bits_per_character,
    }
    if each:
        content["per_token"] = [
            {"token": token, "log_likelihood": float(value)}
            for token, value in zip(result.tokens, result.log_likelihoods, strict=True)
        ]
    return content
