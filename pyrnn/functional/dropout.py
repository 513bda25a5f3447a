"""Dropout (Srivastava et al. 2014), inverted: what is kept is scaled up in training."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyrnn.autograd import Context, Function, Tensor
from pyrnn.autograd.operands import Operand, as_tensor, floating
from pyrnn.kernels import arrays as xp
from pyrnn.kernels.scalars import real

if TYPE_CHECKING:
    from pyrnn.kernels.arrays import Array, Generator


class Dropout(Function):
    """y = m x;  dx = m dy,  m = 1 / (1 - p) with probability 1 - p, else 0. Backward draws m again
    from its seed."""

    @staticmethod
    def forward(ctx: Context, x: Array, p: float, seed: int) -> Array:
        ctx.save(p, seed)
        return xp.dropout(x, p, seed)

    @staticmethod
    def backward(ctx: Context, dy: Array) -> Array:
        p, seed = ctx.saved
        return xp.dropout(dy, p, seed)


def dropout(x: Operand, p: float, rng: Generator | None, training: bool) -> Tensor:
    """Zero each element with probability p and scale the others by 1 / (1 - p).

    rng: the generator that gives the mask's seed, one number a call. x as it is unless
    ``training``, and where p is 0: nothing is drawn then. ValueError unless 0 <= p <= 1; TypeError
    without a generator where one is needed.
    """
    p = real("p", p, least=0, most=1)
    if not training or p == 0.0:
        return as_tensor(x, "x")
    if not isinstance(rng, xp.Generator):
        raise TypeError(f"rng: expected a random generator for dropout; got {type(rng).__name__}")
    seed = int(rng.integers(1 << 64, dtype="uint64"))
    return Dropout.apply(floating(x), p=p, seed=seed)
