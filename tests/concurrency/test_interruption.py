"""Ctrl-C and other signals while kernels run; the end of the interpreter meanwhile."""

from __future__ import annotations

import sys

import pytest

from .conftest import Run

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs POSIX signals")


@pytest.mark.parametrize("scenario", ["forward", "backward", "optimizer", "others_inside"])
def test_ctrl_c_inside_a_kernel(run_program: Run, scenario: str) -> None:
    assert run_program("interruptions", scenario).endswith("done\n")


def test_workers_take_no_signals(run_program: Run) -> None:
    # OpenBLAS's threads do take them
    run_program("interruptions", "blocked_by_the_main_thread", OPENBLAS_NUM_THREADS="1")


def test_the_interpreter_ends_while_threads_are_inside(run_program: Run) -> None:
    run_program("interruptions", "leave_while_inside")
