"""The elementwise activations as modules, for `Sequential`."""

from __future__ import annotations

from typing import Any

from pyrnn import functional
from pyrnn.autograd import Tensor
from pyrnn.nn import checks
from pyrnn.nn.module import Module


class ReLU(Module):
    """max(x, 0), elementwise."""

    def forward(self, x: Any) -> Tensor:
        """x of any shape -> the same shape and dtype."""
        checks.refuse_tuple("x", x)
        return functional.relu(x)


class Tanh(Module):
    """tanh(x), elementwise."""

    def forward(self, x: Any) -> Tensor:
        """x of any shape -> the same shape and dtype."""
        checks.refuse_tuple("x", x)
        return functional.tanh(x)


class Sigmoid(Module):
    """1 / (1 + e^-x), elementwise."""

    def forward(self, x: Any) -> Tensor:
        """x of any shape -> the same shape and dtype."""
        checks.refuse_tuple("x", x)
        return functional.sigmoid(x)
