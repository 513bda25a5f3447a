"""Very long sequences: what `recompute` saves in memory, and what it costs in time.

The gradients of pyrnn's layer with and without it must have the same bits; torch's must agree to
the tolerance.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from benchmarks.agreement import DisagreementError, require_agreement
from benchmarks.kernels.contestants import Contestant, PyrnnLayer, installed, rival
from benchmarks.kernels.field import OURS
from benchmarks.kernels.problem import Data, Problem, draw
from benchmarks.kernels.shapes import Shape
from benchmarks.kernels.table import console, print_table
from benchmarks.processes import fresh_interpreter
from benchmarks.timing import Plan, Spread, ratios, take_turns, turn

RECOMPUTED, RIVAL = "pyrnn, recompute", "torch"
TASK = "training"
SHAPES = tuple(Shape(T, 1, 256) for T in (1_000, 3_000, 10_000, 30_000, 100_000))
QUICK = (Shape(40, 1, 8), Shape(400, 1, 8))
PROGRAM = Path(__file__).parents[1] / "memory_of_a_step.py"
TOLERANCE = 4e-5  # of sums of 100 000 terms in float32; it came to 1.3e-5

PLAN = Plan(least=5, most=5, seconds=0.0)  # of calls that take seconds

# What is asked of the longest
SLOWER, SHARE = 1.4, 0.1  # times the time, and of the workspace


class RecomputingLayer(PyrnnLayer):
    """`pyrnn.nn` with the states of some steps kept, from which backward runs the others again."""

    settings: ClassVar = {"recompute": True}


def torch_layer() -> type[Contestant]:
    """torch.nn's, which is imported now."""
    found = rival(RIVAL, Problem("lstm", QUICK[0]), TASK)
    assert found is not None
    return found


CONTESTANTS: Mapping[str, Callable[[], type[Contestant]]] = {
    OURS: lambda: PyrnnLayer,
    RECOMPUTED: lambda: RecomputingLayer,
    RIVAL: torch_layer,
}


def taking_part() -> list[str]:
    """Those whose library is installed."""
    return [name for name in CONTESTANTS if name != RIVAL or installed(RIVAL)]


def memory(shape: Shape) -> dict[str, Any]:
    """One row: the bytes of a training step of each, in fresh processes."""
    found = {}
    for who in taking_part():
        done = fresh_interpreter([str(PROGRAM), who, str(shape)], capture_output=True, check=True)
        found[who] = json.loads(done.stdout)
    return {"cell": "lstm", **shape.to_json(), "bytes": found, "formula": formulas(shape)}


BYTES, UNITS, SUMS = 4, 16, 4  # of a float32; units in a block of the workspace; of an LSTM
WINDOW, CHUNK = 64, 1024  # the fewest steps that run again; rows at a time in the product for dW


