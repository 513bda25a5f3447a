"""Verify, then time one problem; and the table in the terminal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pyrnn
from benchmarks import layer_race
from benchmarks.convolution.contestants import PyrnnConvolution
from benchmarks.convolution.problem import WIDTHS, Problem, draw
from benchmarks.timing import Plan

RIVAL = "torch"

# float32, relative to the largest element of each result: that of benchmarks.kernels.
TOLERANCE = 2e-5


def compare(problem: Problem, task: str, threads: int, plan: Plan) -> dict[str, Any]:
    """One row: how well torch agrees, seconds of each, the ratio of the two.

    Raises DisagreementError before anything is timed.
    """
    from benchmarks.baselines.torch.convolution import TorchConvolution

    pyrnn.set_num_threads(threads)
    data = draw(problem)
    contestants = {
        layer_race.OURS: PyrnnConvolution(data, threads),
        RIVAL: TorchConvolution(data, threads),
    }
    return {
        **problem.sizes._asdict(),
        "widths": WIDTHS,
        "ragged": problem.ragged,
        "threads": threads,
        "gflop": problem.operations() / 1e9,
        **layer_race.compare(contestants, str(problem), task, TOLERANCE, plan),
    }


def sizes_of(row: dict[str, Any]) -> str:
    """T, B, I in words."""
    return f"{row['T']}, {row['B']}, {row['I']}" + " ragged" * row["ragged"]


def show(rows: Sequence[dict[str, Any]]) -> None:
    """Print a table for each number of threads and task."""
    layer_race.show("convolution", "T, B, I", sizes_of, rows)
