"""Layers beside themselves: with one thread and with more, and in the LSTM's several forms."""

from __future__ import annotations

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


@click.command()
@threads_option
@click.option("--tasks", type=Listed(one_of(TASKS)), default=",".join(TASKS))
@quick_option
@output_option
@part_option
@click.pass_context
def variants(context: click.Context, /, **options: Any) -> None:
    """The LSTM with a projection, peepholes, coupled gates: what each costs."""
    from benchmarks.kernels import variants as benchmark

    if options["part"] is not None:
        leave(options["part"], measure_variants(options))
        return
    warn_of_load()
    signature = sign(options["threads"])
    rows = run_each(options["threads"])
    benchmark.show(rows)
    keep("variants", signature, {"rows": rows}, options["output"], is_whole(context))


def measure_variants(options: dict[str, Any]) -> list[Any]:
    """The rows of one number of threads."""
    from benchmarks.kernels import variants as benchmark
    from benchmarks.kernels.field import field
    from benchmarks.timing import QUICK, Plan

    (threads,), quick = options["threads"], options["quick"]
    plan = QUICK if quick else Plan(least=9)
    rows = []
    with field(threads, benchmark.RIVALS) as everybody:
        shapes = benchmark.QUICK if quick else benchmark.SHAPES
        for shape, task in product(shapes, options["tasks"]):
            try:
                row = benchmark.compare(everybody, shape, task, plan)
            except DisagreementError as error:
                raise click.ClickException(str(error)) from error
            click.echo(f"{shape} {task}, threads {threads}: {', '.join(row['variants'])}", err=True)
            rows.append(row)
    return rows
