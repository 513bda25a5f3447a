"""Verify, then time one problem; and the table in the terminal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rich.table import Table

import pyrnn
from benchmarks.agreement import require_agreement
from benchmarks.decoder.contestants import Contestant, PyrnnDecoder
from benchmarks.decoder.problem import Problem, draw
from benchmarks.kernels.problem import TASKS
from benchmarks.kernels.table import console, milliseconds, rival_cells
from benchmarks.timing import Plan, Spread, race, ratios

OURS = "pyrnn"
RIVALS = {
    "torch": "step by step",
    "torch, keys once": "the keys projected beforehand",
}

# float32, relative to the largest element of each result: that of benchmarks.kernels, twice, as
# steps follow one another through a softmax.
TOLERANCE = 4e-5


def compare(problem: Problem, task: str, threads: int, plan: Plan) -> dict[str, Any]:
    """One row: how well the rivals agree, seconds of each, the ratios.

    Raises DisagreementError before anything is timed.
    """
    from benchmarks.baselines.torch.decoder import TorchDecoder, TorchHoisted

    pyrnn.set_num_threads(threads)
    data = draw(problem)
    contestants: dict[str, Contestant] = {OURS: PyrnnDecoder(data, threads)}
    for name, kind in zip(RIVALS, (TorchDecoder, TorchHoisted), strict=True):
        contestants[name] = kind(data, threads)
    ours = contestants[OURS].outputs(task)
    differences = {}
    for name in RIVALS:
        theirs = contestants[name].outputs(task)
        found = require_agreement(
            ours, theirs, TOLERANCE, f"{problem} {task}: {name}", frozenset(ours)
        )
        differences[name] = found.to_json()
    times = race({name: getattr(one, task) for name, one in contestants.items()}, plan)
    return {
        **problem.sizes._asdict(),
        "ragged": problem.ragged,
        "task": task,
        "threads": threads,
        "gflop": problem.operations(task) / 1e9,
        "rounds": len(times[OURS]),
        "tolerance": TOLERANCE,
        "difference": differences,
        "seconds": {name: Spread.of(values).to_json() for name, values in times.items()},
        "ratio": {name: spread.to_json() for name, spread in ratios(times, OURS).items()},
    }


def sizes_of(row: dict[str, Any]) -> str:
    """T, S, B, I, H, E in words."""
    sizes = ", ".join(str(row[letter]) for letter in "TSBIHE")
    return sizes + " ragged" * row["ragged"]


def show(rows: Sequence[dict[str, Any]]) -> None:
    """Print a table for each number of threads and task."""
    out = console()
    for threads in dict.fromkeys(row["threads"] for row in rows):
        for task in TASKS:
            title = f"decoder, {task}, threads {threads}"
            table = Table(title=title, title_justify="left", title_style="bold")
            table.add_column("T, S, B, I, H, E", justify="right")
            table.add_column("pyrnn ms", justify="right")
            for name in RIVALS:
                table.add_column(f"{name} ms", justify="right")
                table.add_column("x (min to max)", justify="right")
            for row in rows:
                if (row["threads"], row["task"]) != (threads, task):
                    continue
                ours = milliseconds(row["seconds"][OURS]["median"])
                cells = [cell for name in RIVALS for cell in rival_cells(row, name)]
                table.add_row(sizes_of(row), ours, *cells)
            out.print(table)
