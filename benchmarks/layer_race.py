"""A layer beside a rival's: compared, then timed in turn; rows of results and their tables."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

import numpy as np

from benchmarks.agreement import require_agreement
from benchmarks.kernels.table import milliseconds, print_table, rival_cells
from benchmarks.timing import Plan, Spread, race, ratios

OURS = "pyrnn"


class Contestant(Protocol):
    """Made for the numbers of one problem; has a method for each task, called again and again."""

    def outputs(self, task: str) -> dict[str, np.ndarray]:
        """Runs a task once: all that it computes, by its names."""


def compare(
    contestants: Mapping[str, Contestant], what: str, task: str, tolerance: float, plan: Plan
) -> dict[str, Any]:
    """How well the rival agrees, seconds of each, their ratio. The first contestant is pyrnn's.

    Raises DisagreementError before anything is timed.
    """
    (_, rival) = contestants
    ours, theirs = (one.outputs(task) for one in contestants.values())
    found = require_agreement(ours, theirs, tolerance, f"{what} {task}: {rival}", frozenset(ours))
    times = race({name: getattr(one, task) for name, one in contestants.items()}, plan)
    return {
        "task": task,
        "rounds": len(times[OURS]),
        "tolerance": tolerance,
        "difference": {rival: found.to_json()},
        "seconds": {name: Spread.of(values).to_json() for name, values in times.items()},
        "ratio": {name: spread.to_json() for name, spread in ratios(times, OURS).items()},
    }


def show(
    layer: str,
    sizes: str,
    sizes_of: Callable[[dict[str, Any]], str],
    rows: Sequence[dict[str, Any]],
) -> None:
    """Print a table for each number of threads and task."""
    for threads, task in dict.fromkeys((row["threads"], row["task"]) for row in rows):
        chosen = [row for row in rows if (row["threads"], row["task"]) == (threads, task)]
        (rival,) = chosen[0]["ratio"]
        lines = [
            [sizes_of(row), milliseconds(row["seconds"][OURS]["median"]), *rival_cells(row, rival)]
            for row in chosen
        ]
        header = [sizes, "pyrnn ms", f"{rival} ms", "x (min to max)"]
        print_table(f"{layer}, {task}, threads {threads}", header, lines, "right")
