"""Layers beside themselves: with more threads, in a cell's several forms, cut by a mask."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from typing import Any

import click

from benchmarks.commands.parts import Parts, Rows, in_parts
from benchmarks.kernels.problem import TASKS
from benchmarks.options import Listed, one_of, threads_option, whole_number

MASKED = ("lstm", "gru")
CUT = ("lstm", "gru", "rnn_tanh")
tasks_option = click.option("--tasks", type=Listed(one_of(TASKS)), default=",".join(TASKS))


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
@click.option("--cells", type=Listed(one_of(MASKED)), default=",".join(MASKED))
@threads_option
@tasks_option
@in_parts
def variants(options: dict[str, Any]) -> Parts:
    """Layer norm, zoneout, recurrent dropout, projections, peepholes: what each costs."""
    from benchmarks.kernels import variants as benchmark

    return Parts(lambda: measure_forms(options, benchmark.variants), benchmark.show)


@click.command()
@click.option("--cells", type=Listed(one_of(CUT)), default=",".join(CUT))
@threads_option
@tasks_option
@in_parts
def reset(options: dict[str, Any]) -> Parts:
    """Layers whose sequences a mask cuts: what it costs, and a loop over steps beside it."""
    from benchmarks.kernels import variants as benchmark

    return Parts(lambda: measure_forms(options, benchmark.resets), benchmark.show)


def measure_forms(options: dict[str, Any], forms: Callable[[str, Any], Any]) -> Rows:
    """The rows of one number of threads. forms: those of a cell and a shape."""
    from benchmarks.kernels import variants as benchmark
    from benchmarks.kernels.field import field
    from benchmarks.timing import QUICK

    (threads,), quick = options["threads"], options["quick"]
    plan = QUICK if quick else benchmark.PLAN
    shapes = benchmark.QUICK if quick else benchmark.SHAPES
    rows = []
    with field(threads, benchmark.RIVALS) as everybody:
        for cell, shape, task in product(options["cells"], shapes, options["tasks"]):
            row = benchmark.compare(everybody, forms(cell, shape), task, plan)
            costs = [f"{n} {one['cost']['median']:.2f}" for n, one in row["variants"].items()]
            click.echo(f"{cell} {shape} {task}, threads {threads}: {', '.join(costs)}", err=True)
            rows.append(row)
    return rows
