"""One layer: beside its rivals, and beside another build of itself."""

from __future__ import annotations

from itertools import product
from pathlib import Path
from statistics import median
from typing import Any

import click

from benchmarks.agreement import DisagreementError
from benchmarks.commands.parts import Parts, Rows, in_parts, require
from benchmarks.kernels import shapes
from benchmarks.kernels.contestants import RIVALS, installed
from benchmarks.kernels.problem import TASKS
from benchmarks.options import (
    Listed,
    keep,
    one_of,
    output_option,
    quick_option,
    shape,
    threads_option,
    warn_of_load,
    whole_number,
)
from benchmarks.signature import sign
from pyrnn.kernels.stack import CELLS

BATCHES = ("full", "ragged")
KINDS = ("full", "odd", "ragged")


@click.command()
@click.option("--cells", type=Listed(one_of(CELLS)), default="lstm,gru,rnn_tanh")
@threads_option
@click.option("--shapes", type=Listed(shape), help="As 50x16x128: T, B, H; 45x16x200i130l2d2.")
@click.option("--table", is_flag=True, help="The whole table of shapes, as without --shapes.")
@click.option(
    "--batches",
    type=Listed(one_of(KINDS)),
    default=",".join(KINDS),
    help="Full batches, odd sizes, ragged ones. With --shapes, odd makes no difference.",
)
@click.option("--tasks", type=Listed(one_of(TASKS)), default=",".join(TASKS))
@click.option("--rivals", type=Listed(one_of(RIVALS)), default=",".join(RIVALS))
@click.option("--seconds", type=float, default=2.0, help="Of each contest, at least nine rounds.")
@in_parts
def kernels(options: dict[str, Any]) -> Parts:
    """Layers: forward, and forward + backward with the weights packed anew.

    At the end: how near the processor's peak, the mean ratio to torch, and where pyrnn is behind.
    """
    if options["table"] and options["shapes"]:
        raise click.UsageError("--table and --shapes exclude each other")
    for name in options["rivals"]:
        if options["part"] is None and not installed(name):
            click.echo(f"{name} is left out: not installed")
    return Parts(lambda: measure_kernels(options), show_standing)


def show_standing(rows: Rows) -> None:
    """What all tables say together; each was printed as soon as it was measured."""
    from benchmarks.kernels import standing, table

    click.echo("in all tables:")
    for line in (*table.summary(rows), *standing.lines(rows)):
        click.echo(line)


def measure_kernels(options: dict[str, Any]) -> Rows:
    """The rows of one number of threads, their tables printed cell by cell."""
    from benchmarks.kernels import table
    from benchmarks.kernels.field import field

    (threads,) = options["threads"]
    rows = []
    with field(threads, options["rivals"]) as everybody:
        if everybody.peak is None:
            click.echo("no share of peak: no C++ compiler")
        for cell in options["cells"]:
            mine = []
            for kind in options["batches"]:
                sizes = shapes_of(cell, kind, options["shapes"], options["quick"])
                mine += measure_shapes(everybody, cell, sizes, kind, options)
            table.show(mine)
            rows += mine
    return rows


def shapes_of(cell: str, kind: str, chosen: Any, quick: bool) -> Any:
    """The shapes of a cell."""
    if kind == "odd":
        odd = shapes.QUICK_ODD if quick else shapes.ODD
        return [] if chosen else [size for name, size in odd if name == cell]
    if kind == "ragged":
        return chosen or (shapes.QUICK_RAGGED if quick else shapes.RAGGED)
    return chosen or (shapes.QUICK if quick else shapes.TABLE)


def measure_shapes(
    everybody: Any, cell: str, sizes: Any, kind: str, options: dict[str, Any]
) -> Rows:
    """The rows of a cell; each is told of on stderr as it comes."""
    from benchmarks.kernels.comparison import compare
    from benchmarks.kernels.problem import Problem
    from benchmarks.timing import QUICK, Plan

    plan = QUICK if options["quick"] else Plan(least=9, seconds=options["seconds"])
    rows = []
    for problem in (Problem(cell, size, kind == "ragged") for size in sizes):
        for task in options["tasks"]:
            row = compare(everybody, problem, task, plan)
            ratios = ", ".join(f"{n} {r['median']:.2f}" for n, r in row["ratio"].items())
            click.echo(f"{problem} {task}, threads {everybody.threads}: {ratios}", err=True)
            rows.append({**row, "odd": kind == "odd"})
    return rows


@click.command()
@threads_option
@click.option("--batches", type=Listed(one_of(BATCHES)), default=",".join(BATCHES))
@in_parts
def convolution(options: dict[str, Any]) -> Parts:
    """Filters of three widths and their maxima over time in torch and in pyrnn."""
    from benchmarks.convolution import comparison

    require(comparison.RIVAL)
    return Parts(lambda: measure_convolution(options), comparison.show)


