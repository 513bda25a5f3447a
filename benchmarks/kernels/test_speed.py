"""The kernels alone, without autograd and layers, for pytest-benchmark:

    pytest benchmarks/kernels --benchmark-autosave
    pytest benchmarks/kernels --benchmark-compare=0001 -k "50x16x128 and threads2"

For whoever works on them: one version against another on one machine. Results are first compared
with the NumPy baseline. `python benchmarks/run.py kernels` compares with other libraries.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

from benchmarks.agreement import require_agreement
from benchmarks.baselines.numpy.layers import NumpyLayer
from benchmarks.kernels.comparison import TOLERANCE
from benchmarks.kernels.problem import Data, Problem, draw
from benchmarks.kernels.shapes import RAGGED, TABLE
from pyrnn.kernels import native
from pyrnn.kernels.stack import CELLS, Forward, Gradients

PROBLEMS = [
    Problem(cell, shape, ragged)
    for cell in CELLS
    for ragged, shapes in ((False, TABLE), (True, RAGGED))
    for shape in shapes
]


@pytest.fixture(params=[1, 2], ids="threads{}".format)
def threads(request: pytest.FixtureRequest) -> Iterator[int]:
    before = native.get_num_threads()
    native.set_num_threads(request.param)
    yield request.param
    native.set_num_threads(before)


def weights_of(data: Data) -> list[np.ndarray]:
    return list(data.weights.values())


def named(result: Forward) -> dict[str, Any]:
    return {"y": result.y, "h_n": result.h_n, "c_n": result.c_n}


def verify(problem: Problem, data: Data, task: str, found: dict[str, Any]) -> None:
    """Against the NumPy baseline, where that has the cell."""
    if problem.cell in NumpyLayer.cells:
        theirs = NumpyLayer(problem, data, 1).outputs(task)
        ours = {name: value for name, value in found.items() if value is not None}
        require_agreement(ours, theirs, TOLERANCE, f"{problem}: numpy", frozenset(theirs))


def note(benchmark: Any, problem: Problem, task: str, threads: int) -> None:
    """What the times are divided by."""
    benchmark.extra_info |= {"threads": threads, "gflop": problem.operations(task) / 1e9}


@pytest.mark.parametrize("problem", PROBLEMS, ids=str)
def test_forward(benchmark: Callable[..., Any], problem: Problem, threads: int) -> None:
    data = draw(problem)
    packed = native.pack(problem.stack, weights_of(data))

    def call() -> Forward:
        return native.forward(packed, data.x, data.h0, data.c0, data.lengths)

    verify(problem, data, "forward", named(call()))
    note(benchmark, problem, "forward", threads)
    benchmark(call)


@pytest.mark.parametrize("problem", PROBLEMS, ids=str)
def test_training(benchmark: Callable[..., Any], problem: Problem, threads: int) -> None:
    data = draw(problem)
    weights = weights_of(data)

    def step() -> tuple[Forward, Gradients]:
        packed = native.pack(problem.stack, weights)
        result = native.forward(packed, data.x, data.h0, data.c0, data.lengths, save=True)
        return result, native.backward(result.workspace, data.dy)

    result, gradients = step()
    assert gradients.weights is not None
    found = named(result) | {"dx": gradients.x, "dh0": gradients.h0, "dc0": gradients.c0}
    found |= {f"d{name}": g for name, g in zip(data.weights, gradients.weights, strict=True)}
    verify(problem, data, "training", found)
    note(benchmark, problem, "training", threads)
    benchmark(step)
