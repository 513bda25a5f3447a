"""The learning rate as a function of how far a run has come."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from pyrnn.optim import CosineLR, ExponentialLR, Optimizer, ReduceOnPlateau, Schedule, StepLR
from pyrnn.training.budget import Progress
from pyrnn.training.options import TrainingOptions

# Schedules count in whole numbers: one count is a millionth of the budget, or of `decay_every`.
MILLION = 1_000_000


class LearningRate:
    """The schedule that TrainingOptions name, times a linear warm-up.

        rate = base(progress) · min(1, (step + 1) / warmup_steps)

    base is constant, a function of the epochs done (step, exponential: e = max(0, epochs -
    decay_after) / decay_every is rounded down in the former), of the share of the budget used
    (cosine: it ends with the run, whether that counts steps, epochs or minutes), or is lowered by
    validations (plateau). optimizer: whose `lr` is set; its present one is the highest.
    """

    def __init__(self, optimizer: Optimizer, options: TrainingOptions) -> None:
        self.optimizer = optimizer
        self.options = options
        self._base = optimizer.lr
        self._schedule = _schedule(optimizer, options)

    def begin(self, progress: Progress) -> None:
        """Set the rate of the step that comes."""
        if self._schedule is not None and not isinstance(self._schedule, ReduceOnPlateau):
            self._base = self._schedule.rate(self._count(progress))
        warmup = self.options.warmup_steps
        self.optimizer.lr = self._base * min(1.0, (progress.step + 1) / warmup if warmup else 1.0)

    def _count(self, progress: Progress) -> int:
        """The argument of the schedule's `rate`, which counts in its own unit."""
        if self.options.schedule == "cosine":
            return round(progress.fraction * MILLION)
        epochs = max(0.0, progress.epoch - self.options.decay_after) / self.options.decay_every
        # 1e-9: 0.3 / 0.1 is a little less than 3
        return (
            math.floor(epochs + 1e-9)
            if self.options.schedule == "step"
            else round(epochs * MILLION)
        )

    def observe(self, value: float) -> None:
        """Take note of a validation, lower is better: plateau lowers the rate after too many that
        are no better."""
        if isinstance(self._schedule, ReduceOnPlateau):
            self.optimizer.lr = self._base  # without the warm-up's factor
            self._schedule.step(value)
            self._base = self.optimizer.lr

    def state_dict(self) -> dict[str, Any]:
        """What a resumed run needs, ready for JSON."""
        plateau = isinstance(self._schedule, ReduceOnPlateau)
        schedule = self._schedule.state_dict() if plateau and self._schedule else None
        return {"base": self._base, "schedule": schedule}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Continue where `state_dict` was taken."""
        if isinstance(self._schedule, ReduceOnPlateau):
            self._schedule.load_state_dict(state["schedule"])
        self._base = float(state["base"])


def _schedule(optimizer: Optimizer, options: TrainingOptions) -> Schedule | None:
    """The schedule of the options; None for a constant rate."""
    match options.schedule:
        case "step":
            return StepLR(optimizer, step_size=1, gamma=options.decay_factor)
        case "exponential":
            return ExponentialLR(optimizer, gamma=options.decay_factor ** (1 / MILLION))
        case "cosine":
            return CosineLR(optimizer, MILLION, options.final_rate * options.learning_rate)
        case "plateau":
            return ReduceOnPlateau(
                optimizer, factor=options.decay_factor, patience=options.plateau_patience
            )
        case _:
            return None
