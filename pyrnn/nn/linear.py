"""The affine layer."""

from __future__ import annotations

import math
from typing import Any

from pyrnn import functional
from pyrnn.autograd import Tensor
from pyrnn.kernels import arrays as xp
from pyrnn.nn import checks, initializers
from pyrnn.nn.module import Module
from pyrnn.nn.parameter import Parameter


class Linear(Module):
    """y = x W^T + b, on the last axis.

    Args:
        in_features, out_features: widths of x and y.
        bias: whether there is a b.
        dtype: float32 or float64, of the parameters, of x and of y.
        rng: generator or integer seed for the initial values; None takes fresh entropy.

    Parameters:
        weight: (out_features, in_features), and bias: (out_features,), both uniform on
        ±1/sqrt(in_features), as in PyTorch. To tie an output layer to an embedding, assign the
        embedding's weight: ``linear.weight = embedding.weight``.

    Call: ``y = linear(x)``, x (..., in_features) -> y (..., out_features).
    """

    bias: Parameter | None

    def __init__(
        self,
        in_features: int,
        out_features: int,
        bias: bool = True,
        *,
        dtype: Any = xp.float32,
        rng: initializers.Rng = None,
    ) -> None:
        self.in_features = checks.size("in_features", in_features)
        self.out_features = checks.size("out_features", out_features)
        checks.room("in_features, out_features", self.in_features, self.out_features)
        dtype = checks.float_dtype(dtype)
        generator = initializers.generator(rng)
        bound = 1.0 / math.sqrt(self.in_features)
        shape = (self.out_features, self.in_features)
        self.weight = Parameter(initializers.uniform(shape, bound, generator, dtype))
        self.bias = (
            Parameter(initializers.uniform(shape[:1], bound, generator, dtype))
            if checks.switch("bias", bias)
            else None
        )

    def forward(self, x: Any) -> Tensor:
        """x (..., in_features) -> y (..., out_features). TypeError, ValueError: see `arguments`."""
        x = checks.floats("x", x, self.weight.dtype)
        checks.last_axis("x", x, self.in_features, "(..., in_features)")
        return functional.linear(x, self.weight, self.bias)

    def extra_repr(self) -> str:
        return f"{self.in_features}, {self.out_features}" + (
            "" if self.bias is not None else ", bias=False"
        )

    def shape_repr(self) -> str:
        return f"x (..., {self.in_features}) -> y (..., {self.out_features})"
