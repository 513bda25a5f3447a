"""Programs of their own for what may hang, crash or end a process."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

PROGRAMS = Path(__file__).parent / "programs"
# A deadlock, not a slow machine: every scenario takes seconds. The program itself gives up first
# (workload.PATIENCE) and tells where each of its threads stood.
PATIENCE = 240

Run = Callable[..., str]


@pytest.fixture
def run_program(tmp_path: Path) -> Run:
    """run_program("threads", "own_models"): the scenario's output; fails unless it ends well."""

    def run(program: str, scenario: str, **environment: str) -> str:
        command = [sys.executable, str(PROGRAMS / f"{program}.py"), scenario]
        # A group of its own, so that the children of one that hangs can be ended with it.
        with subprocess.Popen(
            command,
            cwd=tmp_path,
            env={**os.environ, **environment},
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        ) as process:
            try:
                output, errors = process.communicate(timeout=PATIENCE)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                output, errors = process.communicate()
                pytest.fail(f"{program} {scenario} hangs\n{output}\n{errors}")
        assert process.returncode == 0, f"{process.returncode}\n{output}\n{errors}"
        return output

    return run
