"""RMSprop: Tieleman and Hinton 2012; the centered form of Graves 2013 (arXiv 1308.0850)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

from pyrnn.kernels import arrays as xp
from pyrnn.optim.optimizer import Gradient, Optimizer, Rates, Slots


class RMSprop(Optimizer):
    """RMSprop; the formulas and defaults are PyTorch's.

    ::

        g = grad + weight_decay p
        s = alpha s + (1 - alpha) g²
        a = alpha a + (1 - alpha) g                    (centered only)
        d = g / (sqrt(s - a²  if centered else  s) + eps)
        b = momentum b + d                             (momentum > 0 only)
        p = p - lr (b  if momentum > 0 else  d)

    Args:
        parameters, lr, check_finite: see `Optimizer`.
        alpha: decay of the running mean of squares, in [0, 1).
        eps: >= 0, added to the root.
        weight_decay: >= 0.
        momentum: >= 0.
        centered: divide by the running standard deviation in place of the root mean square.
    """

    options: ClassVar = {
        "alpha": {"least": 0, "below": 1},
        "eps": {"least": 0},
        "weight_decay": {"least": 0},
        "momentum": {"least": 0},
    }
    flags = ("centered",)

    def __init__(
        self,
        parameters: Iterable[Any],
        lr: float = 1e-2,
        alpha: float = 0.99,
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        momentum: float = 0.0,
        centered: bool = False,
        *,
        check_finite: bool = True,
    ) -> None:
        numbers = {"alpha": alpha, "eps": eps, "weight_decay": weight_decay, "momentum": momentum}
        super().__init__(parameters, lr, check_finite, **numbers)
        self.centered = bool(centered)

    def slot_names(self, rates: Rates) -> tuple[str, ...]:
        momentum = ("momentum_buffer",) if rates["momentum"] else ()
        return ("square_avg", *momentum, *(("grad_avg",) if self.centered else ()))

    def _update(self, data: Any, gradient: Gradient, slots: Slots, step: int, rates: Rates) -> None:
        xp.rmsprop_update(
            data,
            gradient.values,
            slots["square_avg"],
            slots.get("momentum_buffer"),
            slots.get("grad_avg"),
            rates["lr"],
            rates["alpha"],
            rates["eps"],
            rates["momentum"],
            self.centered,
            rates["weight_decay"],
            gradient.ids,
        )
