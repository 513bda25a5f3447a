"""Numbers in digits to numbers in words, up to a million: 305017 -> three hundred five thousand
seventeen.

As many numbers of each length are drawn as there are, or as are left to draw: of uniform ones nine
in ten would have six digits.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.quality.tasks.result import goal, result, row
from benchmarks.quality.tasks.task import Effort, Task
from benchmarks.quality.tasks.trial import Trial
from pyrnn.models import Examples, Seq2Seq

TO_TWENTY = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen "
    "sixteen seventeen eighteen nineteen"
)
FROM_TWENTY = "twenty thirty forty fifty sixty seventy eighty ninety"
ONES, TENS = TO_TWENTY.split(), FROM_TWENTY.split()
MILLION = 10**6
COUNTS = {"train": 15_000, "held out": 1_000, "test": 4_000}
TRIAL = Trial(
    {"unit": "characters", "target_unit": "words", "hidden_size": 128}, {"epochs": 10}
)  # what a user says: sizes and epochs
LEAST = 0.98
QUICK = 100  # examples of each part, where it is only to be seen that all works


def in_words(number: int) -> str:
    """From 0 to a million."""
    if number == MILLION:
        return "one million"
    if number < len(ONES):
        return ONES[number]
    if number < 100:
        ones = number % 10
        return TENS[number // 10 - 2] + (f"-{ONES[ones]}" if ones else "")
    size, name = (1_000, "thousand") if number >= 1_000 else (100, "hundred")
    head, rest = divmod(number, size)
    return f"{in_words(head)} {name}" + (f" {in_words(rest)}" if rest else "")


def drawn(count: int, seed: int) -> list[int]:
    """So many different numbers, a million among them, in any order."""
    draw = np.random.default_rng(seed)
    found = {MILLION: None}
    while len(found) < count:
        found[int(draw.integers(10 ** int(draw.integers(1, 7))))] = None
    every = list(found)
    return [every[k] for k in draw.permutation(count)]


def parts() -> list[Examples]:
    """What is trained on, what picks the epoch, the test."""
    numbers, found, first = drawn(sum(COUNTS.values()), 0), [], 0
    for count in COUNTS.values():
        part = numbers[first : first + count]
        found.append(Examples([str(n) for n in part], [in_words(n) for n in part]))
        first += count
    return found


def run(folder: Path, effort: Effort) -> dict[str, Any]:
    """See `Task`."""
    train, held, test = every = parts()
    counts = dict(zip(COUNTS, map(len, every), strict=True))
    if effort.quick:
        train, held, test = (part.some(np.arange(QUICK)) for part in every)
    rows = []
    for seed in effort.seeds:
        fitted = TRIAL.fit(Seq2Seq, train, held, seed=seed, quick=effort.quick)
        rows.append(row("GRU, attention", seed, fitted.model.evaluate(test), fitted.row()))
    found = result(counts, rows)
    reached = found["mean"]["GRU, attention"]["exact_match"]
    return {**found, "goals": [goal("exact", reached, least=LEAST)]}


TASK = Task(
    name="spelled-numbers",
    title="Numbers in words",
    files=(),
    counts=COUNTS,
    about="Numbers up to a million, digit by digit, to English words. The test numbers are in no "
    "other part; settings are the defaults, but for the units and the sizes.",
    run=run,
)
