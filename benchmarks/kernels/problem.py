"""One layer on one batch: cell, shape and lengths, and the numbers that follow from them."""

from __future__ import annotations

import zlib
from dataclasses import dataclass

import numpy as np

from benchmarks.kernels.shapes import Shape
from pyrnn.kernels.stack import Stack

TASKS = ("forward", "training")


@dataclass(frozen=True)
class Problem:
    """A cell, a shape, and whether the sequences have lengths of their own."""

    cell: str
    shape: Shape
    ragged: bool = False

    def __str__(self) -> str:
        return f"{self.cell} {self.shape}" + " ragged" * self.ragged

    @property
    def stack(self) -> Stack:
        """The layer."""
        return Stack(self.cell, self.shape.H, self.shape.H)

    def lengths(self) -> np.ndarray:
        """int64 (B,): T throughout, or drawn uniformly from 1 to T. The seed is fixed."""
        T, B, _ = self.shape
        if not self.ragged:
            return np.full(B, T, np.int64)
        return np.random.default_rng(T * B).integers(1, T + 1, B)

    def operations(self, task: str) -> float:
        """Floating-point operations: 2 G H (I + H) a step and sequence, three times in training.

        Steps past a sequence's length count for nothing.
        """
        H = self.shape.H
        forward = 2.0 * float(self.lengths().sum()) * self.stack.gates * H * (H + H)
        return forward * (3 if task == "training" else 1)


@dataclass(frozen=True)
class Data:
    """The numbers of a problem, in float32."""

    weights: dict[str, np.ndarray]  # under PyTorch's names
    x: np.ndarray  # (T, B, I), 0 past a length
    h0: np.ndarray  # (1, B, H)
    c0: np.ndarray | None  # (1, B, H), for cells that have c
    lengths: np.ndarray | None  # (B,), None where all are T
    mask: np.ndarray  # (T, B, 1): 1 within a length, 0 past it
    dy: np.ndarray  # (T, B, H), the gradient that arrives; 0 past a length


def draw(problem: Problem) -> Data:
    """The problem's numbers: weights as PyTorch draws them, uniform within 1 / sqrt(H)."""
    rng = np.random.default_rng(zlib.crc32(str(problem).encode()))
    stack, (T, B, H) = problem.stack, problem.shape
    bound = H**-0.5

    def normal(*shape: int) -> np.ndarray:
        return rng.normal(size=shape).astype(np.float32)

    shapes = zip(stack.weight_names(), stack.weight_shapes(), strict=True)
    weights = {n: rng.uniform(-bound, bound, s).astype(np.float32) for n, s in shapes}
    lengths = problem.lengths()
    mask = (np.arange(T)[:, None] < lengths).astype(np.float32)[..., None]
    return Data(
        weights=weights,
        x=normal(T, B, H) * mask,
        h0=normal(1, B, H) / 2,
        c0=normal(1, B, H) / 2 if stack.has_cell_state else None,
        lengths=lengths if problem.ragged else None,
        mask=mask,
        dy=normal(T, B, H) * mask,
    )
