"""Lower the rate when a validation metric stops improving."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from pyrnn.kernels.scalars import integer, real
from pyrnn.optim.optimizer import Optimizer
from pyrnn.optim.schedules import Schedule


class ReduceOnPlateau(Schedule):
    """Multiply the rate by ``factor`` after more than ``patience`` steps without improvement.

    The rules and defaults are those of PyTorch's ReduceLROnPlateau (but for negative metrics with
    threshold_mode "rel", where the margin here is threshold · |best|).

    Args:
        optimizer: whose rate is lowered.
        mode: "min" when a lower metric is better, "max" when a higher one is.
        factor: in (0, 1).
        patience: steps without improvement that are let pass.
        threshold: the least improvement that counts, >= 0: relative to the best metric with
            threshold_mode "rel", absolute with "abs".
        cooldown: steps after a reduction in which nothing is counted.
        min_lr: the rate never goes below it.
        eps: a reduction smaller than this is left out.
    """

    def __init__(
        self,
        optimizer: Optimizer,
        mode: str = "min",
        factor: float = 0.1,
        patience: int = 10,
        threshold: float = 1e-4,
        threshold_mode: str = "rel",
        cooldown: int = 0,
        min_lr: float = 0.0,
        eps: float = 1e-8,
    ) -> None:
        super().__init__(optimizer)
        if mode not in ("min", "max"):
            raise ValueError(f"mode: expected 'min' or 'max'; got {mode!r:.80}")
        if threshold_mode not in ("rel", "abs"):
            raise ValueError(f"threshold_mode: expected 'rel' or 'abs'; got {threshold_mode!r:.80}")
        self.mode = mode
        self.threshold_mode = threshold_mode
        self.factor = real("factor", factor, above=0, below=1)
        self.patience = integer("patience", patience, least=0)
        self.threshold = real("threshold", threshold, least=0)
        self.cooldown = integer("cooldown", cooldown, least=0)
        self.min_lr = real("min_lr", min_lr, least=0)
        self.eps = real("eps", eps, least=0)
        self.best: float | None = None
        self.bad_steps = 0
        self.cooldown_left = 0

    def rate(self, count: int) -> float:
        """The present rate: this schedule is no function of the count."""
        return self.optimizer.lr

    def improves(self, metric: float) -> bool:
        """Whether ``metric`` beats the best one by more than the threshold."""
        if self.best is None:
            return True
        sign = 1.0 if self.mode == "max" else -1.0
        # |best|: PyTorch takes best itself, and so calls a slightly worse negative metric better
        margin = self.threshold * (abs(self.best) if self.threshold_mode == "rel" else 1.0)
        bound = self.best + sign * margin
        return metric > bound if self.mode == "max" else metric < bound

    def step(self, metric: float | None = None) -> None:
        """Take note of the metric and lower the rate if it is time.

        Raises:
            ValueError: no metric, or one that is not finite. TypeError: no number.
        """
        if metric is None:
            raise ValueError("metric: expected a finite number; got None")
        metric = real("metric", metric)
        if not math.isfinite(metric):
            raise ValueError(f"metric: expected a finite number; got {metric}")
        self.count += 1
        if self.improves(metric):
            self.best, self.bad_steps = metric, 0
        else:
            self.bad_steps += 1
        if self.cooldown_left:
            self.cooldown_left -= 1
            self.bad_steps = 0
        if self.bad_steps > self.patience:
            self._reduce()

    def _reduce(self) -> None:
        lr = max(self.optimizer.lr * self.factor, self.min_lr)
        if self.optimizer.lr - lr > self.eps:
            self.optimizer.lr = lr
        self.cooldown_left, self.bad_steps = self.cooldown, 0

    def state_dict(self) -> dict[str, Any]:
        """Plain numbers, ready for JSON; ``best`` is None before the first metric."""
        return super().state_dict() | {
            "best": self.best,
            "bad_steps": self.bad_steps,
            "cooldown_left": self.cooldown_left,
        }

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        super().load_state_dict(state)
        self.best = None if state["best"] is None else real("best", state["best"])
        self.bad_steps = integer("bad_steps", state["bad_steps"], least=0)
        self.cooldown_left = integer("cooldown_left", state["cooldown_left"], least=0)
