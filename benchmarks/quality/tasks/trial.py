"""Settings that are tried, and the choice among them on validation data."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from pyrnn.models.model import Model
from pyrnn.training import ValidationRecord

Metrics = Mapping[str, float]


@dataclass(frozen=True)
class Trial:
    """What differs from a model's defaults: config of the model, options of its training."""

    config: Mapping[str, Any] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Both by name."""
        return {"config": dict(self.config), "options": dict(self.options)}

    def fit(
        self,
        kind: type[Model],
        train: Any,
        held: Any = None,
        *,
        seed: int = 0,
        quick: bool = False,
    ) -> Fitted:
        """A model trained on data as the family has them; with held-out ones, its best epoch by
        them."""
        model = kind(**self.config, seed=seed)
        options = {**self.options, "seed": seed}
        if quick:
            options["epochs"] = 1
        valid = None if held is None else (held,)
        found = model.fit(train, valid=valid, **options)
        end, validation = found.end, {}
        for record in found.records:
            if isinstance(record, ValidationRecord) and record.step == end.best_step:
                validation = dict(record.metrics)
        return Fitted(model, end.best_step or end.step, end.step, round(end.seconds, 1), validation)


class Fitted(NamedTuple):
    """A trained model, the step whose weights it has, how long it took, and what it reached on
    validation data at that step."""

    model: Any
    best_step: int
    steps: int
    seconds: float
    validation: Metrics

    def row(self) -> dict[str, Any]:
        """What a result keeps of it."""
        shape = {"weights": self.model.num_parameters()}
        return {**shape, "best_step": self.best_step, "steps": self.steps, "seconds": self.seconds}


class Choice(NamedTuple):
    """The trial that was chosen, what each reached on validation data, and the chosen model, where
    validation has left one."""

    name: str
    trial: Trial
    tried: list[dict[str, Any]]
    fitted: Fitted | None = None


Score = Callable[[Trial], tuple[Metrics, Fitted | None]]


def choose(trials: Mapping[str, Trial], score: Score, by: str, *, quick: bool = False) -> Choice:
    """The trial with the lowest `by` on validation data.

    score: a trial -> its metrics, and a model to keep. quick: take the first one.
    """
    tried, kept = [], {}
    for name, trial in list(trials.items())[: 1 if quick else None]:
        metrics, kept[name] = score(trial)
        metrics = {key: round(value, 4) for key, value in metrics.items()}
        print(f"tried {name}: {metrics}", file=sys.stderr, flush=True)
        tried.append({"name": name, **trial.to_json(), "validation": metrics})
    best = min(tried, key=lambda one: one["validation"][by])["name"]
    return Choice(best, trials[best], tried, kept[best])


def by_held_out(
    trials: Mapping[str, Trial],
    kind: type[Model],
    train: Any,
    held: Any,
    *,
    by: str = "loss",
    seed: int = 0,
    quick: bool = False,
) -> Choice:
    """The trial with the lowest `by` on what is held out, which picks the epoch of each, too."""

    def score(trial: Trial) -> tuple[Metrics, Fitted]:
        fitted = trial.fit(kind, train, held, seed=seed, quick=quick)
        return fitted.validation, fitted

    return choose(trials, score, by, quick=quick)


Fold = Callable[[Trial, np.ndarray, np.ndarray], Metrics]


def by_folds(
    trials: Mapping[str, Trial],
    parts: Sequence[tuple[np.ndarray, np.ndarray]],
    fold: Fold,
    by: str,
    *,
    quick: bool = False,
) -> Choice:
    """The trial with the lowest `by`, the mean over the folds of a cross-validation.

    parts: the numbers of the examples to train on and of those held out. fold: a trial and these
    -> its metrics there. No model is left.
    """

    def score(trial: Trial) -> tuple[Metrics, None]:
        return mean([fold(trial, *each) for each in parts]), None

    return choose(trials, score, by, quick=quick)


def mean(each: Sequence[Metrics]) -> dict[str, float]:
    """Of each metric."""
    return {name: sum(one[name] for one in each) / len(each) for name in each[0]}
