"""Verify, then time one problem."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pyrnn
from benchmarks.agreement import Difference, require_agreement
from benchmarks.kernels.contestants import Contestant, PyrnnLayer, rival
from benchmarks.kernels.problem import Problem, draw
from benchmarks.kernels.shapes import Shape
from benchmarks.timing import Plan, Spread, race, ratios

OURS = "pyrnn"

# float32, relative to the largest element of each result. See benchmarks/README.md.
TOLERANCE = 2e-5


@dataclass(frozen=True)
class Selection:
    """What to measure."""

    cells: Sequence[str]
    full: Sequence[Shape]  # shapes of full batches
    ragged: Sequence[Shape]  # shapes of ragged ones
    rivals: Sequence[str]

    def problems(self) -> Iterator[Problem]:
        """Cell by cell, full batches first."""
        for cell in self.cells:
            for ragged, shapes in ((False, self.full), (True, self.ragged)):
                yield from (Problem(cell, shape, ragged) for shape in shapes)


def compare(
    problem: Problem, task: str, rivals: Sequence[str], threads: int, plan: Plan
) -> dict[str, Any]:
    """One row: who agrees how well, seconds of each, ratios of each rival to pyrnn.

    Raises DisagreementError before anything is timed.
    """
    pyrnn.set_num_threads(threads)
    data = draw(problem)
    contestants: dict[str, Contestant] = {OURS: PyrnnLayer(problem, data, threads)}
    for name in rivals:
        kind = rival(name, problem, task)
        if kind is not None:
            contestants[name] = kind(problem, data, threads)
    differences = verify(contestants, problem, task)
    times = race({name: getattr(one, task) for name, one in contestants.items()}, plan)
    return {
        "cell": problem.cell,
        **problem.shape._asdict(),
        "I": problem.shape.H,
        "ragged": problem.ragged,
        "task": task,
        "threads": threads,
        "gflop": problem.operations(task) / 1e9,
        "rounds": len(times[OURS]),
        "tolerance": TOLERANCE,
        "difference": {name: found.to_json() for name, found in differences.items()},
        "seconds": {name: Spread.of(values).to_json() for name, values in times.items()},
        "ratio": {name: spread.to_json() for name, spread in ratios(times, OURS).items()},
    }


def verify(
    contestants: dict[str, Contestant], problem: Problem, task: str
) -> dict[str, Difference]:
    """How far each rival's results are from ours; DisagreementError above the tolerance."""
    ours = contestants[OURS].outputs(task)
    return {
        name: require_agreement(
            ours, one.outputs(task), TOLERANCE, f"{problem} {task}: {name}", one.names(task)
        )
        for name, one in contestants.items()
        if name != OURS
    }
