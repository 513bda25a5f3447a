"""The field of a race: who is in this process, who in one of its own, and the peak."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import NamedTuple

import numpy as np

from benchmarks.contestant_process import ContestantProcess
from benchmarks.kernels.contestants import APART, PyrnnLayer, installed, rival
from benchmarks.kernels.problem import Problem, draw
from benchmarks.peak import Peak, peak

OURS = "pyrnn"


class Entrant(NamedTuple):
    """Someone who is ready for a race."""

    results: dict[str, np.ndarray]  # what was computed, by name
    names: frozenset[str]  # what there must be at least
    timer: Callable[[], float]  # the seconds of a call, measured now
    about: str | None


class Field:
    """Everybody with so many threads."""

    def __init__(
        self,
        threads: int,
        here: Sequence[str],
        apart: dict[str, ContestantProcess],
        peak: Peak | None,
    ) -> None:
        self.threads = threads
        self.here = here
        self.apart = apart
        self.peak = peak

    def enter(self, problem: Problem, task: str, sample: float) -> dict[str, Entrant]:
        """Those that take a problem, pyrnn first."""
        data = draw(problem)
        kinds = {OURS: PyrnnLayer} | {name: rival(name, problem, task) for name in self.here}
        entrants = {}
        for name, kind in kinds.items():
            if kind is not None:
                one = kind(problem, data, self.threads)
                results, names = one.outputs(task), one.names(task)
                entrants[name] = Entrant(results, names, one.timer(task, sample), one.about())
        for name, process in self.apart.items():
            answer, results = process.prepare(problem, task, self.threads, sample)
            if results:
                names = frozenset(answer["names"])
                entrants[name] = Entrant(results, names, process.turn, answer["about"])
        return entrants


@contextmanager
def field(threads: int, rivals: Sequence[str]) -> Iterator[Field]:
    """The field, its processes running."""
    with ExitStack() as stack:
        apart = {
            name: stack.enter_context(ContestantProcess(name, APART[name], threads))
            for name in rivals
            if name in APART and installed(name)
        }
        here = [name for name in rivals if name not in APART]
        yield Field(threads, here, apart, stack.enter_context(peak(threads)))
