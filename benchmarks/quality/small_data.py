"""What a model is worth that is trained on few examples with no option at all.

Beside it stand the same models with other batches, rates, dropout and lengths of training, to see
how much a user would gain by looking for them. A tenth of the examples is held out and picks the
best weights, as `pyrnn train` does it. A score is the accuracy, or R², on test data. The best of
many choices is picked by its score on the test data: the gap to it is wider than what a user, who
must choose on validation data, could gain.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.quality.small_sets import SETS, Problem, problem
from pyrnn.training import Loop, StepRecord

HELD = 0.1
SEEDS = (0, 1)


class Choice(NamedTuple):
    """Settings of a model and options of its training that differ from the defaults."""

    options: dict[str, Any]
    config: dict[str, Any]


DEFAULTS = "defaults"
CHOICES = {
    DEFAULTS: Choice({}, {}),
    "batch 4": Choice({"batch_size": 4}, {}),
    "batch 4 at 1e-3": Choice({"batch_size": 4, "learning_rate": 1e-3}, {}),
    "rate 1e-3": Choice({"learning_rate": 1e-3}, {}),
    "rate 1e-2": Choice({"learning_rate": 1e-2}, {}),
    "dropout 0.25": Choice({}, {"dropout_output": 0.25}),
}
LENGTHS = (150, 300, 600)  # steps after which the other choices are looked at; 1,000 gave no more


def measure(
    name: str, data: Path, seed: int, choice: str, lengths: Sequence[int] = LENGTHS
) -> dict[str, Any]:
    """One model, trained on a draw of a set: its scores at the end, or after these steps.

    data: the folder of all sets. choice: of CHOICES; the defaults end by themselves.
    """
    drawn = problem(name, data, seed)
    options, config = CHOICES[choice]
    model = drawn.model(**drawn.config, **config)
    limit = {} if choice == DEFAULTS else {"max_steps": lengths[-1]}
    began = time.process_time()
    loop = model.training(*drawn.train, valid=HELD, seed=seed, **limit, **options)
    watched = () if choice == DEFAULTS else lengths
    scores = list(scored(model, loop, drawn, watched))
    seconds = time.process_time() - began
    if choice == DEFAULTS:
        scores = [Score(loop.position.step, score(model, drawn), None)]
    return {
        **{"set": name, "choice": choice, "seed": seed, "batch": loop.options.batch_size},
        **{"scores": [each._asdict() for each in scores], "seconds": round(seconds, 2)},
    }


class Score(NamedTuple):
    """After so many steps: of the best weights so far, and of the last ones."""

    steps: int
    best: float | None
    last: float | None


def scored(model: Any, loop: Loop, drawn: Problem, lengths: Sequence[int]) -> Iterator[Score]:
    """Run a loop to its end; the scores after these steps."""
    for record in loop:
        if isinstance(record, StepRecord) and record.step in lengths:
            last = score(model, drawn)
            yield Score(record.step, best_score(model, loop, drawn), last)


def best_score(model: Any, loop: Loop, drawn: Problem) -> float | None:
    """The score of the best weights so far; None where nothing was validated yet."""
    if loop.best is None:
        return None
    present = model.network.state_dict()
    model.network.load_state_dict(loop.best)
    found = score(model, drawn)
    model.network.load_state_dict(present)
    return found


def score(model: Any, drawn: Problem) -> float:
    """On the test data: the share that is right, or of the variance that is explained."""
    metrics = model.evaluate(*drawn.test)
    return round(metrics.get("accuracy", metrics.get("r2")), 4)


def summary(rows: Sequence[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """{set: what the defaults score, in the mean over the seeds, and the best other choice}."""
    found = {}
    for name in SETS:
        means = {}
        for choice in CHOICES:
            some = [row["scores"] for row in rows if (row["set"], row["choice"]) == (name, choice)]
            for each in zip(*some, strict=True):
                if all(score["best"] is not None for score in each):
                    mean = statistics.fmean(score["best"] for score in each)
                    means[choice, each[0]["steps"]] = round(mean, 4)
        own = [value for (choice, _), value in means.items() if choice == DEFAULTS]
        others = {key: value for key, value in means.items() if key[0] != DEFAULTS}
        if own and others:
            best = max(others, key=others.__getitem__)
            found[name] = {
                DEFAULTS: own[0],
                "best": others[best],
                "by": "{}, {} steps".format(*best),
            }
    return found


def show(found: dict[str, dict[str, Any]]) -> list[str]:
    """A line for each set."""
    lines = [
        f"{name:12} {100 * each[DEFAULTS]:5.1f}  best {100 * each['best']:5.1f} ({each['by']})"
        for name, each in found.items()
    ]
    if found:
        gap = statistics.fmean(each["best"] - each[DEFAULTS] for each in found.values())
        lines.append(f"on average {100 * gap:.1f} points below the best of {len(CHOICES) - 1}")
    return lines