def formulas(shape: Shape) -> dict[str, int]:
    """The most that the workspace of an LSTM takes, in bytes: as docs/performance.md has it.

    Of each step of a sequence the activated gates and c, a row of (SUMS + 1) H numbers, H rounded
    up to whole blocks. With recompute the rows and outputs of R steps, R about the root of T, and
    the states before each of the T / R windows. Beside either a chunk of what dW multiplies, and
    where each step and row stand: two indices of 8 bytes for each.
    """
    T, B, H = shape[:3]
    padded = -(-H // UNITS) * UNITS
    row = (SUMS + 1) * padded
    steps = min(T, max(WINDOW, math.isqrt(T)))
    windows = -(-T // steps)
    states = (windows + 1) * (H + padded)
    chunk = CHUNK * max(shape.inputs, H)
    kept = {OURS: B * T * row, RECOMPUTED: B * (states + steps * (row + H))}
    indices = 2 * 8 * T * (B + 1)
    return {who: BYTES * (numbers + chunk) + indices for who, numbers in kept.items()}


def compare(shape: Shape, threads: int, plan: Plan = PLAN) -> dict[str, Any]:
    """One row: seconds of a training step of each, and how many times as long the others take.

    Raises DisagreementError before anything is timed.
    """
    problem = Problem("lstm", shape)
    data = draw_read_only(problem)
    calls = {who: CONTESTANTS[who]()(problem, data, threads) for who in taking_part()}
    differences = verify(calls)
    times = take_turns(list(calls), plan, lambda who: turn(calls[who].training, 1))
    return {
        "cell": problem.cell,
        **shape.to_json(),
        "task": TASK,
        "threads": threads,
        "rounds": len(times[OURS]),
        "difference": differences,
        "seconds": {who: Spread.of(values).to_json() for who, values in times.items()},
        "ratio": {who: spread.to_json() for who, spread in ratios(times, OURS).items()},
    }


def draw_read_only(problem: Problem) -> Data:
    """The problem's numbers, of which nobody needs a copy of x."""
    data = draw(problem)
    data.x.flags.writeable = False
    return data


def verify(calls: Mapping[str, Contestant]) -> dict[str, Any]:
    """The differences from pyrnn's plain layer: none with recompute, few of torch."""
    ours = calls[OURS].outputs(TASK)
    found = {}
    for who in [name for name in calls if name != OURS]:
        theirs = calls[who].outputs(TASK)
        names = calls[who].names(TASK)
        difference = require_agreement(ours, theirs, TOLERANCE, f"T {len(ours['y'])}: {who}", names)
        found[who] = difference.to_json()
        if who == RECOMPUTED and not all(np.array_equal(ours[name], theirs[name]) for name in ours):
            raise DisagreementError(f"{who}: expected the same bits; {difference.of} differs")
    return found


def show(rows: Sequence[Mapping[str, Any]]) -> None:
    """Print both tables and what was asked for."""
    print_table("memory of a training step, MiB", MEMORY_HEADER, memory_lines(rows))
    print_table("its seconds", TIME_HEADER, time_lines(rows))
    for line in told(rows):
        console().print(line, soft_wrap=True)


def measured(rows: Sequence[Mapping[str, Any]], what: str) -> list[Mapping[str, Any]]:
    """Those of "bytes", or those of "seconds"."""
    return [row for row in rows if what in row]


MEMORY_HEADER = (
    "T, B, H",
    *("pyrnn", "workspace", "by the formula"),
    *("recompute", "workspace", "by the formula"),
    "torch",
)
TIME_HEADER = ("T, B, H", "threads", "pyrnn s", "recompute s", "x", "torch s", "x")


def memory_lines(rows: Sequence[Mapping[str, Any]]) -> list[list[str]]:
    """A line for each size, in MiB."""
    found = []
    for row in measured(rows, "bytes"):
        line = [f"{row['T']:,}, {row['B']}, {row['H']}"]
        for who in (OURS, RECOMPUTED):
            taken = row["bytes"][who]
            line += [mib(taken["peak"]), mib(taken["workspace"]), mib(row["formula"][who])]
        rival_bytes = row["bytes"].get(RIVAL)
        found.append([*line, "" if rival_bytes is None else mib(rival_bytes["peak"])])
    return found


def mib(size: float) -> str:
    """Bytes as MiB."""
    return f"{size / 2**20:,.1f}"


def time_lines(rows: Sequence[Mapping[str, Any]]) -> list[list[str]]:
    """A line for each number of threads."""
    found = []
    for row in measured(rows, "seconds"):
        line = [f"{row['T']:,}, {row['B']}, {row['H']}", str(row["threads"])]
        line.append(f"{row['seconds'][OURS]['median']:.2f}")
        for who in (RECOMPUTED, RIVAL):
            met = who in row["ratio"]
            line.append(f"{row['seconds'][who]['median']:.2f}" if met else "")
            line.append(f"{row['ratio'][who]['median']:.2f}" if met else "")
        found.append(line)
    return found


def told(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """What was asked of the longest sequence, and what it came to."""
    slowest = max(row["ratio"][RECOMPUTED]["median"] for row in measured(rows, "seconds"))
    lines = [f"recompute takes {slowest:.2f} x the time (at most {SLOWER:g} wanted)"]
    sizes = measured(rows, "bytes")
    if not sizes:
        return lines
    row = max(sizes, key=lambda row: row["T"])
    ours, kept = row["bytes"][OURS], row["bytes"][RECOMPUTED]
    share = kept["workspace"] / ours["workspace"]
    lines.append(f"T {row['T']:,}: {share:.1%} of the workspace (at most {SHARE:.0%} wanted)")
    if RIVAL in row["bytes"]:
        theirs = row["bytes"][RIVAL]["peak"]
        shares = [f"{one['peak'] / theirs:.2f} x" for one in (ours, kept)]
        lines.append(f"the whole step takes {shares[0]} torch's memory, recomputed {shares[1]}")
    return lines
