"""What is kept of a task: a row a model and seed, the means over the seeds, and the goals."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

Row = Mapping[str, Any]
NO_MEAN = {"model", "seed", "fold", "weights", "best_step", "steps"}


def row(model: str, seed: int, metrics: Mapping[str, float], fitted: Row) -> dict[str, Any]:
    """What a model reaches on the test set, and how it was trained."""
    return {"model": model, "seed": seed, **rounded(metrics), **fitted}


def rounded(metrics: Mapping[str, float]) -> dict[str, float]:
    """As results keep them."""
    return {name: round(value, 4) for name, value in metrics.items()}


def means(rows: Sequence[Row]) -> dict[str, dict[str, float]]:
    """Of each model, over its seeds."""
    found = {}
    for model in dict.fromkeys(row["model"] for row in rows):
        own = [row for row in rows if row["model"] == model]
        names = [name for name in own[0] if name not in NO_MEAN]
        found[model] = {
            name: round(statistics.fmean(row[name] for row in own), 4) for name in names
        }
    return found


def goal(what: str, value: float, **bound: float) -> dict[str, Any]:
    """Whether a number is as it is to be; bound: least, most or above."""
    ((how, limit),) = bound.items()
    reached = {"least": value >= limit, "most": value <= limit, "above": value > limit}[how]
    return {"what": what, "value": value, how: limit, "reached": reached}


def result(data: Mapping[str, int], rows: Sequence[Row], **more: Any) -> dict[str, Any]:
    """All that a task keeps, its goals to come."""
    return {"data": dict(data), **more, "rows": list(rows), "mean": means(rows)}


def lines(content: Row) -> list[str]:
    """The means, and the goals, in words."""
    found = [f"{name}: {_numbers(mean)}" for name, mean in content["mean"].items()]
    return [*found, *map(in_words, content["goals"])]


def in_words(one: Row) -> str:
    """accuracy 0.9812, at least 0.97: reached"""
    how, words = next((h, w) for h, w in WORDS.items() if h in one)
    verdict = "reached" if one["reached"] else "missed"
    return f"{one['what']} {one['value']:.4g}, {words} {one[how]:.4g}: {verdict}"


WORDS = {"least": "at least", "most": "at most", "above": "above"}


def _numbers(mean: Iterable[str] | Mapping[str, float]) -> str:
    assert isinstance(mean, Mapping)
    return ", ".join(f"{name} {value:.4g}" for name, value in mean.items())
