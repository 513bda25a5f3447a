"""Verify, then time one problem; and the table in the terminal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pyrnn
from benchmarks import layer_race
from benchmarks.crf.contestants import PyrnnCrf
from benchmarks.crf.problem import Problem, draw
from benchmarks.timing import Plan

RIVAL = "pytorch-crf"

# float32, relative to the largest element of each result. The rival adds up numbers of some
# hundreds in float32, of which ln p is a small difference.
TOLERANCE = 1e-4


def compare(problem: Problem, task: str, threads: int, plan: Plan) -> dict[str, Any]:
    """One row: how well pytorch-crf agrees, seconds of each, the ratio of the two.

    Raises DisagreementError before anything is timed.
    """
    from benchmarks.baselines.torch.crf import TorchCrf

    pyrnn.set_num_threads(threads)
    data = draw(problem)
    contestants = {layer_race.OURS: PyrnnCrf(data), RIVAL: TorchCrf(data, threads)}
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
    layer_race.show("conditional random field", "T, B, C", sizes_of, rows)
