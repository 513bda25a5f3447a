"""Verify, then time one problem; and the table in the terminal."""

from __future__ import annotations

import importlib
from collections.abc import Mapping, Sequence
from typing import Any

from rich.table import Table
from rich.text import Text

import pyrnn
from benchmarks.agreement import require_agreement
from benchmarks.kernels.contestants import installed
from benchmarks.kernels.table import console
from benchmarks.streams.contestants import Contestant
from benchmarks.streams.problem import Data, Problem, draw
from benchmarks.timing import Plan, Spread, race, ratios

# name -> module and class; the first is ours. Rivals whose library is not there are left out.
ONE = {
    "pyrnn": "benchmarks.streams.contestants:PyrnnStream",
    "onnxruntime": "benchmarks.baselines.onnxruntime.step:OnnxStep",
    "onnxruntime-bound": "benchmarks.baselines.onnxruntime.step:BoundOnnxStep",
    "torch": "benchmarks.baselines.torch.step:TorchStep",
}
MANY = {
    "pyrnn": "benchmarks.streams.contestants:PyrnnPool",
    "single-streams": "benchmarks.streams.contestants:PyrnnLoop",
    "onnxruntime": "benchmarks.baselines.onnxruntime.step:OnnxPool",
}
OURS = "pyrnn"
COMPARED = 20  # steps
# float32, relative to the largest element, after some steps: that of benchmarks.kernels
TOLERANCE = 2e-5


def contestants(problem: Problem, data: Data, threads: int) -> dict[str, Contestant]:
    """Those whose libraries are installed."""
    found = {}
    for name, place in (ONE if problem.sessions == 1 else MANY).items():
        library = name.partition("-")[0]
        if library in ("onnxruntime", "torch") and not installed(library):
            continue
        module, _, kind = place.partition(":")
        found[name] = getattr(importlib.import_module(module), kind)(problem, data, threads)
    return found


def compare(problem: Problem, threads: int, plan: Plan) -> dict[str, Any]:
    """One row: how well the rivals agree, seconds of each, the ratios.

    Raises DisagreementError before anything is timed.
    """
    pyrnn.set_num_threads(threads)
    everybody = contestants(problem, draw(problem), threads)
    ours = everybody[OURS].outputs(COMPARED)
    differences = {
        name: require_agreement(
            ours, each.outputs(COMPARED), TOLERANCE, f"{problem}: {name}", frozenset(ours)
        ).to_json()
        for name, each in everybody.items()
        if name != OURS
    }
    times = race(everybody, plan)
    return {
        "cell": problem.cell,
        "H": problem.H,
        "sessions": problem.sessions,
        "threads": threads,
        "gflop": problem.operations() / 1e9,
        "rounds": len(times[OURS]),
        "tolerance": TOLERANCE,
        "difference": differences,
        "seconds": {name: Spread.of(values).to_json() for name, values in times.items()},
        "ratio": {name: spread.to_json() for name, spread in ratios(times, OURS).items()},
    }


def microseconds(seconds: float) -> str:
    """With three digits, or all there are before the point."""
    value = seconds * 1e6
    return f"{value:.3g}" if value < 1000 else f"{value:,.0f}"


def title_of(sessions: int, threads: int) -> str:
    """What a table is of."""
    who = "one session" if sessions == 1 else f"{sessions} sessions"
    return f"one step of {who}, threads {threads}"


def cells_of(row: Mapping[str, Any], rival: str) -> list[str]:
    """Microseconds, and the ratio with its range."""
    if rival not in row["ratio"]:
        return ["", ""]
    ratio = row["ratio"][rival]
    shown = f"{ratio['median']:.2f} ({ratio['minimum']:.2f} to {ratio['maximum']:.2f})"
    return [microseconds(row["seconds"][rival]["median"]), shown]


def groups(rows: Sequence[Mapping[str, Any]]) -> list[tuple[str, list[Any], list[str]]]:
    """For each table its title, its rows, and the rivals in it."""
    found = []
    for key in dict.fromkeys((row["sessions"], row["threads"]) for row in rows):
        mine = [row for row in rows if (row["sessions"], row["threads"]) == key]
        rivals = list(dict.fromkeys(name for row in mine for name in row["ratio"]))
        found.append((title_of(*key), mine, rivals))
    return found


def show(rows: Sequence[Mapping[str, Any]]) -> None:
    """Print a table for one session and for many, and for each number of threads."""
    out = console()
    for title, mine, rivals in groups(rows):
        table = Table(title=title, title_justify="left", title_style="bold")
        columns = [f"{rival} us" for rival in rivals]
        for name in ("cell", "H", "pyrnn us"):
            table.add_column(name, justify="right")
        for name in columns:
            table.add_column(name, justify="right")
            table.add_column("x (min to max)", justify="right", no_wrap=True)
        for row in mine:
            cells: list[str | Text] = [row["cell"], str(row["H"])]
            cells.append(microseconds(row["seconds"][OURS]["median"]))
            for rival in rivals:
                cells += cells_of(row, rival)
            table.add_row(*cells)
        out.print(table)
