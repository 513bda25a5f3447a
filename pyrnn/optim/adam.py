"""Adam (Kingma and Ba 2015, arXiv 1412.6980), AMSGrad (Reddi et al. 2018), AdamW (Loshchilov and
Hutter 2019, arXiv 1711.05101)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from pyrnn.kernels import arrays as xp
from pyrnn.kernels.scalars import real
from pyrnn.optim.optimizer import Gradient, Optimizer, Rates, Slots


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
        parameters, lr, check_finite: see `Optimizer`.
        betas: (beta1, beta2), each in [0, 1).
        eps: >= 0, added to the root.
        weight_decay: >= 0.
        amsgrad: divide by the largest second moment seen so far.
    """

    options: ClassVar = {
        "beta1": {"least": 0, "below": 1},
        "beta2": {"least": 0, "below": 1},
        "eps": {"least": 0},
        "weight_decay": {"least": 0},
    }
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
        numbers = {"betas": betas, "eps": eps, "weight_decay": weight_decay}
        super().__init__(parameters, lr, check_finite, **numbers)
        self.amsgrad = bool(amsgrad)

    def _read(self, options: Mapping[str, Any]) -> Rates:
        if "betas" not in options:
            return super()._read(options)
        rest = {name: value for name, value in options.items() if name != "betas"}
        betas = options["betas"]
        if not isinstance(betas, tuple | list) or len(betas) != 2:
            raise ValueError(f"betas: expected a pair (beta1, beta2); got {betas!r:.80}")
        beta1, beta2 = (real(f"betas[{i}]", beta, least=0, below=1) for i, beta in enumerate(betas))
        return {"beta1": beta1, "beta2": beta2, **super()._read(rest)}

    def slot_names(self, rates: Rates) -> tuple[str, ...]:
        largest = ("max_exp_avg_sq",) if self.amsgrad else ()
        return ("exp_avg", "exp_avg_sq", *largest)

    def _update(self, data: Any, gradient: Gradient, slots: Slots, step: int, rates: Rates) -> None:
        xp.adam_update(
            data,
            gradient.values,
            slots["exp_avg"],
            slots["exp_avg_sq"],
            slots.get("max_exp_avg_sq"),
            rates["lr"],
            rates["beta1"],
            rates["beta2"],
            rates["eps"],
            rates["weight_decay"],
            self.decoupled,
            step,
            gradient.ids,
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
