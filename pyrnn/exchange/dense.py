"""Keras' Dense: a linear layer and its activation in one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pyrnn import functional, nn
from pyrnn.autograd import Tensor
from pyrnn.kernels import arrays as xp
from pyrnn.nn.initializers import Rng

ACTIVATIONS: dict[str, Callable[[Tensor], Tensor]] = {
    "exponential": functional.exp,
    "log_softmax": functional.log_softmax,
    "relu": functional.relu,
    "sigmoid": functional.sigmoid,
    "softmax": functional.softmax,
    "softplus": functional.softplus,
    "tanh": functional.tanh,
}


class Dense(nn.Linear):
    """y = s(x W^T + b), on the last axis: `nn.Linear` followed by an activation.

    activation: one of ACTIVATIONS, under Keras' names; the softmaxes act on the last axis.
    The other arguments, the parameters and the call are those of `nn.Linear`. Raises ValueError for
    another activation.

    >>> import numpy
    >>> from pyrnn.exchange import Dense
    >>> y = Dense(4, 3, activation="softmax", rng=0)(numpy.zeros((2, 4), "float32"))
    >>> y.numpy().sum(axis=-1)
    array([1., 1.], dtype=float32)
    """

    def __init__(
        self,
        in_features: int,
        out_features: int,
        bias: bool = True,
        *,
        activation: str,
        dtype: Any = xp.float32,
        rng: Rng = None,
    ) -> None:
        if activation not in ACTIVATIONS:
            raise ValueError(
                f"activation: expected one of {', '.join(ACTIVATIONS)}; got {activation!r}"
            )
        super().__init__(in_features, out_features, bias, dtype=dtype, rng=rng)
        self.activation = activation

    def forward(self, x: Any) -> Tensor:
        """x (..., in_features) -> y (..., out_features). Errors: see `nn.Linear`."""
        return ACTIVATIONS[self.activation](super().forward(x))

    def extra_repr(self) -> str:
        return f"{super().extra_repr()}, activation={self.activation!r}"
