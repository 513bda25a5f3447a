"""Stochastic gradient descent, with momentum in the form of Sutskever et al. 2013."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pyrnn.kernels import arrays as xp
from pyrnn.optim.bounds import number
from pyrnn.optim.optimizer import Optimizer, Slots


class SGD(Optimizer):
    """Gradient descent; the formulas are PyTorch's (momentum without dampening).

    ::

        g = grad + weight_decay p
        b = momentum b + g
        p = p - lr (g + momentum b  if nesterov else  b)

    Args:
        parameters, lr, weight_decay, check_finite: see `Optimizer`.
        momentum: >= 0; with 0 there is no buffer and p = p - lr g.
        nesterov: look ahead (needs momentum > 0).
    """

    options = ("momentum", "weight_decay")
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
        super().__init__(parameters, lr, weight_decay, check_finite)
        self.momentum = number("momentum", momentum)
        self.nesterov = bool(nesterov)
        if self.nesterov and not self.momentum:
            raise ValueError("momentum: expected more than 0 with nesterov=True; got 0")

    def slot_names(self) -> tuple[str, ...]:
        return ("momentum_buffer",) if self.momentum else ()

    def _update(self, data: Any, grad: Any, slots: Slots, step: int, ids: Any | None) -> None:
        xp.sgd_update(
            data,
            grad,
            slots.get("momentum_buffer"),
            self.lr,
            self.momentum,
            self.nesterov,
            self.weight_decay,
            ids,
        )
