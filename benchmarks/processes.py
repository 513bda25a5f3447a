"""Processes of their own: one for each number of threads, and fresh interpreters.

Most libraries read how many threads to use when they are loaded (NumPy's BLAS has no other way),
and a pool that was once larger never quite goes away.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

POOLS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")

# glibc's thresholds, as mallopt(3) has them: 1 GiB is above any array here. Below the first, memory
# that is freed stays with the process; above it, the next array is fetched from the system anew,
# page by page. None unsets a variable.
THRESHOLDS = ("MALLOC_MMAP_THRESHOLD_", "MALLOC_TRIM_THRESHOLD_", "MALLOC_TOP_PAD_")
ALLOCATORS: dict[str, dict[str, str | None]] = {
    "default": dict.fromkeys(THRESHOLDS),
    "raised": dict.fromkeys(THRESHOLDS, str(1 << 30)),
}


def run_each(
    threads: Sequence[int],
    extra: Sequence[str] = (),
    variables: Mapping[str, str | None] | None = None,
) -> list[Any]:
    """Run this program again for each number of threads, and add up the lists it leaves.

    extra: further arguments. variables: of the environment; None unsets one.
    """
    return [row for number in threads for row in _run(number, extra, variables or {})]


def _run(threads: int, extra: Sequence[str], variables: Mapping[str, str | None]) -> list[Any]:
    with tempfile.TemporaryDirectory() as folder:
        part = Path(folder, "part.json")
        # The last of two equal options counts
        arguments = [*sys.argv, *extra, "--threads", str(threads), "--part", str(part)]
        changed = {**os.environ, **dict.fromkeys(POOLS, str(threads)), **variables}
        environment = {name: value for name, value in changed.items() if value is not None}
        done = subprocess.run([sys.executable, *arguments], env=environment, check=False)
        if done.returncode:
            raise SystemExit(done.returncode)  # it has said itself what is wrong
        return json.loads(part.read_text(encoding="utf-8"))


def leave(part: Path, rows: list[Any]) -> None:
    """Hand what was measured to the process that waits for it."""
    part.write_text(json.dumps(rows), encoding="utf-8")


def fresh_interpreter(arguments: Sequence[str], **options: Any) -> subprocess.CompletedProcess[str]:
    """Run Python on the same pyrnn, in a folder where no source tree hides the installed package.

    arguments: any paths among them absolute. options: of `subprocess.run`.
    """
    import pyrnn

    environment = os.environ | {"PYTHONPATH": str(Path(pyrnn.__file__).resolve().parents[1])}
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, *arguments]
        return subprocess.run(command, cwd=folder, env=environment, text=True, **options)
