"""How long a run lasts, and how much of it is over."""

from __future__ import annotations

from dataclasses import dataclass

from pyrnn.training.options import DEFAULT_EPOCHS, TrainingOptions


@dataclass(frozen=True)
class Progress:
    """How far a run has come.

    step: updates done. epoch: passes over the data, with the part of the present one.
    seconds: time spent, resumed runs included. fraction: the share of the budget used, 0 to 1.
    """

    step: int
    epoch: float
    seconds: float
    fraction: float


@dataclass(frozen=True)
class Budget:
    """The limits of a run: the one that is reached first ends it. At least one is set."""

    epochs: int | None = None
    max_steps: int | None = None
    max_minutes: float | None = None

    @classmethod
    def of(cls, options: TrainingOptions) -> Budget:
        """The budget that the options ask for: DEFAULT_EPOCHS where they set no limit."""
        epochs, steps, minutes = options.epochs, options.max_steps, options.max_minutes
        if epochs is None and steps is None and minutes is None:
            epochs = DEFAULT_EPOCHS
        return cls(epochs, steps, minutes)

    def used(self, step: int, epoch: float, seconds: float) -> dict[str, float]:
        """The share of each limit that is used up: {name of the limit: share}."""
        limits = {
            "epochs": (epoch, self.epochs),
            "max_steps": (step, self.max_steps),
            "max_minutes": (seconds / 60, self.max_minutes),
        }
        return {name: done / limit for name, (done, limit) in limits.items() if limit is not None}

    def progress(self, step: int, epoch: float, seconds: float) -> Progress:
        """Where a run stands: its fraction is the largest share of any limit."""
        fraction = max(self.used(step, epoch, seconds).values())
        return Progress(step, epoch, seconds, min(1.0, fraction))

    def reached(self, step: int, epoch: float, seconds: float) -> str | None:
        """The name of a limit that is used up, or None."""
        used = self.used(step, epoch, seconds)
        return next((name for name, share in used.items() if share >= 1), None)
