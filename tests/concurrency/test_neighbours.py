"""Other libraries with threads of their own, in the same process."""

from __future__ import annotations

import importlib.util

import pytest

from .conftest import Run

NEIGHBOURS = {
    "numpy_alone": [],
    "torch_and_numpy": ["torch"],
    "onnxruntime_and_numpy": ["onnx", "onnxruntime"],
    "all_of_them": ["torch", "onnx", "onnxruntime"],
}


@pytest.mark.parametrize("scenario", NEIGHBOURS)
def test_neighbours(run_program: Run, scenario: str) -> None:
    absent = [name for name in NEIGHBOURS[scenario] if not importlib.util.find_spec(name)]
    if absent:
        pytest.skip(f"needs {', '.join(absent)}: not installed")
    assert run_program("neighbours", scenario).endswith("done\n")
