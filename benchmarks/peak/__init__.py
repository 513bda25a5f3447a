"""The processor's peak: float32 multiply-adds in registers, in a process of its own.

fma.cpp is compiled with the system's compiler when a benchmark begins; without one there is none.
"""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from benchmarks.timing import Call, Plan, Times, calls_in_a_turn, take_turns, turn

PEAK = "peak"
SOURCE = Path(__file__).with_name("fma.cpp")
COMPILERS = ("c++", "g++", "clang++")
NATIVE = ("-march=native", "-mcpu=native")  # not every compiler has the first


class Peak:
    """A program that waits to be asked."""

    def __init__(self, program: Path, threads: int) -> None:
        self.process = subprocess.Popen(
            [str(program), str(threads)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def seconds(self) -> float:
        """How long a GFLOP takes now, on all threads. Raises RuntimeError if the program died."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"the peak's process ended with status {self.process.wait()}")
        return float(line)


@contextmanager
def peak(threads: int) -> Iterator[Peak | None]:
    """The peak of so many threads; None where nothing compiles it."""
    with tempfile.TemporaryDirectory() as folder:
        program = Path(folder, "peak")
        if not compiled(program):
            yield None
            return
        found = Peak(program, threads)
        with found.process:  # closes the pipes, at which it ends, and waits
            yield found


def compiled(program: Path) -> bool:
    """Whether one of the compilers has made the program."""
    own = shlex.split(os.environ.get("CXX", ""))
    commands = [own] if own else [[name] for name in COMPILERS if shutil.which(name)]
    return any(compiles([*command, native], program) for command in commands for native in NATIVE)


def compiles(command: Sequence[str], program: Path) -> bool:
    """Whether this compiler takes this option."""
    options = ["-O3", "-ffp-contract=fast", "-std=c++17", "-pthread"]
    whole = [*command, *options, str(SOURCE), "-o", str(program)]
    try:
        done = subprocess.run(whole, capture_output=True, check=False)
    except OSError:
        return False
    return done.returncode == 0


def race_with_peak(
    contestants: Mapping[str, Call], plan: Plan, peak: Peak | None, gflop: float
) -> Times:
    """Let the contestants take turns; see `turns_with_peak`."""
    calls = {name: calls_in_a_turn(call, plan.sample) for name, call in contestants.items()}
    timers = {name: lambda n=name: turn(contestants[n], calls[n]) for name in contestants}
    return turns_with_peak(timers, plan, peak, gflop)


def turns_with_peak(
    timers: Mapping[str, Callable[[], float]], plan: Plan, peak: Peak | None, gflop: float
) -> Times:
    """The seconds of a call of each, round by round.

    Among them PEAK's, where there is one, for `gflop` operations in 1e9: its ratio to a contestant
    is that one's share of the peak.
    """
    everybody = dict(timers)
    if peak is not None:
        everybody[PEAK] = lambda: gflop * peak.seconds()
    return take_turns(list(everybody), plan, lambda name: everybody[name](), brief=(PEAK,))
