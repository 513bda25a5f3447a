"""Linear warm-up before another schedule, or before a constant rate."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pyrnn.kernels.scalars import integer, real
from pyrnn.optim.optimizer import Optimizer
from pyrnn.optim.schedules import Schedule


class WarmUp(Schedule):
    """Climb from start_factor · base to the base rate in ``steps`` steps, then follow ``schedule``.

    The wrapped schedule starts counting where the warm-up ends.

    Args:
        schedule: the schedule to follow, or the optimizer itself: its rate then stays constant.
        steps: length of the warm-up, >= 1.
        start_factor: in [0, 1]; at 0 the first update changes nothing.
    """

    def __init__(
        self, schedule: Schedule | Optimizer, steps: int, start_factor: float = 1.0 / 3.0
    ) -> None:
        if not isinstance(schedule, Schedule | Optimizer):
            raise TypeError(
                f"schedule: expected a Schedule or an Optimizer; got {type(schedule).__name__}"
            )
        self.schedule = schedule if isinstance(schedule, Schedule) else None
        super().__init__(schedule.optimizer if isinstance(schedule, Schedule) else schedule)
        self.steps = integer("steps", steps, least=1)
        self.start_factor = real("start_factor", start_factor, least=0, most=1)
        self.optimizer.lr = self.rate(0)

    def rate(self, count: int) -> float:
        share = min(count / self.steps, 1.0)
        return self.base_lr * (self.start_factor + (1.0 - self.start_factor) * share)

    def step(self, metric: float | None = None) -> None:
        """Count one step; after the warm-up, step the wrapped schedule with ``metric``."""
        if self.count < self.steps or self.schedule is None:
            super().step()
        else:
            self.count += 1
            self.schedule.step(metric)

    def state_dict(self) -> dict[str, Any]:
        inner = self.schedule.state_dict() if self.schedule else None
        return super().state_dict() | {"schedule": inner}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        if not isinstance(state, Mapping):
            raise TypeError(
                f"state: expected a mapping such as state_dict() gives; got {type(state).__name__}"
            )
        inner = state.get("schedule")
        if (inner is None) != (self.schedule is None):
            raise ValueError(
                f"state: expected that of a WarmUp of "
                f"{type(self.schedule).__name__ if self.schedule else 'no schedule'}; "
                f"got schedule = {inner!r:.80}"
            )
        if self.schedule is not None and inner is not None:
            self.schedule.load_state_dict(inner)
        super().load_state_dict(state)  # last: its lr is the optimizer's at the time of saving
