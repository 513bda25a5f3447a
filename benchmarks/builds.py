"""Two builds of pyrnn against each other: an older commit's, other compiler flags.

Two builds of one extension do not go into one process. Each has its own, and the two take turns;
the one whose turn it is not is asleep.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.agreement import require_agreement
from benchmarks.kernels.comparison import TOLERANCE
from benchmarks.kernels.problem import Problem
from benchmarks.timing import Plan, Spread, ratios, take_turns

WORKER = Path(__file__).with_name("build_worker.py")
OURS, OTHER = "this", "other"


class Build:
    """A process with the pyrnn that a folder holds; None for the one that is installed here."""

    def __init__(self, folder: Path | None) -> None:
        environment = dict(os.environ)
        if folder is not None:
            environment["PYTHONPATH"] = str(folder.resolve())
        self.process = subprocess.Popen(
            [sys.executable, str(WORKER)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
        )

    def ask(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """The answer to a request. Raises RuntimeError if the process has died."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps(request) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"a build's process ended with status {self.process.wait()}")
        answer: dict[str, Any] = json.loads(line)
        return answer

    def close(self) -> None:
        """End the process."""
        with self.process:  # closes the pipes, at which the worker ends, and waits
            pass


@contextmanager
def two_builds(other: Path) -> Iterator[dict[str, Build]]:
    """The installed build and another one, ready to be asked."""
    builds = {OURS: Build(None), OTHER: Build(other)}
    try:
        yield builds
    finally:
        for build in builds.values():
            build.close()


def compare(
    builds: Mapping[str, Build], problem: Problem, task: str, threads: int, plan: Plan
) -> dict[str, Any]:
    """One row: whether the bits are the same, seconds of each, the ratio other / this.

    Raises DisagreementError, before anything is timed, where results differ by more than rounding.
    """
    with tempfile.TemporaryDirectory() as folder:
        found = {}
        for name, build in builds.items():
            path = Path(folder, f"{name}.npz")
            request = {
                "cell": problem.cell,
                "shape": list(problem.shape),
                "ragged": problem.ragged,
                "task": task,
                "threads": threads,
                "sample": plan.sample,
                "outputs": str(path),
            }
            build.ask(request)
            with np.load(path) as arrays:
                found[name] = dict(arrays)
    ours, other = found[OURS], found[OTHER]
    what = f"{problem} {task}: the other build"
    difference = require_agreement(ours, other, TOLERANCE, what, frozenset(ours))
    times = take_turns(list(builds), plan, lambda name: builds[name].ask({})["seconds"])
    return {
        "cell": problem.cell,
        **problem.shape._asdict(),
        "ragged": problem.ragged,
        "task": task,
        "threads": threads,
        "rounds": len(times[OURS]),
        "same_bits": all(np.array_equal(ours[name], other[name]) for name in ours),
        "difference": difference.to_json(),
        "seconds": {name: Spread.of(values).to_json() for name, values in times.items()},
        "ratio": ratios(times, OURS)[OTHER].to_json(),
    }
