"""Training steps of whole models."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any

import click

from benchmarks.agreement import DisagreementError
from benchmarks.kernels.contestants import installed
from benchmarks.models.classifier_training import CELLS, CONFIG
from benchmarks.options import (
    TINY,
    Listed,
    corpora_option,
    is_whole,
    keep,
    one_of,
    output_option,
    part_option,
    quick_option,
    reviews_of,
    reviews_option,
    text_of,
    text_option,
    texts_of,
    threads_option,
    warn_of_load,
    whole_number,
)
from benchmarks.processes import ALLOCATORS, leave, run_each
from benchmarks.quality.imdb import Reviews
from benchmarks.signature import sign

MODELS = ("characters", "ptb")
PRINTABLE = 96  # V of characters at least: ASCII's printable ones and the line end


@click.command()
@click.option("--models", type=Listed(one_of(MODELS)), default=",".join(MODELS))
@click.option("--cells", type=Listed(one_of(CELLS)), default=",".join(CELLS))
@click.option("--hidden", type=Listed(whole_number), default="128,256,512", help="Of characters.")
@threads_option
@text_option
@quick_option
@output_option
@part_option
@click.pass_context
def language_model(context: click.Context, /, **options: Any) -> None:
    """Language models in torch and in pyrnn: equal losses, then tokens/s.

    Of characters (one layer, Adam), and of the words of Penn Treebank, which $PYRNN_DATA holds
    (two layers of 200, SGD).
    """
    from benchmarks.models import language_model as benchmark

    if not installed(benchmark.RIVAL):
        raise click.ClickException(f"{benchmark.RIVAL} is not installed")
    texts = language_texts(options)
    if options["part"] is not None:
        leave(options["part"], measure_language_model(texts, options))
        return
    warn_of_load()
    signature = sign(options["threads"])
    rows = run_each(options["threads"])
    benchmark.show(rows)
    content = {"text": getattr(texts.get("characters"), "name", None), "rows": rows}
    keep("language-model", signature, content, options["output"], is_whole(context))


def language_texts(options: dict[str, Any]) -> dict[str, Any]:
    """For each model where its text is, or the text. Raises click.UsageError where one is not."""
    found: dict[str, Any] = {}
    for name in options["models"]:
        if name == "characters":
            found[name] = text_of(options["text"])
        else:
            found[name] = texts_of(name, options["quick"]).train
    return found


def measure_language_model(texts: dict[str, Any], options: dict[str, Any]) -> list[Any]:
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
            try:
                row = benchmark.compare(ids, settings, threads, at_peak=at_peak, **brief)
            except (DisagreementError, ValueError) as error:
                raise click.ClickException(str(error)) from error
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
@quick_option
@output_option
@part_option
@click.pass_context
def contention(context: click.Context, /, **options: Any) -> None:
    """Training beside one busy process a core: how much of its rate each library keeps."""
    from benchmarks.models import contention as benchmark

    if not installed(benchmark.RIVAL):
        raise click.ClickException(f"{benchmark.RIVAL} is not installed")
    text = text_of(options["text"])
    if options["part"] is not None:
        leave(options["part"], measure_contention(text, options))
        return
    warn_of_load()
    signature = sign(options["threads"])
    rows = run_each(options["threads"])
    benchmark.show(rows)
    content = {"text": text.name, "rows": rows}
    keep("contention", signature, content, options["output"], is_whole(context))


def measure_contention(text: Path, options: dict[str, Any]) -> list[Any]:
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
    rows = []
    for cell, hidden in product(options["cells"], options["hidden"]):
        try:
            rows.append(
                benchmark.compare(ids, Settings(hidden, size, cell, **small), threads, **brief)
            )
        except (DisagreementError, ValueError) as error:
            raise click.ClickException(str(error)) from error
    return rows


@click.command()
@click.option("--cells", type=Listed(one_of(CELLS)), default=",".join(CELLS))
@threads_option
@click.option(
    "--allocators",
    type=Listed(one_of(ALLOCATORS)),
    default=",".join(ALLOCATORS),
    help="The C library's thresholds; each in a process of its own.",
)
@click.option(
    "--max-vocabulary", default=CONFIG.max_vocabulary, type=click.IntRange(min=1), help="V at most."
)
@click.option("--packed", is_flag=True, help="A few steps of torch with packed batches, too.")
@reviews_option
@quick_option
@output_option
@part_option
@click.pass_context
def classifier(context: click.Context, /, **options: Any) -> None:
    """A classifier of IMDB's reviews in torch and in pyrnn: equal losses, then seconds an epoch."""
    from benchmarks.models import classifier as benchmark

    if not installed(benchmark.RIVAL):
        raise click.ClickException(f"{benchmark.RIVAL} is not installed")
    reviews = reviews_of(options["reviews"], options["quick"])
    if options["part"] is not None:
        leave(options["part"], measure_classifier(reviews.train, options))
        return
    warn_of_load()
    signature = sign(options["threads"])
    rows = []
    for name in options["allocators"]:
        rows += run_each(options["threads"], ["--allocators", name], ALLOCATORS[name])
    benchmark.show(rows)
    keep("classifier", signature, {"rows": rows}, options["output"], is_whole(context))


def measure_classifier(train: Reviews, options: dict[str, Any]) -> list[Any]:
    """The rows of one number of threads and one allocator."""
    from benchmarks.models import classifier as benchmark
    from benchmarks.timing import QUICK

    (threads,), (allocator,) = options["threads"], options["allocators"]
    config = replace(CONFIG, max_vocabulary=options["max_vocabulary"])
    scale = benchmark.Scale(packed=3 * options["packed"])
    if options["quick"]:
        config = replace(config, **TINY, embedding_size=8, max_length=30)
        scale = replace(scale, plan=QUICK, compared=5, block=2)
    rows = []
    for cell in options["cells"]:
        try:
            row = benchmark.compare(train, threads, replace(config, cell=cell), scale=scale)
        except DisagreementError as error:
            raise click.ClickException(str(error)) from error
        ratio = row["ratio"][benchmark.RIVAL]["median"]
        click.echo(
            f"{cell}, threads {threads}, {allocator} allocator: {benchmark.RIVAL} {ratio:.2f}",
            err=True,
        )
        rows.append({"allocator": allocator, **row})
    return rows


@click.command()
@corpora_option
@threads_option
@quick_option
@output_option
@part_option
@click.pass_context
def word_speed(context: click.Context, /, **options: Any) -> None:
    """Training steps of word models: how many times as fast an adaptive softmax makes them."""
    from benchmarks.quality import word_models as benchmark
    from benchmarks.timing import QUICK

    if options["part"] is not None:
        (threads,) = options["threads"]
        quick = options["quick"]
        small: Any = {"plan": QUICK, **TINY} if quick else {}
        rows = []
        for name in options["corpora"]:
            try:
                row = benchmark.speed(texts_of(name, quick), threads, **small)
            except DisagreementError as error:
                raise click.ClickException(str(error)) from error
            click.echo(benchmark.show_speed(name, row), err=True)
            rows.append({"corpus": name, **row})
        leave(options["part"], rows)
        return
    warn_of_load()
    signature = sign(options["threads"])
    rows = run_each(options["threads"])
    for row in rows:
        click.echo(benchmark.show_speed(row["corpus"], row))
    keep("word-speed", signature, {"rows": rows}, options["output"], is_whole(context))
