"""The masks of a training call, for contestants that are to lose what pyrnn's layers lose.

A layer draws the seed of each call from its generator, so one that is given a new generator of SEED
before a call has the masks that stand here.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from pyrnn.kernels import dropout
from pyrnn.kernels.stack import Stack

SEED = 7


class Masks(NamedTuple):
    """What one layer in one direction loses; None where it has no such mask."""

    h: np.ndarray | None  # bool (T, B, P): h keeps its value of the step before
    c: np.ndarray | None  # bool (T, B, H), of c likewise
    recurrent: np.ndarray | None  # float32 (B, P): the factors on what R multiplies


def generator() -> np.random.Generator:
    """What a layer is to draw its seeds from."""
    return np.random.default_rng(SEED)


def draw_masks(stack: Stack, T: int, B: int) -> Masks:
    """The masks of the first call after that generator came, for sequences 0 .. B-1."""
    seed = int(generator().integers(1 << 64, dtype="uint64"))
    numbers = np.arange(B)
    h, c = (
        dropout.zoneout_mask(stack, seed, 0, state, T, numbers) if p else None
        for state, p in enumerate(stack.zoneout)
    )
    recurrent = None
    if stack.recurrent_dropout:
        recurrent = dropout.recurrent_mask(stack, seed, 0, np.dtype(np.float32), numbers)
    return Masks(h, c, recurrent)
