"""A second interpreter in the process; Python without a global lock."""

from __future__ import annotations

import importlib.util
import sys

import pytest

from .conftest import Run


@pytest.mark.skipif(
    not any(map(importlib.util.find_spec, ("_interpreters", "_xxsubinterpreters"))),
    reason="needs CPython's subinterpreters",
)
def test_a_second_interpreter_works_or_says_why_not(run_program: Run) -> None:
    run_program("interpreters", "subinterpreter")


def test_a_free_threaded_python_stays_free(run_program: Run) -> None:
    """There, test_threads.py runs the kernels truly at once."""
    if getattr(sys, "_is_gil_enabled", lambda: True)():
        version = ".".join(map(str, sys.version_info[:3]))
        pytest.skip(f"needs a free-threaded Python, 3.13t or later: this is {version}")
    run_program("interpreters", "without_the_global_lock")
