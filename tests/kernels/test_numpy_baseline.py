"""The NumPy that benchmarks compare with computes what the reference computes."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

from pyrnn.kernels.stack import CELLS, Stack

from .problems import FLOATS, Problem, draw, reference_solution, tolerances

SOURCE = Path(__file__).parents[2] / "benchmarks" / "baselines" / "numpy" / "recurrent.py"
BASELINE_CELLS = [cell for cell in CELLS if cell in ("lstm", "gru") or cell.startswith("rnn")]


@pytest.fixture(scope="module")
def baseline() -> ModuleType:
    if not SOURCE.exists():
        pytest.skip("benchmarks/ is not beside the tests")
    spec = importlib.util.spec_from_file_location("numpy_baseline", SOURCE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def test_its_cells(baseline: ModuleType) -> None:
    assert set(baseline.CELLS) == set(BASELINE_CELLS)


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize(("T", "B", "I", "H"), [(1, 1, 1, 1), (5, 3, 5, 7), (12, 7, 33, 33)])
@pytest.mark.parametrize("name", BASELINE_CELLS)
def test_equals_the_reference(
    name: str, T: int, B: int, I: int, H: int, dtype: str, baseline: ModuleType
) -> None:
    problem = Problem(Stack(name, I, H), T, B, absent=frozenset({"dcells"}))
    data = draw(problem, dtype)
    c0 = None if data.c0 is None else data.c0[0]
    weights = baseline.Weights(*data.weights)
    trace = baseline.forward(name, data.x, data.h0[0], c0, weights)
    dc_n = data.upstream["dc_n"][0] if "dc_n" in data.upstream else None
    up = data.upstream
    gradients = baseline.backward(name, trace, up["dy"], up["dh_n"][0], dc_n)

    got = {"y": trace.hs[1:], "h_n": trace.hs[-1:], "dx": gradients.x, "dh0": gradients.h0[None]}
    if c0 is not None:
        got |= {"c_n": trace.cs[-1:], "cells": trace.cs[1:], "dc0": gradients.c0[None]}
    names = problem.stack.weight_names()
    got |= {f"d{n}": g for n, g in zip(names, gradients.weights, strict=True)}
    exact, bounds = reference_solution(problem, "float64"), tolerances(problem, dtype)
    assert got.keys() == exact.keys()
    for key, value in got.items():
        assert value.dtype == dtype
        assert value.shape == exact[key].shape
        assert abs(value - exact[key]).max() <= bounds[key], key
