"""What a cell's forms cost beside the plain one: projection, peepholes, layer norm, masks.

All forms of one size take turns, pyrnn's and those of the rivals: torch.nn, which has projections,
and a loop over torch's operations for what it has not. A form that this build of pyrnn does not
have is left out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from benchmarks.kernels.comparison import verify
from benchmarks.kernels.field import OURS, Field
from benchmarks.kernels.problem import Problem
from benchmarks.kernels.shapes import Shape
from benchmarks.kernels.table import milliseconds, plural, print_table, shape_of, three
from benchmarks.timing import Plan, Spread, take_turns

PLAIN = "plain"
RIVALS = ("torch", "torch-loop")
PLAN = Plan(least=15, seconds=5.0)  # a quotient of 1.03 takes many rounds
SHAPES = (Shape(100, 1, 64), Shape(100, 1, 256), Shape(35, 20, 200), Shape(50, 32, 256))
QUICK = (Shape(7, 3, 10),)
P = 0.1  # of all masks

# How many times the plain cell's time a form may take; of others no more is asked than a number
BARS = {
    "layer norm": 1.3,
    "zoneout": 1.1,
    "zoneout of h and c": 1.1,
    "recurrent dropout": 1.1,
    "reset": 1.03,
}
LOOP = "torch-loop"

Forms = Mapping[str, Problem]


def variants(cell: str, shape: Shape) -> Forms:
    """The forms of a cell that this build has, the plain one first. Projected: to half of H."""
    plain = Problem(cell, shape)
    found = {PLAIN: plain}
    if cell == "lstm":
        found |= {
            "projection": replace(plain, projection=shape.H // 2),
            "peepholes": replace(plain, cell="lstm_peephole"),
            "coupled": replace(plain, cell="lstm_coupled"),
            "coupled, peepholes": replace(plain, cell="lstm_coupled_peephole"),
        }
    found |= {
        "layer norm": replace(plain, cell=f"{cell}_norm"),
        "zoneout": replace(plain, zoneout=(P, 0.0)),
        "recurrent dropout": replace(plain, recurrent_dropout=P),
    }
    if cell == "lstm":
        found["zoneout of h and c"] = replace(plain, zoneout=(P, P))
    return known(found)


def resets(cell: str, shape: Shape) -> Forms:
    """A cell as it is, and with a mask that cuts the sequences."""
    plain = Problem(cell, shape)
    return known({PLAIN: plain, "reset": replace(plain, reset=True)})


def known(forms: Forms) -> Forms:
    """Those that this build has."""
    return {name: problem for name, problem in forms.items() if problem.is_known}


def compare(field: Field, forms: Forms, task: str, plan: Plan) -> dict[str, Any]:
    """One row: for each form the seconds of all, its cost beside the plain one, the rivals' ratios.

    Raises DisagreementError before anything is timed.
    """
    timers, met = {}, {}
    for name, problem in forms.items():
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
    plain = forms[PLAIN]
    return {
        "cell": plain.cell,
        **plain.shape.to_json(),
        "task": task,
        "threads": field.threads,
        "rounds": len(times[f"{PLAIN}: {OURS}"]),
        "variants": rows,
    }


def lines(rows: Sequence[dict[str, Any]]) -> list[list[str]]:
    """A line for each form: what it is, pyrnn's ms and cost, the rival and its ratio."""
    found = []
    for row in rows:
        for name, values in row["variants"].items():
            line = [row["cell"], f"{shape_of(row)}; {row['task']}, {plural(row['threads'])}", name]
            line.append(milliseconds(values["seconds"][OURS]["median"]))
            line.append(f"{values['cost']['median']:.2f}")
            for who, ratio in list(values["ratio"].items())[:1]:
                line += [who, f"{ratio['median']:.2f}"]
            found.append(line + [""] * (7 - len(line)))
    return found


HEADER = ("cell", "T, B, H", "form", "pyrnn ms", "x plain", "beside", "x")


SUMMARY_HEADER = ("cell", "form", "x plain", "at most", "a loop takes x")


def summary(rows: Sequence[dict[str, Any]]) -> list[list[str]]:
    """A line for each cell and form, over all shapes, tasks and threads.

    Smallest / median / largest cost, the bar where there is one, and the ratio to a loop likewise.
    """
    costs: dict[tuple[str, str], list[float]] = {}
    loops: dict[tuple[str, str], list[float]] = {}
    for row in rows:
        for name, values in row["variants"].items():
            key = row["cell"], name
            if name != PLAIN:
                costs.setdefault(key, []).append(values["cost"]["median"])
            if LOOP in values["ratio"]:
                loops.setdefault(key, []).append(values["ratio"][LOOP]["median"])
    return [
        [*key, three(cost, ".2f"), f"{BARS[key[1]]:g}" if key[1] in BARS else ""]
        + [three(loops.get(key, []), ".1f")]
        for key, cost in costs.items()
    ]


def show(rows: Sequence[dict[str, Any]]) -> None:
    """Print every form, and the summary below."""
    print_table("forms of the cells", HEADER, lines(rows))
    print_table("over all shapes, smallest / median / largest", SUMMARY_HEADER, summary(rows))
