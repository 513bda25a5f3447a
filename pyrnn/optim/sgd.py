"""Stochastic gradient descent, with momentum in the form of Sutskever et al. 2013."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

from pyrnn.kernels import arrays as xp
from pyrnn.optim.optimizer import Gradient, Optimizer, Rates, Slots


class SGD(Optimizer):
    """Gradient descent; the formulas are PyTorch's (momentum without dampening).

    ::

        g = grad + weight_decay p
        b = momentum b + g
        p = p - lr (g + momentum b  if nesterov else  b)

    Args:
        parameters, lr, check_finite: see `Optimizer`.
        weight_decay: >= 0.
        momentum: >= 0; with 0 there is no buffer and p = p - lr g.
        nesterov: look ahead (needs momentum > 0).
    """

    options: ClassVar = {"momentum": {"least": 0}, "weight_decay": {"least": 0}}
    flags = ("nesterov",)

    def __init__(
        self,
        parameters: Iterable[Any],
        lr: float = 1e-3,
        momentum: float = 0.0,
        *,
        weight_decay: float = 0.0,
        nesterov: bool = False,
        check_finite: bool = True,
    ) -> None:
        super().__init__(parameters, lr, check_finite, momentum=momentum, weight_decay=weight_decay)
        self.nesterov = bool(nesterov)
        if self.nesterov and not all(group["momentum"] for group in self.param_groups):
            raise ValueError("momentum: expected more than 0 with nesterov=True; got 0")

    def slot_names(self, rates: Rates) -> tuple[str, ...]:
        return ("momentum_buffer",) if rates["momentum"] else ()

    def _update(self, data: Any, gradient: Gradient, slots: Slots, step: int, rates: Rates) -> None:
        xp.sgd_update(
            data,
            gradient.values,
            slots.get("momentum_buffer"),
            rates["lr"],
            rates["momentum"],
            self.nesterov,
            rates["weight_decay"],
            gradient.ids,
        )
