"""Two builds of pyrnn against each other: an older commit's, other compiler flags.

Two builds of one extension do not go into one process. Each has its own, and the two take turns;
the one whose turn it is not is asleep.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.agreement import require_agreement
from benchmarks.contestant_process import ContestantProcess
from benchmarks.kernels.comparison import TOLERANCE
from benchmarks.kernels.problem import Problem
from benchmarks.timing import Plan, Spread, ratios, take_turns

OURS, OTHER = "this", "other"


@contextmanager
def two_builds(other: Path) -> Iterator[dict[str, ContestantProcess]]:
    """The installed build and another one, ready to be asked."""
    there = {"PYTHONPATH": str(other.resolve())}
    with ContestantProcess("pyrnn", {}) as ours, ContestantProcess("pyrnn", there) as theirs:
        yield {OURS: ours, OTHER: theirs}


def compare(
    builds: Mapping[str, ContestantProcess], problem: Problem, task: str, threads: int, plan: Plan
) -> dict[str, Any]:
    """One row: whether the bits are the same, seconds of each, the ratio other / this.

    Raises DisagreementError, before anything is timed, where results differ by more than rounding.
    """
    found = {
        n: build.prepare(problem, task, threads, plan.sample)[1] for n, build in builds.items()
    }
    ours, other = found[OURS], found[OTHER]
    what = f"{problem} {task}: the other build"
    difference = require_agreement(ours, other, TOLERANCE, what, frozenset(ours))
    times = take_turns(list(builds), plan, lambda name: builds[name].turn())
    return {
        "cell": problem.cell,
        **problem.shape.to_json(),
        "ragged": problem.ragged,
        "task": task,
        "threads": threads,
        "rounds": len(times[OURS]),
        "same_bits": all(np.array_equal(ours[name], other[name]) for name in ours),
        "difference": difference.to_json(),
        "seconds": {name: Spread.of(values).to_json() for name, values in times.items()},
        "ratio": ratios(times, OURS)[OTHER].to_json(),
    }
