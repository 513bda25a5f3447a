"""A layer that reads one step at a time: its sizes, and the numbers that follow from them."""

from __future__ import annotations

import zlib
from dataclasses import dataclass

import numpy as np

STEPS = 64  # different ones, over and over


@dataclass(frozen=True)
class Problem:
    """A layer of H units on H numbers, one session or many."""

    cell: str
    H: int
    sessions: int = 1

    def __str__(self) -> str:
        return f"{self.cell} H {self.H}, sessions {self.sessions}"

    def operations(self) -> float:
        """Floating-point operations of a step of all sessions."""
        gates = {"lstm": 4, "gru": 3}[self.cell]
        return 2.0 * self.sessions * gates * self.H * 2 * self.H


SINGLE = tuple(Problem(cell, H) for cell in ("lstm", "gru") for H in (64, 128, 256))
MANY = tuple(Problem(cell, H, 1000) for cell in ("lstm", "gru") for H in (64, 128, 256))
QUICK_SINGLE = (Problem("lstm", 16), Problem("gru", 16))
QUICK_MANY = (Problem("lstm", 16, 20), Problem("gru", 16, 20))


@dataclass(frozen=True)
class Data:
    """The numbers of a problem, in float32."""

    weights: dict[str, np.ndarray]  # by PyTorch's names
    x: np.ndarray  # (STEPS, sessions, H)
    order: np.ndarray  # int64 (sessions,): which session each row is


def draw(problem: Problem) -> Data:
    """The problem's numbers: weights as PyTorch draws them, uniform within 1 / sqrt(H)."""
    rng = np.random.default_rng(zlib.crc32(str(problem).encode()))
    H, gates = problem.H, {"lstm": 4, "gru": 3}[problem.cell]
    bound = H**-0.5
    shapes = {
        "weight_ih_l0": (gates * H, H),
        "weight_hh_l0": (gates * H, H),
        "bias_ih_l0": (gates * H,),
        "bias_hh_l0": (gates * H,),
    }
    return Data(
        weights={
            name: rng.uniform(-bound, bound, shape).astype(np.float32)
            for name, shape in shapes.items()
        },
        x=rng.normal(size=(STEPS, problem.sessions, H)).astype(np.float32),
        order=rng.permutation(problem.sessions),
    )
