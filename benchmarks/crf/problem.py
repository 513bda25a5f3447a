"""A random field on one batch: sizes, lengths, and the numbers that follow from them."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

TASKS = ("forward", "training", "decode")


class Sizes(NamedTuple):
    """Time, batch, labels."""

    T: int
    B: int
    C: int

    def __str__(self) -> str:
        return f"{self.T}x{self.B}x{self.C}"


# Entities of four types (9 labels, 17 in BIOES), parts of speech and fine ones.
TABLE = tuple(Sizes(T, B, C) for C in (9, 17, 50) for T in (20, 100) for B in (8, 64))
QUICK = (Sizes(12, 1, 5), Sizes(12, 4, 9))


@dataclass(frozen=True)
class Problem:
    """Sizes, and whether the sequences have lengths of their own."""

    sizes: Sizes
    ragged: bool = False

    def __str__(self) -> str:
        return f"crf {self.sizes}" + " ragged" * self.ragged

    def lengths(self) -> np.ndarray:
        """int64 (B,): T throughout, or drawn uniformly from 1 to T. The seed is fixed."""
        T, B, _ = self.sizes
        if not self.ragged:
            return np.full(B, T, np.int64)
        return np.random.default_rng(T * B).integers(1, T + 1, B)


@dataclass(frozen=True)
class Data:
    """The numbers of a problem, in float32."""

    emissions: np.ndarray  # (T, B, C), 0 past a length
    labels: np.ndarray  # int64 (T, B), 0 past a length
    lengths: np.ndarray  # int64 (B,)
    scores: dict[str, np.ndarray]  # transitions (C, C), start (C,), end (C,)


def draw(problem: Problem) -> Data:
    """Emissions and scores of deviation 1.

    Among scores that are farther apart one path has nearly all, and gradients are small
    differences, in which float32 leaves little to compare.
    """
    rng = np.random.default_rng(zlib.crc32(str(problem).encode()))
    T, B, C = problem.sizes

    def normal(*shape: int) -> np.ndarray:
        return rng.normal(size=shape).astype(np.float32)

    lengths = problem.lengths()
    inside = np.arange(T)[:, None] < lengths
    return Data(
        emissions=normal(T, B, C) * inside[..., None],
        labels=rng.integers(0, C, (T, B)) * inside,
        lengths=lengths,
        scores={"transitions": normal(C, C), "start": normal(C), "end": normal(C)},
    )
