"""Attention over the steps of a sequence: Yang et al. 2016 (Hierarchical attention networks)."""

from __future__ import annotations

import math
from functools import partial
from typing import Any

from pyrnn import functional
from pyrnn.autograd import Tensor
from pyrnn.kernels import arrays as xp
from pyrnn.kernels.scalars import integer
from pyrnn.nn import checks, initializers
from pyrnn.nn.linear import Linear
from pyrnn.nn.module import Module
from pyrnn.nn.skeleton import new_parameter


class AttentionPool(Module):
    """A weighted mean of a sequence's steps, the weights learnt.

    ::

        s_t = v . tanh(W y_t + b)
        a_t = softmax of s over the steps within the length
        out = sum_t a_t y_t

    Yang, Yang, Dyer, He, Smola and Hovy 2016 (NAACL), equations 5 to 7. Letters: T time, B batch,
    F width of y, A width of the attention.

    Args:
        size: F.
        attention_size: A; None for F.
        batch_first: y is (B, T, F) in place of (T, B, F), and the weights (B, T).
        dtype: float32 or float64.
        rng: generator or integer seed for the initial values; None takes fresh entropy.

    Parameters:
        projection.weight: W (A, F), and projection.bias: b (A,): those of a `Linear`.
        context: v (A,), uniform on ±1/sqrt(A).

    Call: ``pooled, weights = pool(y, lengths=None)``
        y: (T, B, F), what a recurrent layer returns; values past a length must be finite.
        lengths: (B,) integers from 0 to T; None takes all T steps.

    Returns pooled (B, F) and weights (T, B), which are exactly 0 past a length and add up to 1;
    both are 0 for a sequence of length 0.

    >>> import numpy
    >>> from pyrnn import nn
    >>> pooled, weights = nn.AttentionPool(3, rng=0)(numpy.ones((2, 2, 3), "float32"), [2, 1])
    >>> weights.numpy()
    array([[0.5, 1. ],
           [0.5, 0. ]], dtype=float32)
    """

    def __init__(
        self,
        size: int,
        attention_size: int | None = None,
        batch_first: bool = False,
        *,
        dtype: Any = xp.float32,
        rng: initializers.Rng = None,
    ) -> None:
        self.size = integer("size", size, least=1)
        width = self.size if attention_size is None else attention_size
        self.attention_size = integer("attention_size", width, least=1)
        self.batch_first = checks.switch("batch_first", batch_first)
        dtype, generator = checks.float_dtype(dtype), initializers.generator(rng)
        self.projection = Linear(self.size, self.attention_size, dtype=dtype, rng=generator)
        shape, bound = (self.attention_size,), 1.0 / math.sqrt(self.attention_size)
        draw = partial(initializers.uniform, shape, bound, generator, dtype)
        self.context = new_parameter(shape, dtype, draw)

    def forward(self, y: Any, lengths: Any = None) -> tuple[Tensor, Tensor]:
        """See the class. TypeError, ValueError: the message names the argument."""
        y = checks.floats("y", y, self.context.dtype)
        letters = "(B, T, F)" if self.batch_first else "(T, B, F)"
        if y.ndim != 3 or y.shape[2] != self.size:
            raise ValueError(f"y: expected shape {letters} with F = {self.size}; got {y.shape}")
        time = 1 if self.batch_first else 0
        # A row of an output layer's weights, not a product with a vector: NumPy's adds in an order
        # that depends on the batch
        context = self.context.expand_dims(0)  # (1, A)
        scores = functional.linear(self.projection(y).tanh(), context).squeeze(2)
        weights = functional.masked_softmax(scores, lengths, axis=time)
        pooled = functional.weighted_sum(y, weights, lengths, batch_first=self.batch_first)
        return pooled, weights

    def extra_repr(self) -> str:
        settings = [str(self.size)]
        settings += [f"attention_size={self.attention_size}"] * (self.attention_size != self.size)
        settings += ["batch_first=True"] * self.batch_first
        return ", ".join(settings)

    def shape_repr(self) -> str:
        axes = "B, T" if self.batch_first else "T, B"
        return f"y ({axes}, {self.size}) -> pooled (B, {self.size}), weights ({axes})"
