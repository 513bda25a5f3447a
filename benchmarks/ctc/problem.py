"""Targets without alignment on one batch: sizes, lengths, and the numbers that follow from them."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

TASKS = ("forward", "training")
FRAMES = 10  # of a symbol, in the mean: speech and handwriting have about so many


class Sizes(NamedTuple):
    """Time, batch, symbols and the blank."""

    T: int
    B: int
    C: int

    def __str__(self) -> str:
        return f"{self.T}x{self.B}x{self.C}"


TABLE = tuple(Sizes(T, B, C) for C in (30, 100) for T in (100, 1000) for B in (8, 64))
QUICK = (Sizes(12, 1, 5), Sizes(20, 4, 9))


@dataclass(frozen=True)
class Problem:
    """Sizes, and whether the sequences have lengths of their own."""

    sizes: Sizes
    ragged: bool = False

    def __str__(self) -> str:
        return f"ctc {self.sizes}" + " ragged" * self.ragged

    def lengths(self) -> np.ndarray:
        """int64 (B,): T throughout, or drawn uniformly from FRAMES to T. The seed is fixed."""
        T, B, _ = self.sizes
        if not self.ragged:
            return np.full(B, T, np.int64)
        return np.random.default_rng(T * B).integers(FRAMES, T + 1, B)


@dataclass(frozen=True)
class Data:
    """The numbers of a problem, in float32."""

    logits: np.ndarray  # (T, B, C), 0 past a length
    targets: np.ndarray  # int64 (B, L), 0 past a length
    lengths: np.ndarray  # int64 (B,)
    target_lengths: np.ndarray  # int64 (B,): a symbol for each FRAMES frames


def draw(problem: Problem) -> Data:
    """Logits of deviation 1, and any symbols; the blank is 0."""
    rng = np.random.default_rng(zlib.crc32(str(problem).encode()))
    T, B, C = problem.sizes
    lengths = problem.lengths()
    target_lengths = lengths // FRAMES
    inside = np.arange(T)[:, None] < lengths
    logits = rng.normal(size=(T, B, C)).astype(np.float32) * inside[..., None]
    kept = np.arange(T // FRAMES) < target_lengths[:, None]
    targets = rng.integers(1, C, kept.shape) * kept
    return Data(logits, targets, lengths, target_lengths)
