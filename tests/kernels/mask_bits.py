"""The generator behind every mask, in exact integers: written from its definition alone."""

from __future__ import annotations

import math

from pyrnn.kernels.dropout import GAMMA

WORD = 2**64 - 1


def mix(z: int) -> int:
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9 & WORD
    z = (z ^ z >> 27) * 0x94D049BB133111EB & WORD
    return z ^ z >> 31


def bits_at(seed: int, *coordinates: int) -> int:
    """The bits at a layer or place, a step, a sequence, a unit; of an array at an element."""
    z = seed + GAMMA & WORD
    for coordinate in coordinates:
        z = mix(z) + (coordinate + 1) * GAMMA & WORD
    return mix(z)


def lost(p: float, seed: int, *coordinates: int) -> bool:
    """Whether what stands there is lost, with probability p."""
    return bits_at(seed, *coordinates) >> 40 < math.ceil(p * 2**24)
