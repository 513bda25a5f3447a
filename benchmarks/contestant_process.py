"""Contestants that need a process of their own: another build of pyrnn, another environment.

Its turns come between those of the others; while it waits for a request it is asleep.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np

from benchmarks.kernels.problem import Problem

WORKER = Path(__file__).with_name("contestant_worker.py")


class ContestantProcess:
    """A process with the contestant of this name.

    environment: variables that differ from this process's; None unsets one. cores: how many it
    may use; None for all.
    """

    def __init__(
        self, name: str, environment: Mapping[str, str | None], cores: int | None = None
    ) -> None:
        self.name = name
        changed = {**os.environ, **environment}
        self.process = subprocess.Popen(
            [sys.executable, str(WORKER), name, *([] if cores is None else [str(cores)])],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={key: value for key, value in changed.items() if value is not None},
        )

    def ask(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """The answer to a request. Raises RuntimeError if the process has died."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps(request) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"{self.name}'s process ended with status {self.process.wait()}")
        answer: dict[str, Any] = json.loads(line)
        return answer

    def prepare(
        self, problem: Problem, task: str, threads: int, sample: float
    ) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        """The answer, and the results by name; none where it does not take the problem."""
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "outputs.npz")
            answer = self.ask(
                {
                    "problem": problem.to_json(),
                    "task": task,
                    "threads": threads,
                    "sample": sample,
                    "outputs": str(path),
                }
            )
            if answer["names"] is None:
                return answer, {}
            with np.load(path) as arrays:
                return answer, dict(arrays)

    def turn(self) -> float:
        """The seconds of a call of what was prepared."""
        return float(self.ask({})["seconds"])

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        with self.process:  # closes the pipes, at which the worker ends, and waits
            pass
