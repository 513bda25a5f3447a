"""Dropout's masks, by a counter-based generator: no state, so any thread, any device and any
recomputation finds the same bits.

    counter(i)          = i                                      element i of an array, in C order
    counter(l, t, b, j) = ((l T + t) B + b) (D H) + j            between layers: layer, time,
                                                                 sequence, unit
    key                 = mix(seed + GAMMA)                      all sums and products modulo 2^64
    bits                = mix(key + (counter + 1) GAMMA)
    keep                = floor(bits / 2^40) >= ceil(p 2^24)     the top 24 bits: keep with 1 - p

    mix(z): z ^= z >> 30, z *= 0xBF58476D1CE4E5B9, z ^= z >> 27, z *= 0x94D049BB133111EB,
            z ^= z >> 31

mix and GAMMA are those of SplitMix64 (Steele, Lea, Flood 2014; constants by Stafford). The seed is
mixed first: without that, the streams of two seeds a multiple of GAMMA apart would overlap.
"""

from __future__ import annotations

import math
import operator
from typing import Any

import numpy as np

from pyrnn.kernels.stack import Array, Stack

GAMMA = 0x9E3779B97F4A7C15
_WORD = (1 << 64) - 1


def _mix(z: Array) -> Array:
    """The finalizer of SplitMix64 on uint64: each bit of z changes each bit of the result."""
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


def random_bits(seed: int, counters: Array) -> Array:
    """64 random bits for each counter (uint64), for a seed in [0, 2**64)."""
    key = _mix(np.array([(operator.index(seed) + GAMMA) & _WORD], dtype=np.uint64))
    return _mix(key + (counters + np.uint64(1)) * np.uint64(GAMMA))


def kept(p: float, seed: int, counters: Array) -> Array:
    """Whether each counter is kept, which happens with probability 1 - p; bool."""
    threshold = np.uint64(math.ceil(p * 2.0**24))
    return (random_bits(seed, counters) >> np.uint64(40)) >= threshold


def scale(p: float, dtype: np.dtype[Any]) -> np.generic:
    """1 / (1 - p), computed in float64 and rounded once; 0 where nothing is kept."""
    return dtype.type(1.0 / (1.0 - p) if p < 1.0 else 0.0)


def masked(x: Array, p: float, seed: int) -> Array:
    """x times its mask: 1 / (1 - p) where an element is kept, else 0. Any shape."""
    mask = kept(p, seed, np.arange(x.size, dtype=np.uint64)).reshape(x.shape)
    return x * (mask * scale(p, x.dtype))


def keep_mask(stack: Stack, seed: int, layer: int, time: int, batch: int) -> Array:
    """Which outputs of a layer (0 is the first) reach the next: (T, B, D H) bool."""
    shape = stack.output_shape(time, batch)
    count = math.prod(shape)
    counters = np.arange(count, dtype=np.uint64) + np.uint64(layer * count)
    return kept(stack.dropout, seed, counters).reshape(shape)


def mask(stack: Stack, dtype: np.dtype[Any], seed: int, layer: int, time: int, batch: int) -> Array:
    """The factors on a layer's outputs, (T, B, D H): 1 / (1 - p) where kept, else 0."""
    return keep_mask(stack, seed, layer, time, batch) * scale(stack.dropout, dtype)


def masks(
    stack: Stack, dtype: np.dtype[Any], seed: int | None, time: int, batch: int
) -> list[Array]:
    """The masks of all layers but the last; none without a seed or without dropout."""
    if seed is None or stack.dropout == 0:
        return []
    layers = range(stack.num_layers - 1)
    return [mask(stack, dtype, seed, layer, time, batch) for layer in layers]
