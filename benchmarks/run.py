"""The benchmarks: each verifies, then times, then signs. `python benchmarks/run.py --help`."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from pathlib import Path
from statistics import median
from typing import Any

import click
import package  # noqa: F401  makes this folder importable as `benchmarks`

from benchmarks.agreement import DisagreementError
from benchmarks.kernels import shapes
from benchmarks.kernels.contestants import RIVALS, installed
from benchmarks.options import (
    Listed,
    corpora_option,
    existing_path,
    is_whole,
    keep,
    one_of,
    output_option,
    part_option,
    quick_option,
    shape,
    text_of,
    text_option,
    texts_of,
    threads_option,
    warn_of_load,
    whole_number,
)
from benchmarks.processes import leave, run_each
from benchmarks.signature import sign
from pyrnn.kernels.recurrent import CELLS

BATCHES = ("full", "ragged")


@click.group(context_settings={"help_option_names": ["-h", "--help"], "show_default": True})
def main() -> None:
    """pyrnn beside NumPy, torch and ONNX Runtime, those of them that are installed.

    Results are compared before anything is timed; a rival that computes something else ends the
    run. A ratio is a rival's time divided by pyrnn's: above 1, pyrnn is faster. Whole runs are
    kept in benchmarks/results/, selections only where --output says so.
    """


@main.command()
@click.option("--cells", type=Listed(one_of(CELLS)), default="lstm,gru,rnn_tanh")
@threads_option
@click.option("--shapes", type=Listed(shape), help="As 50x16x128: T, B, H = I.")
@click.option("--table", is_flag=True, help="The whole table of shapes, as without --shapes.")
@click.option("--batches", type=Listed(one_of(BATCHES)), default=",".join(BATCHES))
@click.option("--rivals", type=Listed(one_of(RIVALS)), default=",".join(RIVALS))
@quick_option
@output_option
@part_option
@click.pass_context
def kernels(context: click.Context, /, **options: Any) -> None:
    """One layer: forward, and forward + backward with the weights packed anew."""
    from benchmarks.kernels import table

    if options["table"] and options["shapes"]:
        raise click.UsageError("--table and --shapes exclude each other")
    if options["part"] is not None:
        leave(options["part"], measure_kernels(options))
        return
    for name in options["rivals"]:
        if not installed(name):
            click.echo(f"{name} is left out: not installed")
    warn_of_load()
    signature = sign(options["threads"])
    rows = run_each(options["threads"])
    click.echo("in all tables:")
    for line in table.summary(rows):
        click.echo(line)
    keep("kernels", signature, {"rows": rows}, options["output"], is_whole(context))


def measure_kernels(options: dict[str, Any]) -> list[Any]:
    """The rows of one number of threads, their tables printed cell by cell."""
    from benchmarks.kernels import table

    full = options["shapes"] or (shapes.QUICK if options["quick"] else shapes.TABLE)
    ragged = options["shapes"] or (shapes.QUICK_RAGGED if options["quick"] else shapes.RAGGED)
    rows = []
    for cell in options["cells"]:
        mine = []
        for kind, chosen in zip(BATCHES, (full, ragged), strict=True):
            if kind in options["batches"]:
                mine += measure_shapes(cell, chosen, kind == "ragged", options)
        table.show(mine)
        rows += mine
    return rows


def measure_shapes(cell: str, chosen: Any, ragged: bool, options: dict[str, Any]) -> list[Any]:
    """The rows of a cell; each is told of on stderr as it comes."""
    from benchmarks.kernels.comparison import compare
    from benchmarks.kernels.problem import TASKS, Problem
    from benchmarks.timing import QUICK, Plan

    plan = QUICK if options["quick"] else Plan()
    (threads,) = options["threads"]
    rows = []
    for problem in (Problem(cell, size, ragged) for size in chosen):
        for task in TASKS:
            try:
                row = compare(problem, task, options["rivals"], threads, plan)
            except DisagreementError as error:
                raise click.ClickException(str(error)) from error
            ratios = ", ".join(f"{n} {r['median']:.2f}" for n, r in row["ratio"].items())
            click.echo(f"{problem} {task}, threads {threads}: {ratios}", err=True)
            rows.append(row)
    return rows


@main.command()
@click.argument("other", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--cells", type=Listed(one_of(CELLS)), default="lstm,gru,rnn_tanh")
@click.option("--threads", type=Listed(whole_number), default="1,2")
@click.option("--shapes", type=Listed(shape), help="As 50x16x128: T, B, H = I.")
@click.option("--about", default="", help="What the other build is, for the record.")
@quick_option
@output_option
def builds(other: Path, /, **options: Any) -> None:
    """The installed pyrnn beside the build in the folder OTHER, an older one or with other flags.

    OTHER holds a folder `pyrnn`, as `pip install --target OTHER .` makes it. A ratio is OTHER's
    time divided by the installed build's: above 1, the installed one is faster.
    """
    from benchmarks import builds as benchmark
    from benchmarks.kernels.problem import TASKS, Problem
    from benchmarks.timing import QUICK, Plan

    if not (other / "pyrnn").is_dir():
        raise click.UsageError(f"{other}: expected a folder with a build of pyrnn; it has none")
    warn_of_load()
    signature = sign(options["threads"])
    sizes = options["shapes"] or (shapes.QUICK if options["quick"] else shapes.TABLE)
    plan = QUICK if options["quick"] else Plan(seconds=3.0)
    rows = []
    with benchmark.two_builds(other) as both:
        for threads, cell, size, task in product(
            options["threads"], options["cells"], sizes, TASKS
        ):
            try:
                row = benchmark.compare(both, Problem(cell, size), task, threads, plan)
            except DisagreementError as error:
                raise click.ClickException(str(error)) from error
            bits = "the same bits" if row["same_bits"] else "other bits"
            ratio = row["ratio"]["median"]
            click.echo(f"{cell} {size} {task}, threads {threads}: {ratio:.3f}, {bits}")
            rows.append(row)
    middle = median(row["ratio"]["median"] for row in rows)
    click.echo(f"median of all {len(rows)}: {middle:.3f}")
    content = {"about": options["about"], "median": middle, "rows": rows}
    keep("builds", signature, content, options["output"], whole=False)


@main.command()
@click.option("--hidden", type=Listed(whole_number), default="128,256,512", help="H.")
@threads_option
@text_option
@quick_option
@output_option
@part_option
@click.pass_context
def language_model(context: click.Context, /, **options: Any) -> None:
    """A character LSTM language model in torch and in pyrnn: equal losses, then tokens/s."""
    from benchmarks.models import language_model as benchmark

    if not installed(benchmark.RIVAL):
        raise click.ClickException(f"{benchmark.RIVAL} is not installed")
    text = text_of(options["text"])
    if options["part"] is not None:
        leave(options["part"], measure_language_model(text, options))
        return
    warn_of_load()
    signature = sign(options["threads"])
    rows = run_each(options["threads"])
    benchmark.show(rows)
    whole = is_whole(context)
    keep("language-model", signature, {"text": text.name, "rows": rows}, options["output"], whole)


def measure_language_model(text: Path, options: dict[str, Any]) -> list[Any]:
    """The rows of one number of threads."""
    from benchmarks.models import language_model as benchmark
    from benchmarks.models.language_training import Settings
    from benchmarks.timing import QUICK
    from pyrnn.data import read_text

    ids, size = benchmark.encode(read_text(text))
    (threads,) = options["threads"]
    small: Any = {"steps": 10, "batch": 4, "embedding": 16} if options["quick"] else {}
    brief: Any = {"plan": QUICK, "steps": 5} if options["quick"] else {}
    rows = []
    for hidden in options["hidden"]:
        try:
            row = benchmark.compare(ids, Settings(hidden, size, **small), threads, **brief)
        except (DisagreementError, ValueError) as error:
            raise click.ClickException(str(error)) from error
        ratio = row["ratio"][benchmark.RIVAL]["median"]
        click.echo(f"H {hidden}, threads {threads}: {benchmark.RIVAL} {ratio:.2f}", err=True)
        rows.append(row)
    return rows


@main.command()
@click.option("--rounds", default=15, type=click.IntRange(min=1))
@quick_option
@output_option
@click.pass_context
def import_time(context: click.Context, rounds: int, quick: bool, output: Path | None) -> None:
    """What `import pyrnn` adds to `import numpy`."""
    from benchmarks import import_time as benchmark

    warn_of_load()
    signature = sign([1])
    result = benchmark.measure(1 if quick else rounds)
    benchmark.show(result)
    keep("import-time", signature, result, output, is_whole(context))


@main.command()
@click.argument("model", type=existing_path)
@click.argument("text", type=existing_path)
@click.option(
    "--last",
    default=0.05,
    type=click.FloatRange(0, 1, min_open=True),
    help="The share of TEXT to type, its end; 0.05 is what `pyrnn train lm` leaves for the test.",
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


@main.command(context_settings={"ignore_unknown_options": True})
@text_option
@click.option("--threads", type=click.IntRange(min=1), help="All cores if absent.")
@output_option
@click.argument("extra", nargs=-1, type=click.UNPROCESSED)
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


TINY: dict[str, Any] = {"hidden_size": 8, "max_vocabulary": 300}


@main.command()
@corpora_option
@click.option("--threads", type=click.IntRange(min=1), help="All cores if absent.")
@click.option("--epochs", type=click.IntRange(min=1), help="Another number of passes.")
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
    content: dict[str, Any] = {"options": settings.to_json(), "corpora": {}}
    for name in options["corpora"]:
        parts = texts_of(name, quick)
        rows = []
        for softmax in benchmark.SOFTMAXES:
            click.echo(f"{name}, {softmax} softmax", err=True)
            rows.append(benchmark.train(name, parts, softmax, settings, check=not quick, **smaller))
        for line in benchmark.show(name, rows):
            click.echo(line)
        content["corpora"][name] = {"rows": rows, "adaptive_to_full": benchmark.summary(rows)}
    keep("word-models", signature, content, options["output"], is_whole(context))


@main.command()
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


if __name__ == "__main__":
    main()
