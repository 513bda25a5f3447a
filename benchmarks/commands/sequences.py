"""Layers over all sizes, and over very long sequences."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from benchmarks.commands.parts import Parts, Rows, in_parts
from benchmarks.kernels.contestants import installed
from benchmarks.kernels.problem import TASKS
from benchmarks.options import threads_option


@click.command("long")
@threads_option
@in_parts
def long_sequences(options: dict[str, Any]) -> Parts:
    """A sequence of 100 000 steps: memory and time with `recompute` and without."""
    from benchmarks.kernels import long_sequences as benchmark

    if not Path("/proc/self/clear_refs").exists():
        raise click.ClickException("/proc/self/clear_refs: not there; this benchmark needs Linux")
    return Parts(lambda: measure_long(options), benchmark.show)


def measure_long(options: dict[str, Any]) -> Rows:
    """The times of one number of threads; with one thread also the memory, by length."""
    from benchmarks.kernels import long_sequences as benchmark

    (threads,) = options["threads"]
    shapes = benchmark.QUICK if options["quick"] else benchmark.SHAPES
    rows = [benchmark.compare(shapes[-1], threads)]
    return rows + [benchmark.memory(shape) for shape in shapes if threads == 1]


@click.command()
@threads_option
@in_parts
def sweep(options: dict[str, Any]) -> Parts:
    """Speed along H, B, T, L and threads, and what a call is made of: for the pictures."""
    from benchmarks.kernels import sweep as benchmark

    if options["part"] is None and not installed("torch"):
        click.echo("torch is left out: not installed")
    return Parts(lambda: measure_sweep(options) + measure_calls(options), benchmark.show)


def measure_sweep(options: dict[str, Any]) -> Rows:
    """The points of one number of threads."""
    from benchmarks.kernels import sweep as benchmark
    from benchmarks.kernels.comparison import compare
    from benchmarks.kernels.field import field
    from benchmarks.timing import QUICK

    (threads,), quick = options["threads"], options["quick"]
    axes, plan = (benchmark.QUICK, QUICK) if quick else (benchmark.AXES, benchmark.PLAN)
    rows = []
    with field(threads, benchmark.RIVALS) as everybody:
        for axis, problem in benchmark.points(axes):
            for task in TASKS:
                rows.append({"axis": axis, **compare(everybody, problem, task, plan)})
            click.echo(f"{axis}: {problem}, threads {threads}", err=True)
    return rows


def measure_calls(options: dict[str, Any]) -> Rows:
    """The parts of calls; of a single step with one thread alone, since it uses no more."""
    from benchmarks.kernels import call_parts as benchmark
    from benchmarks.timing import QUICK

    (threads,), quick = options["threads"], options["quick"]
    plan = QUICK if quick else benchmark.PLAN
    steps = benchmark.QUICK_STEPS if quick else benchmark.STEPS
    batches = benchmark.QUICK_BATCHES if quick else benchmark.BATCHES
    rows = [row for shape in steps if threads == 1 for row in benchmark.step(shape, plan)]
    return rows + [benchmark.batch(shape, threads, plan) for shape in batches]
