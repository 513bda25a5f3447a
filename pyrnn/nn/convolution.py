"""Filters over the steps of sequences, and the largest activation of each: Kim 2014 (EMNLP)."""

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


class Conv1dMax(Module):
    """A 1-D convolution and its maximum over the steps within each length.

    ::

        a_t = b + sum over k = 0 .. W-1 of w_k x_{t + k - L},   L = floor((W - 1) / 2)
        y   = max over t = 0 .. N-1 of a_t

    x = 0 outside the sequence. Collobert et al. 2011 (JMLR 12); Kim 2014 (EMNLP), whose encoder
    joins the results of several widths: one layer a width. Letters: T time, B batch, I input,
    F filters, W width.

    Args:
        input_size: I.
        filters: F.
        width: W, the steps that a filter sees at once; one that sees more than a sequence has is
            fine.
        bias: whether there is a b.
        batch_first: x is (B, T, I) in place of (T, B, I).
        dtype: float32 or float64.
        rng: generator or integer seed for the initial values; None takes fresh entropy.

    Parameters:
        weight: (F, I, W), and bias: (F,), both uniform on ±1/sqrt(I W): names, layout and initial
        values of PyTorch's Conv1d, whose state dict loads as it is.

    Call: ``y = conv(x, lengths=None)``
        x: (T, B, I), what a recurrent layer or an embedding returns; anything may stand past a
        length. lengths: (B,) integers from 0 to T; None takes all T steps.

    Returns y (B, F), 0 for a sequence of length 0; details in `functional.conv1d_max`.

    >>> import numpy
    >>> from pyrnn import nn
    >>> conv = nn.Conv1dMax(1, 1, 3, bias=False)
    >>> conv.weight.assign(numpy.ones((1, 1, 3), "float32"))
    >>> conv([[[-1.0]], [[-2.0]], [[9.0]]], lengths=[2]).numpy()
    array([[-3.]], dtype=float32)
    """

    bias: Parameter | None

    def __init__(
        self,
        input_size: int,
        filters: int,
        width: int,
        bias: bool = True,
        batch_first: bool = False,
        *,
        dtype: Any = xp.float32,
        rng: initializers.Rng = None,
    ) -> None:
        self.input_size = integer("input_size", input_size, least=1)
        self.filters = integer("filters", filters, least=1)
        self.width = integer("width", width, least=1)
        shape = self.filters, self.input_size, self.width
        checks.room("filters, input_size, width", *shape)
        self.batch_first = checks.switch("batch_first", batch_first)
        dtype, generator = checks.float_dtype(dtype), initializers.generator(rng)
        bound = 1.0 / math.sqrt(self.input_size * self.width)

        def uniform(*shape: int) -> Parameter:
            draw = partial(initializers.uniform, shape, bound, generator, dtype)
            return new_parameter(shape, dtype, draw)

        self.weight = uniform(*shape)
        self.bias = uniform(self.filters) if checks.switch("bias", bias) else None

    def forward(self, x: Any, lengths: Any = None) -> Tensor:
        """See the class. TypeError, ValueError: the message names the argument."""
        x = checks.floats("x", x, self.weight.dtype)
        letters = "(B, T, I)" if self.batch_first else "(T, B, I)"
        if x.ndim != 3 or x.shape[2] != self.input_size:
            raise ValueError(
                f"x: expected shape {letters} with I = {self.input_size}; got {x.shape}"
            )
        return functional.conv1d_max(
            x, self.weight, self.bias, lengths, batch_first=self.batch_first
        )

    def extra_repr(self) -> str:
        settings = [f"{self.input_size}, {self.filters}, {self.width}"]
        settings += ["bias=False"] * (self.bias is None)
        settings += ["batch_first=True"] * self.batch_first
        return ", ".join(settings)

    def shape_repr(self) -> str:
        axes = "B, T" if self.batch_first else "T, B"
        return f"x ({axes}, {self.input_size}) -> y (B, {self.filters})"
