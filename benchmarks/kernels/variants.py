"""What the LSTM's forms cost: projection, peepholes, coupled gates, beside the plain one.

All forms of one size take turns, pyrnn's and those of the rivals: torch.nn, which has projections,
and a loop over torch's operations for what it has not. A form that this build of pyrnn does not
have is left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from rich.table import Table

from benchmarks.kernels.comparison import verify
from benchmarks.kernels.field import OURS, Field
from benchmarks.kernels.problem import Problem
from benchmarks.kernels.shapes import Shape
from benchmarks.kernels.table import console, milliseconds, plural, shape_of
from benchmarks.timing import Plan, Spread, take_turns

PLAIN = "plain"
RIVALS = ("torch", "torch-loop")
SHAPES = (Shape(100, 1, 256), Shape(35, 20, 200), Shape(50, 32, 256))
QUICK = (Shape(7, 3, 10),)


def variants(shape: Shape) -> dict[str, Problem]:
    """The forms of a size that this build has, the plain one first. Projected: to half of H."""
    plain = Problem("lstm", shape)
    found = {
        PLAIN: plain,
        "projection": replace(plain, projection=shape.H // 2),
        "peepholes": replace(plain, cell="lstm_peephole"),
        "coupled": replace(plain, cell="lstm_coupled"),
        "coupled, peepholes": replace(plain, cell="lstm_coupled_peephole"),
    }
    return {name: problem for name, problem in found.items() if problem.is_known}


def compare(field: Field, shape: Shape, task: str, plan: Plan) -> dict[str, Any]:
    """One row: for each form the seconds of all, its cost beside the plain one, the rivals' ratios.

    Raises DisagreementError before anything is timed.
    """
    timers, met = {}, {}
    for name, problem in variants(shape).items():
        entrants = field.enter(problem, task, plan.sample)
        verify(entrants, f"{problem} {task}")
        timers |= {(name, who): one.timer for who, one in entrants.items()}
        met[name] = [who for who in entrants if who != OURS]
    keys = {f"{name}: {who}": (name, who) for name, who in timers}
    times = take_turns(list(keys), plan, lambda key: timers[keys[key]]())

    def quotient(one: str, other: str) -> dict[str, float]:
        pairs = zip(times[one], times[other], strict=False)
        return Spread.of([a / b for a, b in pairs]).to_json()

    rows = {
        name: {
            "cost": quotient(f"{name}: {OURS}", f"{PLAIN}: {OURS}"),
            "ratio": {who: quotient(f"{name}: {who}", f"{name}: {OURS}") for who in rivals},
            "seconds": {
                who: Spread.of(times[f"{name}: {who}"]).to_json() for who in (OURS, *rivals)
            },
        }
        for name, rivals in met.items()
    }
    return {
        "cell": "lstm",
        **shape.to_json(),
        "task": task,
        "threads": field.threads,
        "variants": rows,
    }


def lines(rows: Sequence[dict[str, Any]]) -> list[list[str]]:
    """A line for each form: what it is, pyrnn's ms and cost, the rival and its ratio."""
    found = []
    for row in rows:
        for name, values in row["variants"].items():
            line = [f"{shape_of(row)}; {row['task']}, {plural(row['threads'])}", name]
            line.append(milliseconds(values["seconds"][OURS]["median"]))
            line.append(f"{values['cost']['median']:.2f}")
            for who, ratio in list(values["ratio"].items())[:1]:
                line += [who, f"{ratio['median']:.2f}"]
            found.append(line + [""] * (6 - len(line)))
    return found


HEADER = ("T, B, H", "LSTM", "pyrnn ms", "x plain", "beside", "x")


def show(rows: Sequence[dict[str, Any]]) -> None:
    """Print the table."""
    table = Table(title="forms of the LSTM", title_justify="left", title_style="bold")
    for column in HEADER:
        table.add_column(column)
    for line in lines(rows):
        table.add_row(*line)
    console().print(table)
