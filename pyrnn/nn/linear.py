"""The affine layer."""

from __future__ import annotations

import math
from functools import partial
from typing import Any

from pyrnn import functional
from pyrnn.autograd import Tensor
from pyrnn.kernels import arrays as xp
from pyrnn.kernels.scalars import integer
from pyrnn.nn import checks, initializers
from pyrnn.nn.module import Module
from pyrnn.nn.parameter import Parameter
from pyrnn.nn.skeleton import new_parameter


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
        self.in_features = integer("in_features", in_features, least=1)
        self.out_features = integer("out_features", out_features, least=1)
        checks.room("in_features, out_features", self.in_features, self.out_features)
        dtype = checks.float_dtype(dtype)
        generator = initializers.generator(rng)
        bound = 1.0 / math.sqrt(self.in_features)

        def uniform(*shape: int) -> Parameter:
            draw = partial(initializers.uniform, shape, bound, generator, dtype)
            return new_parameter(shape, dtype, draw)

        self.weight = uniform(self.out_features, self.in_features)
        self.bias = uniform(self.out_features) if checks.switch("bias", bias) else None

    def forward(self, x: Any) -> Tensor:
        """x (..., in_features) -> y (..., out_features). TypeError, ValueError: see `checks`."""
        x = checks.floats("x", x, self.weight.dtype)
        checks.last_axis("x", x, self.in_features, "(..., in_features)")
        return functional.linear(x, self.weight, self.bias)

    def extra_repr(self) -> str:
        return f"{self.in_features}, {self.out_features}" + (
            "" if self.bias is not None else ", bias=False"
        )

    def shape_repr(self) -> str:
        return f"x (..., {self.in_features}) -> y (..., {self.out_features})"
