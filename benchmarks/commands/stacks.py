"""Layers beside themselves: with one thread and with more, and in the LSTM's several forms."""

from __future__ import annotations

from itertools import product
from typing import Any

import click

from benchmarks.commands.parts import Parts, Rows, in_parts
from benchmarks.kernels.problem import TASKS
from benchmarks.options import Listed, one_of, threads_option, whole_number


@click.command()
@click.option(
    "--threads", type=Listed(whole_number), default="2", help="Beside one; each in a process."
)
@in_parts
def scaling(options: dict[str, Any]) -> Parts:
    """Training with one thread and with more: two directions, several layers, one sequence."""
    from benchmarks.kernels import scaling as benchmark

    return Parts(lambda: measure_scaling(options), benchmark.show)


def measure_scaling(options: dict[str, Any]) -> Rows:
    """The rows of one number of threads."""
    from benchmarks.kernels import scaling as benchmark
    from benchmarks.timing import QUICK, Plan

    (threads,), quick = options["threads"], options["quick"]
    plan = QUICK if quick else Plan(seconds=8.0)
    problems = benchmark.QUICK if quick else benchmark.PROBLEMS
    return [
        benchmark.compare(name, problem, goal, threads, plan)
        for name, (problem, goal) in problems.items()
    ]


@click.command()
@threads_option
@click.option("--tasks", type=Listed(one_of(TASKS)), default=",".join(TASKS))
@in_parts
def variants(options: dict[str, Any]) -> Parts:
    """The LSTM with a projection, peepholes, coupled gates: what each costs."""
    from benchmarks.kernels import variants as benchmark

    return Parts(lambda: measure_variants(options), benchmark.show)


def measure_variants(options: dict[str, Any]) -> Rows:
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
            row = benchmark.compare(everybody, shape, task, plan)
            click.echo(f"{shape} {task}, threads {threads}: {', '.join(row['variants'])}", err=True)
            rows.append(row)
    return rows
