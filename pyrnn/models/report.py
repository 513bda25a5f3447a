"""How well a model does on labelled data, and where it errs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np


class Mistake(NamedTuple):
    """An input that a model got wrong.

    number: which one it is, from 0. input: in short. truth, prediction: what is right, and what the
    model said, with the probability that it gave to each.
    """

    number: int
    input: str
    truth: Any
    prediction: Any
    probability_of_truth: float
    probability: float


@dataclass(frozen=True)
class Report:
    """What `Model.report` finds.

    metrics: by name.
    labels: the classes, and confusion (C, C): how many inputs of class i were called j; None where
        there are no classes.
    mistakes: what was got wrong, the surest errors first.
    """

    metrics: Mapping[str, float]
    labels: Sequence[Any] | None = None
    confusion: np.ndarray | None = None
    mistakes: Sequence[Mistake] = ()

    def __repr__(self) -> str:
        found = ", ".join(f"{name} {value:.4f}" for name, value in self.metrics.items())
        wrong = f"; {len(self.mistakes)} mistakes" if self.labels is not None else ""
        return f"Report({found}{wrong})"
