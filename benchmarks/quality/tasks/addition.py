"""Sums as text: "535+61" -> "596", as Keras' example addition_rnn has it.

There are 50,000 different sums of numbers of up to three digits, a tenth of them for the test; a+b
and b+a are one. As there, an LSTM of 128 units reads the sum from its end, and an LSTM of 128 units
that is given the last state at every step writes the result. Beside it the defaults, with
attention.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.quality.tasks.result import goal, result, row
from benchmarks.quality.tasks.spelled_numbers import QUICK
from benchmarks.quality.tasks.task import Effort, Task
from benchmarks.quality.tasks.trial import Trial
from pyrnn.models import Examples, Seq2Seq

DIGITS = 3
COUNTS = {"train": 42_500, "held out": 2_500, "test": 5_000}
LETTERS: dict[str, Any] = {"unit": "characters", "hidden_size": 128}
HOW: dict[str, Any] = {"batch_size": 64, "schedule": "cosine"}
TRIALS = {
    "LSTM, as in Keras' example": Trial(
        {**LETTERS, "cell": "lstm", "bidirectional": False, "attention": "last"},
        {**HOW, "learning_rate": 4e-3, "epochs": 25},
    ),
    "GRU, attention": Trial(LETTERS, {**HOW, "learning_rate": 3e-3, "epochs": 12}),
}
LEAST = 0.99


def sums(count: int, seed: int) -> list[tuple[int, int]]:
    """So many different pairs of numbers, of one to three digits each."""
    draw = np.random.default_rng(seed)
    found: dict[tuple[int, int], tuple[int, int]] = {}
    while len(found) < count:
        digits = draw.integers(1, DIGITS + 1, 2)
        a, b = (int(draw.integers(10**n)) for n in digits)
        found.setdefault((min(a, b), max(a, b)), (a, b))
    return list(found.values())


def parts() -> list[Examples]:
    """What is trained on, what picks the epoch, the test; questions from their ends."""
    every, found, first = sums(sum(COUNTS.values()), 0), [], 0
    for count in COUNTS.values():
        part = every[first : first + count]
        found.append(Examples([f"{a}+{b}"[::-1] for a, b in part], [str(a + b) for a, b in part]))
        first += count
    return found


def run(folder: Path, effort: Effort) -> dict[str, Any]:
    """See `Task`. One seed, since it takes minutes."""
    train, held, test = every = parts()
    counts = dict(zip(COUNTS, map(len, every), strict=True))
    if effort.quick:
        train, held, test = (part.some(np.arange(QUICK)) for part in every)
    rows, seed = [], effort.seeds[0]
    for name, trial in TRIALS.items():
        fitted = trial.fit(Seq2Seq, train, held, seed=seed, quick=effort.quick)
        rows.append(row(name, seed, fitted.model.evaluate(test), fitted.row()))
    found = result(counts, rows)
    goals = [goal(f"{n}: exact", found["mean"][n]["exact_match"], least=LEAST) for n in TRIALS]
    return {**found, "goals": goals}


TASK = Task(
    name="addition",
    title="Sums as text",
    files=(),
    counts=COUNTS,
    about="Sums of numbers of up to three digits, character by character, as in Keras' example: an "
    "encoder and a decoder, LSTM of 128 units; and the same sizes with a GRU and attention. The "
    "test sums are in no other part, in either order.",
    run=run,
)
