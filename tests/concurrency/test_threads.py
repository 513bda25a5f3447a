"""Many Python threads: right results, the same bits, no deadlock."""

from __future__ import annotations

import pytest

from .conftest import Run


@pytest.mark.parametrize(
    "scenario",
    [
        "own_models",
        "shared_model",
        "shared_weights",
        "one_workspace",
        "one_graph",
        "switches",
        "schedules",
        "array_operations",
        "changing_indices",
    ],
)
def test_many_threads(run_program: Run, scenario: str) -> None:
    assert run_program("threads", scenario).endswith("done\n")
