"""Layers on one batch: cell, shape and lengths, and the numbers that follow from them."""

from __future__ import annotations

import zlib
from dataclasses import dataclass, fields

import numpy as np

from benchmarks.kernels.shapes import Shape
from pyrnn.kernels.stack import CELLS, Stack

TASKS = ("forward", "training")


@dataclass(frozen=True)
class Problem:
    """A cell, a shape, and whether the sequences have lengths of their own.

    projection: P, to which an LSTM's output is projected; 0 for none.
    """

    cell: str
    shape: Shape
    ragged: bool = False
    projection: int = 0

    def __str__(self) -> str:
        words = [self.cell, str(self.shape)] + ["ragged"] * self.ragged
        return " ".join(words + [f"projected to {self.projection}"] * bool(self.projection))

    @property
    def stack(self) -> Stack:
        """The layers."""
        shape = self.shape
        given: dict[str, int] = {"proj_size": self.projection} if self.projection else {}
        return Stack(self.cell, shape.inputs, shape.H, shape.L, shape.D == 2, **given)

    @property
    def is_known(self) -> bool:
        """Whether this build of pyrnn has the cell and the projection."""
        known = {field.name for field in fields(Stack)}
        return self.cell in CELLS and (not self.projection or "proj_size" in known)

    def lengths(self) -> np.ndarray:
        """int64 (B,): T throughout, or drawn uniformly from 1 to T. The seed is fixed."""
        T, B = self.shape[:2]
        if not self.ragged:
            return np.full(B, T, np.int64)
        return np.random.default_rng(T * B).integers(1, T + 1, B)

    def operations(self, task: str) -> float:
        """Floating-point operations: 2 G H (I + H) a step and sequence, three times in training.

        Of every layer and direction, I being what the layer reads; with a projection 2 G H (I + P)
        + 2 H P. Steps past a sequence's length count for nothing.
        """
        _, _, H, _, L, D = self.shape
        P = self.projection or H
        columns = D * (self.shape.inputs + (L - 1) * D * P + L * P)
        each = self.stack.gates * H * columns + L * D * H * self.projection
        forward = 2.0 * float(self.lengths().sum()) * each
        return forward * (3 if task == "training" else 1)


@dataclass(frozen=True)
class Data:
    """The numbers of a problem, in float32."""

    weights: dict[str, np.ndarray]  # under PyTorch's names
    x: np.ndarray  # (T, B, I), 0 past a length
    h0: np.ndarray  # (L D, B, P), P = H without a projection
    c0: np.ndarray | None  # (L D, B, H), for cells that have c
    lengths: np.ndarray | None  # (B,), None where all are T
    mask: np.ndarray  # (T, B, 1): 1 within a length, 0 past it
    dy: np.ndarray  # (T, B, D P), the gradient that arrives; 0 past a length


def draw(problem: Problem) -> Data:
    """The problem's numbers: weights as PyTorch draws them, uniform within 1 / sqrt(H)."""
    rng = np.random.default_rng(zlib.crc32(str(problem).encode()))
    stack, (T, B, H, _, L, D) = problem.stack, problem.shape
    P = problem.projection or H
    bound = H**-0.5

    def normal(*shape: int) -> np.ndarray:
        return rng.normal(size=shape).astype(np.float32)

    shapes = zip(stack.weight_names(), stack.weight_shapes(), strict=True)
    weights = {n: rng.uniform(-bound, bound, s).astype(np.float32) for n, s in shapes}
    lengths = problem.lengths()
    mask = (np.arange(T)[:, None] < lengths).astype(np.float32)[..., None]
    return Data(
        weights=weights,
        x=normal(T, B, problem.shape.inputs) * mask,
        h0=normal(L * D, B, P) / 2,
        c0=normal(L * D, B, H) / 2 if stack.has_cell_state else None,
        lengths=lengths if problem.ragged else None,
        mask=mask,
        dy=normal(T, B, D * P) * mask,
    )
