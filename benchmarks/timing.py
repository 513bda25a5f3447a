"""Contestants in turns within one process: medians, and ratios pair by pair.

A machine's speed drifts by more than what is to be measured: clocks, neighbours, pages. So the
contestants take turns, in a new order every round, and each round gives one ratio of two times that
stand close together. Before every turn there is a pause: other libraries leave workers spinning on
a core for milliseconds after their call. Then comes a call that is not timed, which wakes the
contestant's own workers and fills the caches.
"""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

Call = Callable[[], Any]


@dataclass(frozen=True)
class Plan:
    """How long to measure.

    least, most: rounds; between the two the time decides. seconds: for the contest as a whole.
    sample: a turn repeats its call until about so many seconds are timed, at least one call.
    pause: seconds before every turn, drawn between the two.
    few, slow: who is more than `slow` times as slow as the fastest leaves after `few` rounds: the
    time is better spent on those that are close together.
    """

    least: int = 15
    most: int = 41
    seconds: float = 6.0
    sample: float = 0.003
    pause: tuple[float, float] = (0.02, 0.06)
    few: int = 5
    slow: float = 3.0


QUICK = Plan(least=3, most=3, seconds=0.0, sample=0.0, pause=(0.0, 0.001))


class Spread(NamedTuple):
    """What is kept of the values of all rounds."""

    minimum: float
    median: float
    maximum: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Spread:
        """The spread of at least one value."""
        return cls(min(values), statistics.median(values), max(values))

    def to_json(self, digits: int = 4) -> dict[str, float]:
        """With so many significant digits: later ones are noise."""
        return {name: float(f"{value:.{digits}g}") for name, value in self._asdict().items()}


# name -> seconds a call, one entry for each round from the first to that in which it left
Times = dict[str, list[float]]
LONG = 0.05  # seconds of a call that needs no other before it: what that would wake is soon awake


def race(contestants: Mapping[str, Call], plan: Plan) -> Times:
    """Let the contestants take turns: the seconds of a call of each, round by round."""
    calls = {name: calls_in_a_turn(call, plan.sample) for name, call in contestants.items()}
    return take_turns(list(contestants), plan, lambda name: turn(contestants[name], calls[name]))


def take_turns(
    names: Sequence[str],
    plan: Plan,
    time_of: Callable[[str], float],
    brief: Collection[str] = (),
) -> Times:
    """time_of(name) for each name, round by round, in a new order every round, with the pauses.

    brief: who leaves after few rounds in any case, and sets no pace.
    """
    shuffle = random.Random(0).shuffle
    order = list(names)
    times: Times = {name: [] for name in names}
    end = time.perf_counter() + plan.seconds
    for done in range(plan.most):
        if done >= plan.least and time.perf_counter() >= end:
            break
        if done == plan.few:
            order = close_together({n: v for n, v in times.items() if n not in brief}, plan.slow)
        shuffle(order)
        for name in order:
            time.sleep(random.uniform(*plan.pause))
            times[name].append(time_of(name))
    return times


def close_together(times: Times, slow: float) -> list[str]:
    """Those that are at most so many times as slow as the fastest."""
    medians = {name: statistics.median(values) for name, values in times.items()}
    return [name for name, value in medians.items() if value <= slow * min(medians.values())]


def turn(call: Call, calls: int) -> float:
    """The seconds of a call: one to warm up, then the mean of so many.

    A single call that is LONG has no other before it.
    """
    start = time.perf_counter()
    call()
    warm = time.perf_counter()
    if calls == 1 and warm - start > LONG:
        return warm - start
    for _ in range(calls):
        call()
    return (time.perf_counter() - warm) / calls


def calls_in_a_turn(call: Call, sample: float) -> int:
    """How many calls fill about `sample` seconds; a first one, which may set up, is not timed."""
    call()
    start = time.perf_counter()
    call()
    once = max(time.perf_counter() - start, 1e-7)
    return max(1, round(sample / once))


def ratios(times: Times, ours: str) -> dict[str, Spread]:
    """For each rival, its time divided by ours of the same round: above 1, ours is faster."""
    return {
        rival: Spread.of([b / a for a, b in zip(times[ours], theirs, strict=False)])
        for rival, theirs in times.items()
        if rival != ours
    }
