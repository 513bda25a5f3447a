"""What a training step on a long sequence takes in memory, in a process of its own.

Of everybody the memory of the process (VmRSS, VmHWM, Linux): at most during the step, and what was
there before taken off. Of pyrnn also what its kernels hold beyond the results: all that they have
taken from the system stays in their pool, so what is idle there when the step is over was in use
during it. x cannot be written to, so nobody copies it.

python memory_of_a_step.py CONTESTANT SHAPE        prints JSON
"""

from __future__ import annotations

import ctypes
import json
import sys
from pathlib import Path

import package  # noqa: F401  makes this folder importable as `benchmarks`

from benchmarks.kernels.long_sequences import CONTESTANTS, draw_read_only
from benchmarks.kernels.problem import Problem
from benchmarks.kernels.shapes import parse
from pyrnn.kernels import native

STATUS, RESET = Path("/proc/self/status"), Path("/proc/self/clear_refs")


def resident(name: str) -> int:
    """Bytes: VmRSS now, VmHWM at most since it was reset."""
    lines = STATUS.read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(name)) * 1024


def give_back() -> None:
    """What the C library keeps of freed memory goes back to the system, where it is glibc: it would
    be used again without being counted."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)


def main(who: str, shape: str) -> None:
    """One step, after one on four steps of time that brings in what is loaded late."""
    sizes = parse(shape)
    kind = CONTESTANTS[who]()
    small = Problem("lstm", sizes._replace(T=4))
    kind(small, draw_read_only(small), 1).training()
    problem = Problem("lstm", sizes)
    contestant = kind(problem, draw_read_only(problem), 1)
    native.set_cache_limit(1 << 40)
    native.empty_cache()
    give_back()
    RESET.write_text("5")  # from here on VmHWM begins anew
    before = resident("VmRSS")
    results = contestant.training()
    found = {"peak": resident("VmHWM") - before, "after": resident("VmRSS") - before}
    if who.startswith("pyrnn"):
        found["workspace"] = native.idle_memory()
    del results
    print(json.dumps(found))


if __name__ == "__main__":
    main(*sys.argv[1:])
