"""RMSprop: Tieleman and Hinton 2012; the centered form of Graves 2013 (arXiv 1308.0850)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pyrnn.kernels import arrays as xp
from pyrnn.optim.bounds import number
from pyrnn.optim.optimizer import Optimizer, Slots


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
        parameters, lr, weight_decay, check_finite: see `Optimizer`.
        alpha: decay of the running mean of squares, in [0, 1).
        eps: >= 0, added to the root.
        momentum: >= 0.
        centered: divide by the running standard deviation in place of the root mean square.
    """

    options = ("alpha", "eps", "weight_decay", "momentum")
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
        super().__init__(parameters, lr, weight_decay, check_finite)
        self.alpha = number("alpha", alpha, high=1.0, below=True)
        self.eps = number("eps", eps)
        self.momentum = number("momentum", momentum)
        self.centered = bool(centered)

    def slot_names(self) -> tuple[str, ...]:
        momentum = ("momentum_buffer",) if self.momentum else ()
        return ("square_avg", *momentum, *(("grad_avg",) if self.centered else ()))

    def _update(self, data: Any, grad: Any, slots: Slots, step: int, ids: Any | None) -> None:
        xp.rmsprop_update(
            data,
            grad,
            slots["square_avg"],
            slots.get("momentum_buffer"),
            slots.get("grad_avg"),
            self.lr,
            self.alpha,
            self.eps,
            self.momentum,
            self.centered,
            self.weight_decay,
            ids,
        )
