"""Dropout (Srivastava et al. 2014), inverted: what is kept is scaled up in training."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyrnn.autograd import Tensor
from pyrnn.autograd.operands import Operand, as_tensor, floating
from pyrnn.kernels import arrays as xp

if TYPE_CHECKING:
    from pyrnn.kernels.arrays import Generator


def dropout(x: Operand, p: float, rng: Generator | None, training: bool) -> Tensor:
    """Zero each element with probability p and scale the others by 1 / (1 - p).

    rng: the generator that draws one number for each element. x as it is unless ``training``, and
    where p is 0: nothing is drawn then. ValueError unless 0 <= p <= 1; TypeError without a
    generator where one is needed.
    """
    if not hasattr(p, "__float__"):
        raise TypeError(f"p: expected a number; got {type(p).__name__} {p!r}")
    if not 0.0 <= p <= 1.0:  # also refuses NaN
        raise ValueError(f"p: expected a probability in [0, 1]; got {p}")
    if not training or p == 0.0:
        return as_tensor(x, "x")
    if not isinstance(rng, xp.Generator):
        raise TypeError(f"rng: expected a random generator for dropout; got {type(rng).__name__}")
    x = floating(x)
    scale = 0.0 if p == 1.0 else 1.0 / (1.0 - p)
    mask = (rng.random(x.shape, dtype=x.dtype) >= p).astype(x.dtype)
    mask *= scale
    return as_tensor(x) * mask
