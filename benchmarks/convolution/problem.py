"""Filters of several widths on one batch: sizes, lengths, and the numbers that follow from them."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

WIDTHS = (3, 4, 5)  # Kim 2014, with 100 filters of each


class Sizes(NamedTuple):
    """Time, batch, input, filters of each width."""

    T: int
    B: int
    I: int
    F: int = 100

    def __str__(self) -> str:
        return f"{self.T}x{self.B}x{self.I}"


# Sentences one at a time and in batches; long reviews; few features and word vectors of 300.
TABLE = (
    Sizes(20, 1, 100),
    Sizes(400, 1, 300),
    Sizes(20, 16, 16),
    Sizes(20, 64, 100),
    Sizes(50, 64, 300),
    Sizes(200, 32, 128),
    Sizes(400, 64, 16),
    Sizes(400, 16, 300),
)
QUICK = (Sizes(20, 1, 16, 10), Sizes(12, 4, 8, 10))


@dataclass(frozen=True)
class Problem:
    """Sizes, and whether the sequences have lengths of their own."""

    sizes: Sizes
    ragged: bool = False

    def __str__(self) -> str:
        return f"convolution {self.sizes}" + " ragged" * self.ragged

    def lengths(self) -> np.ndarray:
        """int64 (B,): T throughout, or drawn uniformly from 1 to T. The seed is fixed."""
        T, B, *_ = self.sizes
        if not self.ragged:
            return np.full(B, T, np.int64)
        return np.random.default_rng(T * B).integers(1, T + 1, B)

    def operations(self) -> float:
        """Floating-point operations of forward: 2 F W I for each step within a length and width.

        What backward does beside it, 4 B F W I, is a T-th of that, and is not counted.
        """
        return 2.0 * float(self.lengths().sum()) * self.sizes.F * sum(WIDTHS) * self.sizes.I


@dataclass(frozen=True)
class Data:
    """The numbers of a problem, in float32."""

    weights: dict[int, np.ndarray]  # width -> (F, I, W)
    biases: dict[int, np.ndarray]  # width -> (F,)
    x: np.ndarray  # (T, B, I), 0 past a length
    lengths: np.ndarray | None  # (B,), None where all are T
    dy: np.ndarray  # (B, 3 F), the gradient that arrives


def draw(problem: Problem) -> Data:
    """The problem's numbers: weights as PyTorch draws them, uniform within 1 / sqrt(I W)."""
    rng = np.random.default_rng(zlib.crc32(str(problem).encode()))
    T, B, I, F = problem.sizes

    def normal(*shape: int) -> np.ndarray:
        return rng.normal(size=shape).astype(np.float32)

    def uniform(width: int, *shape: int) -> np.ndarray:
        bound = (I * width) ** -0.5
        return rng.uniform(-bound, bound, shape).astype(np.float32)

    lengths = problem.lengths()
    return Data(
        weights={width: uniform(width, F, I, width) for width in WIDTHS},
        biases={width: uniform(width, F) for width in WIDTHS},
        x=normal(T, B, I) * (np.arange(T)[:, None, None] < lengths[:, None]).astype(np.float32),
        lengths=lengths if problem.ragged else None,
        dy=normal(B, len(WIDTHS) * F),
    )
