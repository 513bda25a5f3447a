"""Training steps of language models."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any

import click

from benchmarks.agreement import DisagreementError
from benchmarks.commands.parts import Parts, Rows, in_parts, require
from benchmarks.models.classifier import CELLS
from benchmarks.options import (
    TINY,
    Listed,
    corpora_option,
    one_of,
    text_of,
    text_option,
    texts_of,
    threads_option,
    whole_number,
)

MODELS = ("characters", "ptb")
PRINTABLE = 96  # V of characters at least: ASCII's printable ones and the line end


@click.command()
@click.option("--models", type=Listed(one_of(MODELS)), default=",".join(MODELS))
@click.option("--cells", type=Listed(one_of(CELLS)), default=",".join(CELLS))
@click.option("--hidden", type=Listed(whole_number), default="128,256,512", help="Of characters.")
@threads_option
@text_option
@in_parts
def language_model(options: dict[str, Any]) -> Parts:
    """Language models in torch and in pyrnn: equal losses, then tokens/s.

    Of characters (one layer, Adam), and of the words of Penn Treebank, which $PYRNN_DATA holds
    (two layers of 200, SGD).
    """
    from benchmarks.models import language_model as benchmark

    require(benchmark.RIVAL)
    texts = language_texts(options)
    return Parts(
        lambda: measure_language_model(texts, options),
        benchmark.show,
        {"text": getattr(texts.get("characters"), "name", None)},
        errors=(DisagreementError, ValueError),  # a text may be too short
    )


def language_texts(options: dict[str, Any]) -> dict[str, Any]:
    """For each model where its text is, or the text. Raises click.UsageError where one is not."""
    found: dict[str, Any] = {}
    for name in options["models"]:
        if name == "characters":
            found[name] = text_of(options["text"])
        else:
            found[name] = texts_of(name, options["quick"]).train
    return found


def measure_language_model(texts: dict[str, Any], options: dict[str, Any]) -> Rows:
    """The rows of one number of threads."""
    from benchmarks.models import language_model as benchmark
    from benchmarks.models.language_training import Settings, words
    from benchmarks.peak import peak
    from benchmarks.timing import QUICK
    from pyrnn.data import read_text

    (threads,) = options["threads"]
    small: Any = {"steps": 10, "batch": 4, "embedding": 16} if options["quick"] else {}
    brief: Any = {"plan": QUICK, "steps": 5} if options["quick"] else {}
    problems = []
    if "characters" in texts:
        ids, size = benchmark.encode(read_text(texts["characters"]), PRINTABLE)
        for cell, hidden in product(options["cells"], options["hidden"]):
            problems.append((ids, Settings(hidden, size, cell, **small)))
    if "ptb" in texts:
        ids, size = benchmark.encode_words(texts["ptb"])
        problems += [(ids, replace(words(cell, size), **small)) for cell in options["cells"]]
    rows = []
    with peak(threads) as at_peak:
        for ids, settings in problems:
            row = benchmark.compare(ids, settings, threads, at_peak=at_peak, **brief)
            ratio = row["ratio"][benchmark.RIVAL]["median"]
            what = f"{benchmark.model_of(row)}, threads {threads}"
            click.echo(f"{what}: {benchmark.RIVAL} {ratio:.2f}", err=True)
            rows.append(row)
    return rows


@click.command()
@click.option("--cells", type=Listed(one_of(CELLS)), default="lstm")
@click.option("--hidden", type=Listed(whole_number), default="256", help="H.")
@click.option("--threads", type=Listed(whole_number), default="2", help="Each in a process.")
@text_option
@in_parts
def contention(options: dict[str, Any]) -> Parts:
    """Training beside one busy process a core: how much of its rate each library keeps."""
    from benchmarks.models import contention as benchmark

    require(benchmark.RIVAL)
    text = text_of(options["text"])
    return Parts(
        lambda: measure_contention(text, options),
        benchmark.show,
        {"text": text.name},
        errors=(DisagreementError, ValueError),
    )


def measure_contention(text: Path, options: dict[str, Any]) -> Rows:
    """The rows of one number of threads."""
    from benchmarks.models import contention as benchmark
    from benchmarks.models.language_model import encode
    from benchmarks.models.language_training import Settings
    from benchmarks.timing import QUICK
    from pyrnn.data import read_text

    ids, size = encode(read_text(text), PRINTABLE)
    (threads,) = options["threads"]
    small: Any = {"steps": 10, "batch": 4, "embedding": 16} if options["quick"] else {}
    brief: Any = {"plan": QUICK} if options["quick"] else {}
    return [
        benchmark.compare(ids, Settings(hidden, size, cell, **small), threads, **brief)
        for cell, hidden in product(options["cells"], options["hidden"])
    ]


@click.command()
@corpora_option
@threads_option
@in_parts
def word_speed(options: dict[str, Any]) -> Parts:
    """Training steps of word models: how many times as fast an adaptive softmax makes them."""
    return Parts(lambda: measure_word_speed(options), show_word_speed)


def measure_word_speed(options: dict[str, Any]) -> Rows:
    """The rows of one number of threads."""
    from benchmarks.quality import word_models as benchmark
    from benchmarks.timing import QUICK

    (threads,), quick = options["threads"], options["quick"]
    small: Any = {"plan": QUICK, **TINY} if quick else {}
    rows = []
    for name in options["corpora"]:
        row = benchmark.speed(texts_of(name, quick), threads, **small)
        click.echo(benchmark.show_speed(name, row), err=True)
        rows.append({"corpus": name, **row})
    return rows


def show_word_speed(rows: Rows) -> None:
    """Print a line a row."""
    from benchmarks.quality import word_models as benchmark

    for row in rows:
        click.echo(benchmark.show_speed(row["corpus"], row))
