"""Dropout: Srivastava et al. 2014."""

from __future__ import annotations

from typing import Any

from pyrnn import functional
from pyrnn.autograd import Tensor
from pyrnn.nn import checks, initializers
from pyrnn.nn.module import Module


class Dropout(Module):
    """Zero each element with probability p and scale the others by 1 / (1 - p), in training only.

    Args:
        p: in [0, 1].
        rng: generator or integer seed of the masks; None takes fresh entropy. A module with a seed
            draws the same masks in every run; ``Module.rng_state`` saves where it stands.
    """

    def __init__(self, p: float = 0.5, *, rng: initializers.Rng = None) -> None:
        self.p = checks.probability("p", p, certain=True)
        self.rng = initializers.generator(rng)

    def forward(self, x: Any) -> Tensor:
        """x of any shape -> the same shape and dtype."""
        checks.refuse_tuple("x", x)
        return functional.dropout(x, self.p, self.rng, self.training)

    def extra_repr(self) -> str:
        return f"p={self.p:g}"

    def shape_repr(self) -> str:
        return "in training only"
