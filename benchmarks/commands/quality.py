"""What models reach: perplexity, samples, keystrokes saved."""

from __future__ import annotations

import itertools
import os
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from benchmarks.agreement import DisagreementError
from benchmarks.options import (
    TINY,
    Listed,
    corpora_option,
    existing_path,
    is_whole,
    keep,
    natural_number,
    one_of,
    output_option,
    quick_option,
    reviews_of,
    reviews_option,
    text_of,
    text_option,
    texts_of,
    warn_of_load,
    whole_number,
)
from benchmarks.quality import small_data as small
from benchmarks.quality.sentiment import SEEDS, SETTINGS
from benchmarks.quality.small_sets import SETS
from benchmarks.signature import sign
from pyrnn.models.language_model.configuration import SOFTMAXES


@click.command()
@click.argument("model", type=existing_path)
@click.argument("text", type=existing_path)
@click.option(
    "--last",
    default=0.05,
    type=click.FloatRange(0, 1, min_open=True),
    help="The share of TEXT to type, its end; examples/shakespeare.sh leaves 0.05 for the test.",
)
@click.option(
    "--characters", default=20_000, type=click.IntRange(min=2), help="To type at most, of these."
)
@click.option("--shown", type=Listed(whole_number), default="1,3,5", help="Completions shown.")
@click.option("--threads", default=1, type=click.IntRange(min=1))
@quick_option
@output_option
@click.pass_context
def completion(context: click.Context, /, **options: Any) -> None:
    """Keystrokes that completions save on a held-out text, and how long each key waits for them.

    MODEL: the folder of a language model. TEXT: a text of which it has not seen the last part.
    """
    import pyrnn
    from benchmarks.quality import completion as benchmark
    from pyrnn.data import read_bytes, read_text
    from pyrnn.models import LanguageModel

    most = 200 if options["quick"] else options["characters"]
    pyrnn.set_num_threads(options["threads"])
    try:
        model = LanguageModel.load(options["model"])
        reader = read_bytes if model.config.unit == "bytes" else read_text
        held, before = benchmark.parts(reader(options["text"]), options["last"], most)
        warn_of_load()
        signature = sign([options["threads"]])
        rows = []
        for shown in options["shown"]:
            rows.append({"shown": shown, **benchmark.replay(model, held, shown, before)})
            benchmark.show(rows[-1])
    except (DisagreementError, OSError, ValueError) as error:
        raise click.ClickException(str(error)) from error
    result = {
        "text": options["text"].name,
        "last": options["last"],
        "model": benchmark.about(model),
        "rows": rows,
    }
    keep("completion", signature, result, options["output"], is_whole(context))


def hands_on(command: Callable[..., None]) -> Callable[..., None]:
    """The options of a command that runs one of pyrnn's, to which it hands EXTRA."""
    command = click.argument("extra", nargs=-1, type=click.UNPROCESSED)(command)
    command = output_option(command)
    threads = click.option("--threads", type=click.IntRange(min=1), help="All cores if absent.")
    return text_option(threads(command))


@click.command(context_settings={"ignore_unknown_options": True})
@hands_on
@click.pass_context
def shakespeare(
    context: click.Context,
    text: Path | None,
    threads: int | None,
    output: Path | None,
    extra: tuple[str, ...],
) -> None:
    """How good a model gets in ten minutes: examples/shakespeare.sh, its curve and samples kept.

    EXTRA options of `pyrnn train lm` override the example's, as --minutes 1.
    """
    import pyrnn
    from benchmarks import markdown
    from benchmarks.quality import shakespeare as benchmark

    source = text_of(text)
    warn_of_load()
    threads = threads or pyrnn.get_num_threads()
    signature = sign([threads])
    result = benchmark.train(source, threads, extra)
    page = markdown.shakespeare({"signature": signature, **result})
    click.echo(page)
    target = keep("shakespeare", signature, result, output, not extra)
    if target is not None:
        target.with_suffix(".md").write_text(page, encoding="utf-8")