@click.command()
@threads_option
@click.option("--batches", type=Listed(one_of(BATCHES)), default=",".join(BATCHES))
@in_parts
def crf(options: dict[str, Any]) -> Parts:
    """A conditional random field in pytorch-crf and in pyrnn."""
    from benchmarks.crf import comparison

    require(comparison.RIVAL, "torchcrf")
    return Parts(lambda: measure_crf(options), comparison.show)


@click.command()
@threads_option
@click.option("--batches", type=Listed(one_of(BATCHES)), default=",".join(BATCHES))
@in_parts
def ctc(options: dict[str, Any]) -> Parts:
    """The loss of temporal classification in torch and in pyrnn."""
    from benchmarks.ctc import comparison

    require(comparison.RIVAL)
    return Parts(lambda: measure_ctc(options), comparison.show)


def measure_ctc(options: dict[str, Any]) -> Rows:
    """The rows of one number of threads."""
    from benchmarks.ctc import comparison, problem

    return measure_layer(comparison, problem, problem.TASKS, options)


def measure_convolution(options: dict[str, Any]) -> Rows:
    """The rows of one number of threads."""
    from benchmarks.convolution import comparison, problem

    return measure_layer(comparison, problem, TASKS, options)


def measure_crf(options: dict[str, Any]) -> Rows:
    """The rows of one number of threads."""
    from benchmarks.crf import comparison, problem

    return measure_layer(comparison, problem, problem.TASKS, options)


def measure_layer(
    comparison: Any, problem: Any, tasks: tuple[str, ...], options: dict[str, Any]
) -> Rows:
    """The rows of a layer and its rival, by its own modules of these names."""
    from benchmarks.timing import QUICK, Plan

    (threads,), plan = options["threads"], QUICK if options["quick"] else Plan()
    table = problem.QUICK if options["quick"] else problem.TABLE
    rows = []
    for batches, sizes, task in product(options["batches"], table, tasks):
        if batches == "ragged" and sizes.B == 1:
            continue  # one length is a full batch
        given = problem.Problem(sizes, batches == "ragged")
        row = comparison.compare(given, task, threads, plan)
        ratio = row["ratio"][comparison.RIVAL]["median"]
        click.echo(f"{given} {task}, threads {threads}: {comparison.RIVAL} {ratio:.2f}", err=True)
        rows.append(row)
    return rows


@click.command()
@threads_option
@click.option("--batches", type=Listed(one_of(BATCHES)), default=",".join(BATCHES))
@click.option("--tasks", type=Listed(one_of(TASKS)), default=",".join(TASKS))
@in_parts
def decoder(options: dict[str, Any]) -> Parts:
    """A decoder with additive attention: in torch, step by step, and in pyrnn."""
    from benchmarks.decoder import comparison

    require("torch")
    return Parts(lambda: measure_decoder(options), comparison.show)


def measure_decoder(options: dict[str, Any]) -> Rows:
    """The rows of one number of threads."""
    from benchmarks.decoder import comparison, problem
    from benchmarks.timing import QUICK, Plan

    (threads,), plan = options["threads"], QUICK if options["quick"] else Plan()
    table = problem.QUICK if options["quick"] else problem.TABLE
    rows = []
    for batches, sizes, task in product(options["batches"], table, options["tasks"]):
        if batches == "ragged" and sizes.B == 1:
            continue  # one length is a full batch
        given = problem.Problem(sizes, batches == "ragged")
        row = comparison.compare(given, task, threads, plan)
        found = ", ".join(f"{name} {r['median']:.2f}" for name, r in row["ratio"].items())
        click.echo(f"{given} {task}, threads {threads}: {found}", err=True)
        rows.append(row)
    return rows


@click.command()
@click.argument("other", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--cells", type=Listed(one_of(CELLS)), default="lstm,gru,rnn_tanh")
@click.option("--threads", type=Listed(whole_number), default="1,2")
@click.option("--shapes", type=Listed(shape), help="As 50x16x128: T, B, H = I.")
@click.option("--about", default="", help="What the other build is, for the record.")
@quick_option
@output_option
def builds(other: Path, **options: Any) -> None:
    """The installed pyrnn beside the build in the folder OTHER, an older one or with other flags.

    OTHER holds a folder `pyrnn`, as `pip install --target OTHER .` makes it. A ratio is OTHER's
    time divided by the installed build's: above 1, the installed one is faster.
    """
    from benchmarks import builds as benchmark
    from benchmarks.kernels.problem import Problem
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
