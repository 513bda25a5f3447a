"""Layers over all sizes, and over very long sequences."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from benchmarks.agreement import DisagreementError
from benchmarks.kernels.contestants import installed
from benchmarks.kernels.problem import TASKS
from benchmarks.options import (
    is_whole,
    keep,
    output_option,
    part_option,
    quick_option,
    threads_option,
    warn_of_load,
)
from benchmarks.processes import leave, run_each
from benchmarks.signature import sign


@click.command("long")
@threads_option
@quick_option
@output_option
@part_option
@click.pass_context
def long_sequences(context: click.Context, /, **options: Any) -> None:
    """A sequence of 100 000 steps: memory and time with `recompute` and without."""
    from benchmarks.kernels import long_sequences as benchmark
    from benchmarks.timing import Plan

    quick = options["quick"]
    if options["part"] is not None:
        (threads,) = options["threads"]
        sizes, plan = (
            (benchmark.QUICK[-1], Plan(3, 3, 0.0)) if quick else (benchmark.TIMED, Plan(5, 5, 0.0))
        )
        try:
            leave(options["part"], [benchmark.compare(sizes, threads, plan)])
        except DisagreementError as error:
            raise click.ClickException(str(error)) from error
        return
    if not Path("/proc/self/clear_refs").exists():
        raise click.ClickException("/proc/self/clear_refs: not there; this benchmark needs Linux")
    warn_of_load()
    signature = sign(options["threads"])
    rows = run_each(options["threads"])
    shapes = benchmark.QUICK if quick else benchmark.SHAPES
    result = {"rows": rows, "memory": [benchmark.memory(shape) for shape in shapes]}
    benchmark.show(result)
    keep("long", signature, result, options["output"], is_whole(context))


@click.command()
@threads_option
@quick_option
@output_option
@part_option
@click.pass_context
def sweep(context: click.Context, /, **options: Any) -> None:
    """Speed along H, B, T, L and threads, and what a call is made of: for the pictures."""
    from benchmarks.kernels import parts
    from benchmarks.kernels import sweep as benchmark

    if options["part"] is not None:
        leave(options["part"], measure_sweep(options))
        return
    if not installed("torch"):
        click.echo("torch is left out: not installed")
    warn_of_load()
    signature = sign(options["threads"])
    found = run_each(options["threads"])
    result = {
        "rows": [row for row in found if "axis" in row],
        "parts": [row for row in found if "microseconds" in row],
    }
    benchmark.show(result["rows"])
    parts.show(result["parts"])
    keep("sweep", signature, result, options["output"], is_whole(context))


def measure_sweep(options: dict[str, Any]) -> list[Any]:
    """The points of one number of threads, and the parts of calls."""
    from benchmarks.kernels import parts
    from benchmarks.kernels import sweep as benchmark
    from benchmarks.kernels.comparison import compare
    from benchmarks.kernels.field import field
    from benchmarks.timing import QUICK

    (threads,), quick = options["threads"], options["quick"]
    axes = benchmark.QUICK if quick else benchmark.AXES
    plan = QUICK if quick else benchmark.PLAN
    rows = []
    with field(threads, benchmark.RIVALS) as everybody:
        for axis, problem in benchmark.points(axes):
            for task in TASKS:
                try:
                    row = compare(everybody, problem, task, plan)
                except DisagreementError as error:
                    raise click.ClickException(str(error)) from error
                rows.append({"axis": axis, **row})
            click.echo(f"{axis}: {problem}, threads {threads}", err=True)
    plan = QUICK if quick else parts.PLAN
    steps, batches = (
        (parts.QUICK_STEPS, parts.QUICK_BATCHES) if quick else (parts.STEPS, parts.BATCHES)
    )
    rows += [parts.step(shape, threads, plan) for shape in steps if threads == 1]
    rows += [parts.batch(shape, threads, plan) for shape in batches]
    return rows
