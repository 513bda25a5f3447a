"""Forked children and multiprocessing's workers: they compute, and they end."""

from __future__ import annotations

import os
import sys

import pytest

from .conftest import Run

needs_fork = [
    pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork"),
    pytest.mark.skipif(
        sys.platform == "darwin", reason="macOS's frameworks do not survive fork beside threads"
    ),
]
FORKING = [
    "fork",
    "fork_many",
    "grandchild",
    "fork_while_busy",
    "fork_while_packing",
    "pool_by_fork",
    "pool_by_forkserver",
]


@pytest.mark.parametrize(
    "scenario",
    [
        *(pytest.param(name, marks=needs_fork) for name in FORKING),
        "pool_by_spawn",
        "model_through_a_pickle",
        "leave_with_a_team",
    ],
)
def test_children(run_program: Run, scenario: str) -> None:
    assert run_program("processes", scenario).endswith("done\n")
