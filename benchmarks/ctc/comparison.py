"""Verify, then time one problem; and the table in the terminal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pyrnn
from benchmarks import layer_race
from benchmarks.ctc.contestants import PyrnnCtc
from benchmarks.ctc.problem import Problem, draw
from benchmarks.timing import Plan

RIVAL = "torch"

# pyrnn's float32 beside torch's float64, relative to the largest element of each result.
TOLERANCE = 1e-5


def compare(problem: Problem, task: str, threads: int, plan: Plan) -> dict[str, Any]:
    """One row: how well torch agrees, seconds of each, the ratio of the two.

    Raises DisagreementError before anything is timed.
    """
    from benchmarks.baselines.torch.ctc import TorchCtc

    pyrnn.set_num_threads(threads)
    data = draw(problem)
    contestants = {layer_race.OURS: PyrnnCtc(data), RIVAL: TorchCtc(data, threads)}
    return {
        **problem.sizes._asdict(),
        "ragged": problem.ragged,
        "threads": threads,
        **layer_race.compare(contestants, str(problem), task, TOLERANCE, plan),
    }


def sizes_of(row: dict[str, Any]) -> str:
    """T, B, C in words."""
    return f"{row['T']}, {row['B']}, {row['C']}" + " ragged" * row["ragged"]


def show(rows: Sequence[dict[str, Any]]) -> None:
    """Print a table for each number of threads and task."""
    layer_race.show("temporal classification", "T, B, C", sizes_of, rows)