@click.command()
@corpora_option
@click.option("--threads", type=click.IntRange(min=1), help="All cores if absent.")
@click.option("--epochs", type=click.IntRange(min=1), help="Another number of passes.")
@click.option("--softmaxes", type=Listed(one_of(SOFTMAXES)), default=",".join(SOFTMAXES))
@click.option("--cutoffs", type=Listed(whole_number), help="Others for the adaptive one.")
@click.option("--div-value", type=float, help="Another one for it.")
@quick_option
@output_option
@click.pass_context
def word_models(context: click.Context, /, **options: Any) -> None:
    """Perplexity of word models with a full and with an adaptive softmax."""
    import pyrnn
    from benchmarks.quality import word_models as benchmark

    threads = options["threads"] or pyrnn.get_num_threads()
    pyrnn.set_num_threads(threads)
    signature = sign([threads])
    quick, smaller = options["quick"], TINY if options["quick"] else {}
    settings = replace(benchmark.OPTIONS, epochs=options["epochs"] or benchmark.OPTIONS.epochs)
    settings = replace(settings, batch_size=4, max_steps=6) if quick else settings
    others = {name: options[name] for name in ("cutoffs", "div_value") if options[name]}
    content: dict[str, Any] = {"options": settings.to_json(), "corpora": {}}
    for name in options["corpora"]:
        parts = texts_of(name, quick)
        rows = []
        for softmax in options["softmaxes"]:
            click.echo(f"{name}, {softmax} softmax", err=True)
            kind: Any = {"check": not quick, "clusters": others, **smaller}
            rows.append(benchmark.train(name, parts, softmax, settings, **kind))
        for line in benchmark.show(name, rows):
            click.echo(line)
        content["corpora"][name] = {"rows": rows, "adaptive_to_full": benchmark.summary(rows)}
    keep("word-models", signature, content, options["output"], is_whole(context))


@click.command(context_settings={"ignore_unknown_options": True})
@hands_on
@click.pass_context
def cells(
    context: click.Context,
    text: Path | None,
    threads: int | None,
    output: Path | None,
    extra: tuple[str, ...],
) -> None:
    """RNN, LSTM and GRU at equal size and in equal time: `pyrnn compare`, table and picture kept.

    EXTRA options of `pyrnn compare` override those in benchmarks/quality/cells.py.
    """
    import pyrnn
    from benchmarks import markdown
    from benchmarks.quality import cells as benchmark

    source = text_of(text)
    warn_of_load()
    threads = threads or pyrnn.get_num_threads()
    signature = sign([threads])
    content, picture = benchmark.compare(source, threads, extra)
    click.echo(markdown.cells({"signature": signature, **content}))
    target = keep("cells", signature, content, output, not extra)
    if target is not None and picture is not None:
        target.with_suffix(".png").write_bytes(picture)


@click.command()
@click.option("--models", type=Listed(one_of(SETTINGS)), default=",".join(SETTINGS))
@click.option("--seeds", type=Listed(natural_number), default=",".join(map(str, SEEDS)))
@click.option("--lstm", default=SETTINGS["lstm"], help="How `pyrnn train classify` makes it.")
@click.option("--bag", default=SETTINGS["bag"], help="The same for the bag of n-grams.")
@click.option("--threads", type=click.IntRange(min=1), help="All cores if absent.")
@reviews_option
@quick_option
@output_option
@click.pass_context
def imdb(context: click.Context, /, **options: Any) -> None:
    """How many of IMDB's test reviews a classifier gets right: `pyrnn train classify` on a CSV."""
    import pyrnn
    from benchmarks.quality import sentiment as benchmark

    quick = options["quick"]
    reviews = reviews_of(options["reviews"], quick)
    warn_of_load()
    threads = options["threads"] or pyrnn.get_num_threads()
    signature = sign([threads])
    extra = ["--epochs", "1", "--max-length", "20"] if quick else []
    models = {}
    with tempfile.TemporaryDirectory() as parent:
        folder = Path(parent)
        reviews.write_csv(folder)
        for name in options["models"]:
            models[name] = benchmark.measure(
                folder, options[name], options["seeds"], threads, extra
            )
    for line in benchmark.show(models):
        click.echo(line)
    content = {"reviews": reviews.counts, "models": models}
    keep("imdb", signature, content, options["output"], is_whole(context))


@click.command()
@click.option("--sets", type=Listed(one_of(SETS)), default=",".join(SETS))
@click.option("--choices", type=Listed(one_of(small.CHOICES)), default=",".join(small.CHOICES))
@click.option("--seeds", type=Listed(natural_number), default=",".join(map(str, small.SEEDS)))
@click.option("--threads", default=1, type=click.IntRange(min=1))
@quick_option
@output_option
@click.pass_context
def small_data(context: click.Context, /, **options: Any) -> None:
    """What the defaults make of few examples, beside other settings, on the sets of PYRNN_DATA."""
    import pyrnn

    data = os.environ.get("PYRNN_DATA")
    if not data:
        raise click.UsageError("PYRNN_DATA must name a folder with the sets")
    pyrnn.set_num_threads(options["threads"])
    signature = sign([options["threads"]])
    lengths = (2, 4) if options["quick"] else small.LENGTHS
    rows = []
    for seed, name, choice in itertools.product(
        options["seeds"], options["sets"], options["choices"]
    ):
        try:
            rows.append(small.measure(name, Path(data), seed, choice, lengths))
        except OSError as error:
            raise click.UsageError(f"{error.filename}: no such file") from error
        click.echo(f"{name}, seed {seed}, {choice}: {rows[-1]['seconds']:.0f} s", err=True)
    content = {"summary": small.summary(rows), "rows": rows}
    click.echo("\n".join(small.show(content["summary"])))
    keep("small-data", signature, content, options["output"], is_whole(context))
