"""One process for each number of threads.

Most libraries read how many threads to use when they are loaded (NumPy's BLAS has no other way),
and a pool that was once larger never quite goes away.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

POOLS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")


def run_each(threads: Sequence[int]) -> list[Any]:
    """Run this program again for each number of threads, and add up the lists it leaves."""
    return [row for number in threads for row in _run(number)]


def _run(threads: int) -> list[Any]:
    import pyrnn

    with tempfile.TemporaryDirectory() as folder:
        part = Path(folder, "part.json")
        # The last of two equal options counts
        arguments = [*sys.argv, "--threads", str(threads), "--part", str(part)]
        # A script's own folder comes first on sys.path: where pyrnn was found goes along
        environment = os.environ | dict.fromkeys(POOLS, str(threads))
        environment["PYTHONPATH"] = str(Path(pyrnn.__file__).parents[1])
        subprocess.run([sys.executable, *arguments], env=environment, check=True)
        return json.loads(part.read_text(encoding="utf-8"))


def leave(part: Path, rows: list[Any]) -> None:
    """Hand what was measured to the process that waits for it."""
    part.write_text(json.dumps(rows), encoding="utf-8")
