"""What a training step on a long sequence takes in memory, in a process of its own.

Of everybody the memory of the process (VmRSS, VmHWM, Linux): at most during the step, and what was
there before taken off. Of pyrnn also what its kernels hold beyond the results: the most that they
have in use during the step, looked at every 0.2 ms, less what is in use when it is over. x cannot
be written to, so nobody copies it.

python memory_of_a_step.py CONTESTANT SHAPE        prints JSON
"""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import package  # noqa: F401  makes this folder importable as `benchmarks`

from benchmarks.kernels.long_sequences import CONTESTANTS, draw_read_only
from benchmarks.kernels.problem import Problem
from benchmarks.kernels.shapes import parse
from pyrnn.kernels import native

EVERY = 0.0002  # seconds
STATUS, RESET = Path("/proc/self/status"), Path("/proc/self/clear_refs")


def resident(name: str) -> int:
    """Bytes: VmRSS now, VmHWM at most since it was reset."""
    lines = STATUS.read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(name)) * 1024


@contextmanager
def watched() -> Iterator[list[int]]:
    """A list whose one number is the most bytes that the kernels have had in use in the block."""
    most, over = [native.used_memory()], threading.Event()

    def look() -> None:
        while not over.wait(EVERY):
            most[0] = max(most[0], native.used_memory())

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield most
    finally:
        over.set()
        thread.join()


def main(who: str, shape: str) -> None:
    """One step, after one on four steps of time that brings in what is loaded late."""
    sizes = parse(shape)
    kind = CONTESTANTS[who]()
    small = Problem("lstm", sizes._replace(T=4))
    kind(small, draw_read_only(small), 1).training()
    problem = Problem("lstm", sizes)
    contestant = kind(problem, draw_read_only(problem), 1)
    native.empty_cache()
    RESET.write_text("5")  # from here on VmHWM begins anew
    before = resident("VmRSS")
    with watched() as most:
        results = contestant.training()
    found = {"peak": resident("VmHWM") - before, "after": resident("VmRSS") - before}
    if who.startswith("pyrnn"):
        found["workspace"] = most[0] - native.used_memory()
    del results
    print(json.dumps(found))


if __name__ == "__main__":
    main(*sys.argv[1:])
