"""Verify, then time one problem."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from benchmarks.agreement import Difference, require_agreement
from benchmarks.kernels.field import OURS, Entrant, Field
from benchmarks.kernels.problem import Problem
from benchmarks.peak import PEAK, turns_with_peak
from benchmarks.timing import Plan, Spread, ratios

# float32, relative to the largest element of each result. See benchmarks/README.md.
TOLERANCE = 2e-5


def compare(field: Field, problem: Problem, task: str, plan: Plan) -> dict[str, Any]:
    """One row: who agrees how well, seconds of each, ratios of each rival to pyrnn.

    Raises DisagreementError before anything is timed.
    """
    entrants = field.enter(problem, task, plan.sample)
    differences = verify(entrants, f"{problem} {task}")
    gflop = problem.operations(task) / 1e9
    timers = {name: one.timer for name, one in entrants.items()}
    times = turns_with_peak(timers, plan, field.peak, gflop)
    found = {name: spread.to_json() for name, spread in ratios(times, OURS).items()}
    seconds = {name: Spread.of(values).to_json() for name, values in times.items()}
    about = {name: one.about for name, one in entrants.items() if one.about}
    return {
        "cell": problem.cell,
        **problem.shape.to_json(),
        "ragged": problem.ragged,
        "task": task,
        "threads": field.threads,
        "gflop": gflop,
        "rounds": len(times[OURS]),
        "tolerance": TOLERANCE,
        "difference": {name: found.to_json() for name, found in differences.items()},
        **({"share_of_peak": found.pop(PEAK)} if PEAK in found else {}),
        "seconds": seconds,
        "ratio": found,
        "about": about,
    }


def verify(entrants: Mapping[str, Entrant], what: str) -> dict[str, Difference]:
    """How far each rival's results are from ours; DisagreementError above the tolerance."""
    ours = entrants[OURS].results
    return {
        name: require_agreement(ours, one.results, TOLERANCE, f"{what}: {name}", one.names)
        for name, one in entrants.items()
        if name != OURS
    }
