"""Verify, then time one operation; and the table in the terminal."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from typing import Any

from rich.table import Table

import pyrnn
from benchmarks.agreement import require_agreement
from benchmarks.kernels.table import console
from benchmarks.operations.contestants import Contestant, PyrnnOperations
from benchmarks.operations.problem import OPERATIONS, RECORDED, draw
from benchmarks.timing import Plan, Spread, race, ratios

OURS, RIVAL = "pyrnn", "torch"

# float32, relative to the largest element of each result: that of benchmarks.kernels.
TOLERANCE = 2e-5


def contestants() -> dict[str, Contestant]:
    """The two, each on one thread: nothing here is worth a second one."""
    import torch

    from benchmarks.baselines.torch.operations import TorchOperations

    pyrnn.set_num_threads(1)
    torch.set_num_threads(1)
    data = draw()
    return {OURS: PyrnnOperations(data), RIVAL: TorchOperations(data)}


def compare(both: dict[str, Contestant], operation: str, plan: Plan) -> dict[str, Any]:
    """One row: how well torch agrees, seconds of each, the ratio of the two.

    Raises DisagreementError before anything is timed.
    """
    import torch

    with contextlib.ExitStack() as modes:
        if operation not in RECORDED:
            modes.enter_context(pyrnn.no_grad())
            modes.enter_context(torch.no_grad())
        ours, theirs = (one.outputs(operation) for one in both.values())
        found = require_agreement(ours, theirs, TOLERANCE, f"{operation}: {RIVAL}", frozenset(ours))
        times = race({name: getattr(one, operation) for name, one in both.items()}, plan)
    return {
        "operation": operation,
        "about": OPERATIONS[operation],
        "rounds": len(times[OURS]),
        "tolerance": TOLERANCE,
        "difference": {RIVAL: found.to_json()},
        "seconds": {name: Spread.of(values).to_json() for name, values in times.items()},
        "ratio": {name: spread.to_json() for name, spread in ratios(times, OURS).items()},
    }


HEADER = ("operation", "", "pyrnn µs", f"{RIVAL} µs", "x (min to max)")


def lines(rows: Sequence[dict[str, Any]]) -> list[list[str]]:
    """A line for each operation: what it is, microseconds of both, the ratio."""
    found = []
    for row in rows:
        ratio = row["ratio"][RIVAL]
        spread = f"{ratio['median']:.2f} ({ratio['minimum']:.2f} to {ratio['maximum']:.2f})"
        times = [f"{1e6 * row['seconds'][name]['median']:.3g}" for name in (OURS, RIVAL)]
        found.append([row["operation"], row["about"], *times, spread])
    return found


def show(rows: Sequence[dict[str, Any]]) -> None:
    """Print the table."""
    table = Table(title="operations on one row", title_justify="left", title_style="bold")
    for column, name in enumerate(HEADER):
        table.add_column(name, justify="left" if column < 2 else "right")
    for line in lines(rows):
        table.add_row(*line)
    console().print(table)
