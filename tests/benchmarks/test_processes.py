"""A process of its own has the threads and the allocator that it is to have."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from benchmarks import processes
from benchmarks.processes import ALLOCATORS, POOLS, THRESHOLDS, leave, run_each


def test_each_process_has_its_threads_and_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(THRESHOLDS[0], "5")
    monkeypatch.setattr(sys, "argv", ["run.py", "classifier", "--threads", "1,2"])
    seen = []

    def run(command: list[str], env: dict[str, str], **_: Any) -> subprocess.CompletedProcess:
        seen.append((command[1:-1], env))
        leave(Path(command[-1]), [len(seen)])
        return subprocess.CompletedProcess(command, 0)

    monkeypatch.setattr(processes.subprocess, "run", run)
    rows = [run_each([1, 2], ["--allocators", name], ALLOCATORS[name]) for name in ALLOCATORS]
    assert rows == [[1, 2], [3, 4]]
    for (arguments, environment), (name, threads) in zip(
        seen, [("default", "1"), ("default", "2"), ("raised", "1"), ("raised", "2")], strict=True
    ):
        assert arguments[-5:] == ["--allocators", name, "--threads", threads, "--part"]
        assert all(environment[pool] == threads for pool in POOLS)
        found = {variable: environment.get(variable) for variable in THRESHOLDS}
        assert found == ALLOCATORS[name]
        assert "PATH" in environment
