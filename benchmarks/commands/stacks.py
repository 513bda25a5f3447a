"""Layers beside themselves: with more threads, in a cell's several forms, cut by a mask."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from typing import Any

import click

from benchmarks.agreement import DisagreementError
from benchmarks.kernels.problem import TASKS
from benchmarks.options import (
    Listed,
    is_whole,
    keep,
    one_of,
    output_option,
    part_option,
    quick_option,
    threads_option,
    warn_of_load,
    whole_number,
)
from benchmarks.processes import leave, run_each
from benchmarks.signature import sign


@click.command()
@click.option(
    "--threads", type=Listed(whole_number), default="2", help="Beside one; each in a process."
)
@quick_option
@output_option
@part_option
@click.pass_context
def scaling(context: click.Context, /, **options: Any) -> None:
    """Training with one thread and with more: two directions, several layers, one sequence."""
    from benchmarks.kernels import scaling as benchmark
    from benchmarks.timing import QUICK, Plan

    if options["part"] is not None:
        (threads,), quick = options["threads"], options["quick"]
        plan = QUICK if quick else Plan(seconds=8.0)
        rows = []
        for name, (problem, goal) in (benchmark.QUICK if quick else benchmark.PROBLEMS).items():
            try:
                rows.append(benchmark.compare(name, problem, goal, threads, plan))
            except DisagreementError as error:
                raise click.ClickException(str(error)) from error
        leave(options["part"], rows)
        return
    warn_of_load()
    signature = sign(options["threads"])
    rows = run_each(options["threads"])
    benchmark.show(rows)
    keep("scaling", signature, {"rows": rows}, options["output"], is_whole(context))


tasks_option = click.option("--tasks", type=Listed(one_of(TASKS)), default=",".join(TASKS))


@click.command()
@click.option("--cells", type=Listed(one_of(("lstm", "gru"))), default="lstm,gru")
@threads_option
@tasks_option
@quick_option
@output_option
@part_option
@click.pass_context
def variants(context: click.Context, /, **options: Any) -> None:
    """Layer norm, zoneout, recurrent dropout, projections, peepholes: what each costs."""
    from benchmarks.kernels import variants as benchmark

    run_forms(context, benchmark.variants)


@click.command()
@click.option(
    "--cells", type=Listed(one_of(("lstm", "gru", "rnn_tanh"))), default="lstm,gru,rnn_tanh"
)
@threads_option
@tasks_option
@quick_option
@output_option
@part_option
@click.pass_context
def reset(context: click.Context, /, **options: Any) -> None:
    """Layers whose sequences a mask cuts: what it costs, and a loop over steps beside it."""
    from benchmarks.kernels import variants as benchmark

    run_forms(context, benchmark.resets)


def run_forms(context: click.Context, forms: Callable[[str, Any], Any]) -> None:
    """A command that compares forms of cells."""
    from benchmarks.kernels import variants as benchmark

    options = context.params
    if options["part"] is not None:
        leave(options["part"], measure_forms(options, forms))
        return
    warn_of_load()
    signature = sign(options["threads"])
    rows = run_each(options["threads"])
    benchmark.show(rows)
    keep(str(context.info_name), signature, {"rows": rows}, options["output"], is_whole(context))


def measure_forms(options: dict[str, Any], forms: Callable[[str, Any], Any]) -> list[Any]:
    """The rows of one number of threads."""
    from benchmarks.kernels import variants as benchmark
    from benchmarks.kernels.field import field
    from benchmarks.timing import QUICK, Plan

    (threads,), quick = options["threads"], options["quick"]
    plan = QUICK if quick else Plan(least=15)
    shapes = benchmark.QUICK if quick else benchmark.SHAPES
    rows = []
    with field(threads, benchmark.RIVALS) as everybody:
        for cell, shape, task in product(options["cells"], shapes, options["tasks"]):
            try:
                row = benchmark.compare(everybody, forms(cell, shape), task, plan)
            except DisagreementError as error:
                raise click.ClickException(str(error)) from error
            told = ", ".join(
                f"{name} {found['cost']['median']:.2f}" for name, found in row["variants"].items()
            )
            click.echo(f"{cell} {shape} {task}, threads {threads}: {told}", err=True)
            rows.append(row)
    return rows
