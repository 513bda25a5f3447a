"""Targets and the memories that they are decoded from: sizes, lengths, and their numbers."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np


class Sizes(NamedTuple):
    """Steps of the target and of the memory, batch, widths of x, of the state, of the memory."""

    T: int
    S: int
    B: int
    I: int
    H: int
    E: int

    def __str__(self) -> str:
        return "x".join(map(str, self))


# Short sentences, as of Multi30k; longer ones; characters; one sentence; a beam's single step.
TABLE = (
    Sizes(15, 15, 32, 256, 256, 512),
    Sizes(30, 30, 64, 256, 512, 1024),
    Sizes(60, 60, 32, 64, 128, 256),
    Sizes(15, 15, 1, 256, 256, 512),
    Sizes(1, 15, 160, 256, 256, 512),
)
QUICK = (Sizes(5, 4, 3, 6, 8, 10), Sizes(1, 7, 2, 5, 16, 4))


@dataclass(frozen=True)
class Problem:
    """Sizes, and whether targets and memories have lengths of their own."""

    sizes: Sizes
    ragged: bool = False

    def __str__(self) -> str:
        return f"decoder {self.sizes}" + " ragged" * self.ragged

    def lengths(self) -> tuple[np.ndarray, np.ndarray]:
        """Those of targets and memories, int64 (B,): drawn from half of T and S on."""
        rng = np.random.default_rng(self.sizes)
        longest, B = self.sizes[:2], self.sizes.B
        if not self.ragged:
            return np.full(B, longest[0], np.int64), np.full(B, longest[1], np.int64)
        targets, memories = (rng.integers((n + 1) // 2, n + 1, B) for n in longest)
        return targets, memories

    def operations(self, task: str) -> float:
        """Floating-point operations in the products of a task, training three times forward.

        The keys are projected once. tanh and softmax are not counted.
        """
        _, _, _, I, H, E = self.sizes
        targets, memories = self.lengths()
        steps, keys = float(targets.sum()), float(memories.sum())
        pairs = float((targets * memories).sum())
        forward = 2 * (steps * (3 * H * (I + E + H) + H * H) + keys * E * H + pairs * (H + E))
        return forward * (3 if task == "training" else 1)


@dataclass(frozen=True)
class Data:
    """The numbers of a problem, in float32, by PyTorch's names and layouts."""

    cell: dict[str, np.ndarray]  # weight_ih (3 H, I + E), weight_hh, bias_ih, bias_hh
    query: np.ndarray  # W_q (H, H)
    key: np.ndarray  # W_k (H, E)
    bias: np.ndarray  # (H,)
    v: np.ndarray  # (H,)
    x: np.ndarray  # (T, B, I)
    memory: np.ndarray  # (S, B, E)
    h0: np.ndarray  # (1, B, H)
    targets: np.ndarray | None  # (B,), None where all are T
    memories: np.ndarray | None  # (B,)
    valid: np.ndarray  # (T, B, 1): 1 within a target, else 0
    dy: np.ndarray  # (T, B, H), the gradient that arrives at the states; 0 past a target
    dcontext: np.ndarray  # (T, B, E)


def draw(problem: Problem) -> Data:
    """The problem's numbers: weights as PyTorch draws them."""
    rng = np.random.default_rng(zlib.crc32(str(problem).encode()))
    T, S, B, I, H, E = problem.sizes

    def normal(*shape: int) -> np.ndarray:
        return rng.normal(size=shape).astype(np.float32)

    def uniform(width: int, *shape: int) -> np.ndarray:
        return rng.uniform(-(width**-0.5), width**-0.5, shape).astype(np.float32)

    targets, memories = problem.lengths()
    valid = (np.arange(T)[:, None, None] < targets[:, None]).astype(np.float32)
    inside = (np.arange(S)[:, None, None] < memories[:, None]).astype(np.float32)
    return Data(
        cell={
            "weight_ih": uniform(H, 3 * H, I + E),
            "weight_hh": uniform(H, 3 * H, H),
            "bias_ih": uniform(H, 3 * H),
            "bias_hh": uniform(H, 3 * H),
        },
        query=uniform(H + E, H, H),
        key=uniform(H + E, H, E),
        bias=uniform(H + E, H),
        v=uniform(H, H),
        x=normal(T, B, I) * valid,
        memory=normal(S, B, E) * inside,
        h0=normal(1, B, H),
        targets=targets if problem.ragged else None,
        memories=memories if problem.ragged else None,
        valid=valid,
        dy=normal(T, B, H) * valid,
        dcontext=normal(T, B, E) * valid,
    )
