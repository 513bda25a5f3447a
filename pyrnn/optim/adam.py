"""Adam (Kingma and Ba 2015, arXiv 1412.6980), AMSGrad (Reddi et al. 2018), AdamW (Loshchilov and
Hutter 2019, arXiv 1711.05101)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pyrnn.kernels import arrays as xp
from pyrnn.optim.bounds import number
from pyrnn.optim.optimizer import Optimizer, Slots


class Adam(Optimizer):
    """Adam; the formulas and defaults are PyTorch's.

    ::

        g = grad + weight_decay p                      (Adam)
        p = p - lr weight_decay p                      (AdamW, in place of the line above)
        m = beta1 m + (1 - beta1) g
        v = beta2 v + (1 - beta2) g²
        u = max(u, v)  if amsgrad else  v
        p = p - lr / (1 - beta1^t) m / (sqrt(u) / sqrt(1 - beta2^t) + eps)

    Args:
        parameters, lr, weight_decay, check_finite: see `Optimizer`.
        betas: (beta1, beta2), each in [0, 1).
        eps: >= 0, added to the root.
        amsgrad: divide by the largest second moment seen so far.
    """

    options = ("beta1", "beta2", "eps", "weight_decay")
    flags = ("amsgrad", "decoupled")
    decoupled = False

    def __init__(
        self,
        parameters: Iterable[Any],
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        amsgrad: bool = False,
        *,
        check_finite: bool = True,
    ) -> None:
        super().__init__(parameters, lr, weight_decay, check_finite)
        if not isinstance(betas, tuple | list) or len(betas) != 2:
            raise ValueError(f"betas: expected a pair (beta1, beta2); got {betas!r}")
        self.beta1 = number("betas[0]", betas[0], high=1.0, below=True)
        self.beta2 = number("betas[1]", betas[1], high=1.0, below=True)
        self.eps = number("eps", eps)
        self.amsgrad = bool(amsgrad)

    def slot_names(self) -> tuple[str, ...]:
        largest = ("max_exp_avg_sq",) if self.amsgrad else ()
        return ("exp_avg", "exp_avg_sq", *largest)

    def _update(self, data: Any, grad: Any, slots: Slots, step: int, ids: Any | None) -> None:
        xp.adam_update(
            data,
            grad,
            slots["exp_avg"],
            slots["exp_avg_sq"],
            slots.get("max_exp_avg_sq"),
            self.lr,
            self.beta1,
            self.beta2,
            self.eps,
            self.weight_decay,
            self.decoupled,
            step,
            ids,
        )


class AdamW(Adam):
    """Adam with weight decay apart from the gradient: see `Adam`; weight_decay defaults to 0.01."""

    decoupled = True

    def __init__(
        self,
        parameters: Iterable[Any],
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 1e-2,
        amsgrad: bool = False,
        *,
        check_finite: bool = True,
    ) -> None:
        super().__init__(
            parameters, lr, betas, eps, weight_decay, amsgrad, check_finite=check_finite
        )
