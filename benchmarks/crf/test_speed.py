"""The kernels of the random field alone, for pytest-benchmark:

    pytest benchmarks/crf --benchmark-autosave

For whoever works on them: one version against another on one machine. Results are first compared
with the NumPy reference. `python benchmarks/run.py crf` compares with pytorch-crf.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

from benchmarks.crf.problem import QUICK, TABLE, Data, Problem, draw
from pyrnn.kernels import crf, native

PROBLEMS = [Problem(sizes, ragged) for sizes in (*QUICK, *TABLE) for ragged in (False, True)]


@pytest.fixture(params=[1, 2], ids="threads{}".format)
def threads(request: pytest.FixtureRequest) -> Iterator[int]:
    before = native.get_num_threads()
    native.set_num_threads(request.param)
    yield request.param
    native.set_num_threads(before)


def training(kernels: Any, data: Data) -> list[np.ndarray]:
    given = data.emissions, data.labels, *data.scores.values(), data.lengths
    likelihood, alphas = kernels.crf_log_likelihood(*given)
    return [likelihood, *kernels.crf_gradient(*given, alphas, np.ones_like(likelihood))]


def decode(kernels: Any, data: Data) -> list[np.ndarray]:
    return list(kernels.crf_decode(data.emissions, *data.scores.values(), data.lengths))


def marginals(kernels: Any, data: Data) -> list[np.ndarray]:
    return [kernels.crf_marginals(data.emissions, *data.scores.values(), data.lengths)]


@pytest.mark.parametrize("task", [training, decode, marginals])
@pytest.mark.parametrize("problem", PROBLEMS, ids=str)
def test_speed(
    benchmark: Callable[..., Any], problem: Problem, task: Callable[..., Any], threads: int
) -> None:
    data = draw(problem)
    if problem.sizes in QUICK:
        for got, want in zip(task(native, data), task(crf, data), strict=True):
            np.testing.assert_allclose(got, want, rtol=1e-4, atol=1e-4)
    benchmark.extra_info |= {"threads": threads}  # type: ignore[attr-defined]
    benchmark(task, native, data)
