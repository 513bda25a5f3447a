"""Verify, then time one problem; and the table in the terminal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rich.table import Table

import pyrnn
from benchmarks.agreement import require_agreement
from benchmarks.convolution.contestants import Contestant, PyrnnConvolution
from benchmarks.convolution.problem import WIDTHS, Problem, draw
from benchmarks.kernels.problem import TASKS
from benchmarks.kernels.table import console, milliseconds, rival_cells
from benchmarks.timing import Plan, Spread, race, ratios

OURS, RIVAL = "pyrnn", "torch"

# float32, relative to the largest element of each result: that of benchmarks.kernels.
TOLERANCE = 2e-5


def compare(problem: Problem, task: str, threads: int, plan: Plan) -> dict[str, Any]:
    """One row: how well torch agrees, seconds of each, the ratio of the two.

    Raises DisagreementError before anything is timed.
    """
    from benchmarks.baselines.torch.convolution import TorchConvolution

    pyrnn.set_num_threads(threads)
    data = draw(problem)
    contestants: dict[str, Contestant] = {
        OURS: PyrnnConvolution(data, threads),
        RIVAL: TorchConvolution(data, threads),
    }
    ours, theirs = (one.outputs(task) for one in contestants.values())
    found = require_agreement(
        ours, theirs, TOLERANCE, f"{problem} {task}: {RIVAL}", frozenset(ours)
    )
    times = race({name: getattr(one, task) for name, one in contestants.items()}, plan)
    return {
        **problem.sizes._asdict(),
        "widths": WIDTHS,
        "ragged": problem.ragged,
        "task": task,
        "threads": threads,
        "gflop": problem.operations() / 1e9,
        "rounds": len(times[OURS]),
        "tolerance": TOLERANCE,
        "difference": {RIVAL: found.to_json()},
        "seconds": {name: Spread.of(values).to_json() for name, values in times.items()},
        "ratio": {name: spread.to_json() for name, spread in ratios(times, OURS).items()},
    }


def sizes_of(row: dict[str, Any]) -> str:
    """T, B, I in words."""
    return f"{row['T']}, {row['B']}, {row['I']}" + " ragged" * row["ragged"]


def show(rows: Sequence[dict[str, Any]]) -> None:
    """Print a table for each number of threads and task."""
    out = console()
    for threads in dict.fromkeys(row["threads"] for row in rows):
        for task in TASKS:
            title = f"convolution, {task}, threads {threads}"
            table = Table(title=title, title_justify="left", title_style="bold")
            for name in ("T, B, I", "pyrnn ms", f"{RIVAL} ms", "x (min to max)"):
                table.add_column(name, justify="right")
            for row in rows:
                if (row["threads"], row["task"]) == (threads, task):
                    ours = milliseconds(row["seconds"][OURS]["median"])
                    table.add_row(sizes_of(row), ours, *rival_cells(row, RIVAL))
            out.print(table)
