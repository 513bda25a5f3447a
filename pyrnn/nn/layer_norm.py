"""Layer normalization: Ba, Kiros and Hinton 2016 (arXiv 1607.06450)."""

from __future__ import annotations

from typing import Any

from pyrnn import functional
from pyrnn.autograd import Tensor
from pyrnn.kernels import arrays as xp
from pyrnn.kernels.scalars import integer, real
from pyrnn.nn import checks
from pyrnn.nn.module import Module
from pyrnn.nn.parameter import Parameter
from pyrnn.nn.skeleton import new_parameter


class LayerNorm(Module):
    """y = (x - mean) / sqrt(variance + eps) * weight + bias, over the last axis.

    Args:
        size: F, the width of x.
        eps: more than 0, added to the variance, which divides by F.
        elementwise_affine: whether there are a weight and a bias.
        bias: whether there is a bias beside the weight.
        dtype: float32 or float64, of the parameters, of x and of y.

    Parameters:
        weight: (F,), ones at first, and bias: (F,), zeros at first, as in PyTorch.

    Call: ``y = norm(x)``, x (..., F) -> y (..., F).

    >>> from pyrnn import nn
    >>> nn.LayerNorm(2)([[1.0, 3.0]]).numpy().round(3)
    array([[-1.,  1.]], dtype=float32)
    """

    weight: Parameter | None
    bias: Parameter | None

    def __init__(
        self,
        size: int,
        eps: float = 1e-5,
        elementwise_affine: bool = True,
        bias: bool = True,
        *,
        dtype: Any = xp.float32,
    ) -> None:
        shape = (integer("size", size, least=1),)
        self.size = shape[0]
        self.eps = real("eps", eps, above=0)
        self.dtype = dtype = checks.float_dtype(dtype)
        checks.room("size", *shape)
        affine = checks.switch("elementwise_affine", elementwise_affine)
        shifted = checks.switch("bias", bias) and affine
        self.weight = new_parameter(shape, dtype, lambda: xp.ones(shape, dtype)) if affine else None
        self.bias = new_parameter(shape, dtype, lambda: xp.zeros(shape, dtype)) if shifted else None

    def forward(self, x: Any) -> Tensor:
        """x (..., F) -> y (..., F). TypeError, ValueError: the message names the argument."""
        x = checks.floats("x", x, self.dtype)
        checks.last_axis("x", x, self.size, "(..., size)")
        return functional.layer_norm(x, self.weight, self.bias, self.eps)

    def extra_repr(self) -> str:
        settings = [str(self.size)]
        settings += [f"eps={self.eps:g}"] * (self.eps != 1e-5)
        settings += ["elementwise_affine=False"] * (self.weight is None)
        settings += ["bias=False"] * (self.weight is not None and self.bias is None)
        return ", ".join(settings)

    def shape_repr(self) -> str:
        return f"x (..., {self.size}) -> y (..., {self.size})"
