"""Learning-rate schedules that are functions of the number of steps alone.

A schedule takes its base rate from the optimizer when it is made; ``step()`` counts one more step
(or epoch: whatever you call it after) and sets ``optimizer.lr``.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from pyrnn.kernels.scalars import integer, real
from pyrnn.optim.optimizer import Optimizer


class Schedule:
    """Base of the schedules: a subclass writes ``rate(count)``.

    Args:
        optimizer: its ``lr`` is the base rate, and is set at once to the rate of step 0.
    """

    def __init__(self, optimizer: Optimizer) -> None:
        if not isinstance(optimizer, Optimizer):
            raise TypeError(f"optimizer: expected an Optimizer; got {type(optimizer).__name__}")
        self.optimizer = optimizer
        self.base_lr = optimizer.lr
        self.count = 0

    def rate(self, count: int) -> float:
        """The learning rate after ``count`` steps."""
        raise NotImplementedError

    def step(self, metric: float | None = None) -> None:
        """Count one step and set the optimizer's rate. ``metric`` matters to `ReduceOnPlateau`."""
        self.count += 1
        self.optimizer.lr = self.rate(self.count)

    def state_dict(self) -> dict[str, Any]:
        """Plain numbers, ready for JSON."""
        return {"base_lr": self.base_lr, "count": self.count, "lr": self.optimizer.lr}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Continue where `state_dict` was taken; sets the optimizer's rate too.

        Raises:
            ValueError: an entry is missing or unknown. TypeError: no mapping.
        """
        if not isinstance(state, Mapping):
            raise TypeError(
                f"state: expected a mapping such as state_dict() gives; got {type(state).__name__}"
            )
        known = self.state_dict().keys()
        if known != state.keys():
            raise ValueError(
                f"state: expected the entries {sorted(known)} of {type(self).__name__}; "
                f"got {sorted(state)}"
            )
        self.base_lr = real("base_lr", state["base_lr"], least=0)
        self.count = integer("count", state["count"], least=0)
        self.optimizer.lr = state["lr"]


class StepLR(Schedule):
    """lr = base · gamma^floor(count / step_size)."""

    def __init__(self, optimizer: Optimizer, step_size: int, gamma: float = 0.1) -> None:
        super().__init__(optimizer)
        self.step_size = integer("step_size", step_size, least=1)
        self.gamma = real("gamma", gamma, least=0)

    def rate(self, count: int) -> float:
        return self.base_lr * self.gamma ** (count // self.step_size)


class ExponentialLR(Schedule):
    """lr = base · gamma^count."""

    def __init__(self, optimizer: Optimizer, gamma: float) -> None:
        super().__init__(optimizer)
        self.gamma = real("gamma", gamma, least=0)

    def rate(self, count: int) -> float:
        return self.base_lr * self.gamma**count


class CosineLR(Schedule):
    """Half a cosine from the base rate to eta_min: Loshchilov and Hutter 2017 (arXiv 1608.03983).

    lr = eta_min + (base - eta_min) (1 + cos(pi count / T_max)) / 2. As in PyTorch's
    CosineAnnealingLR, stepping on past T_max climbs the cosine again.
    """

    def __init__(self, optimizer: Optimizer, T_max: int, eta_min: float = 0.0) -> None:
        super().__init__(optimizer)
        self.T_max = integer("T_max", T_max, least=1)
        self.eta_min = real("eta_min", eta_min, least=0)

    def rate(self, count: int) -> float:
        share = (1.0 + math.cos(math.pi * count / self.T_max)) / 2.0
        return self.eta_min + (self.base_lr - self.eta_min) * share
