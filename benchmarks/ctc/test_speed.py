"""The kernels of temporal classification alone, for pytest-benchmark:

    pytest benchmarks/ctc --benchmark-autosave

For whoever works on them: one version against another on one machine. Results are first compared
with the NumPy reference. `python benchmarks/run.py ctc` compares with torch.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

from benchmarks.ctc.problem import QUICK, TABLE, Problem, draw
from pyrnn.kernels import ctc, native

PROBLEMS = [Problem(sizes, ragged) for sizes in (*QUICK, *TABLE) for ragged in (False, True)]


@pytest.fixture(params=[1, 2], ids="threads{}".format)
def threads(request: pytest.FixtureRequest) -> Iterator[int]:
    before = native.get_num_threads()
    native.set_num_threads(request.param)
    yield request.param
    native.set_num_threads(before)


@pytest.mark.parametrize("gradient", [False, True])
@pytest.mark.parametrize("problem", PROBLEMS, ids=str)
def test_speed(
    benchmark: Callable[..., Any], problem: Problem, gradient: bool, threads: int
) -> None:
    data = draw(problem)
    given = data.logits, data.targets, data.lengths, data.target_lengths
    if problem.sizes in QUICK:
        for got, want in zip(native.ctc_loss(*given), ctc.ctc_loss(*given), strict=True):
            np.testing.assert_allclose(got, want, rtol=1e-5, atol=1e-5)
    benchmark.extra_info |= {"threads": threads}  # type: ignore[attr-defined]
    benchmark(native.ctc_loss, *given, gradient=gradient)
