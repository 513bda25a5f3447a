"""Dropout's masks, by a counter-based generator: no state, so any thread, any device and any
recomputation finds the same bits.

All sums and products are modulo 2^64.

    key  = mix(seed + GAMMA)
    bits = mix(key + (n + 1) GAMMA)      for element n of an array, in C order

    row  = mix(mix(mix(key + (layer + 1) GAMMA) + (t + 1) GAMMA) + (sequence + 1) GAMMA)
    bits = mix(row + (u + 1) GAMMA)      between layers, for output u of the D P of a layer's step

    keep = floor(bits / 2^40) >= ceil(p 2^24)      the top 24 bits: keep with probability 1 - p

    mix(z): z ^= z >> 30, z *= 0xBF58476D1CE4E5B9, z ^= z >> 27, z *= 0x94D049BB133111EB,
            z ^= z >> 31

mix and GAMMA are those of SplitMix64 (Steele, Lea, Flood 2014; constants by Stafford). The seed is
mixed first: without that, the streams of two seeds a multiple of GAMMA apart would overlap.

t is the step in the caller's array, in both directions. A sequence is known by its number, which a
call may give (`sequences`, else 0 .. B-1), not by its place: so its masks are the same in any batch
and under any padding.
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


def _key(seed: int) -> Array:
    """What a seed in [0, 2**64) begins with: uint64 (1,)."""
    return _mix(np.array([(operator.index(seed) + GAMMA) & _WORD], dtype=np.uint64))


def _next(key: Array, counters: Array) -> Array:
    """mix(key + (counter + 1) GAMMA): 64 random bits for each counter (uint64) under a key."""
    return _mix(key + (counters + np.uint64(1)) * np.uint64(GAMMA))


def random_bits(seed: int, counters: Array) -> Array:
    """64 random bits for each counter (uint64), for a seed in [0, 2**64)."""
    return _next(_key(seed), counters)


def _kept(p: float, bits: Array) -> Array:
    """What is kept, with probability 1 - p; bool."""
    return (bits >> np.uint64(40)) >= np.uint64(math.ceil(p * 2.0**24))


def scale(p: float, dtype: np.dtype[Any]) -> np.generic:
    """1 / (1 - p), computed in float64 and rounded once; 0 where nothing is kept."""
    return dtype.type(1.0 / (1.0 - p) if p < 1.0 else 0.0)


def masked(x: Array, p: float, seed: int) -> Array:
    """x times its mask: 1 / (1 - p) where an element is kept, else 0. Any shape."""
    mask = _kept(p, random_bits(seed, np.arange(x.size, dtype=np.uint64))).reshape(x.shape)
    return x * (mask * scale(p, x.dtype))


def keep_mask(stack: Stack, seed: int, layer: int, time: int, sequences: Array) -> Array:
    """Which outputs of a layer (0 is the first) reach the next: (T, B, D P) bool.

    sequences: the numbers of the sequences, int64 (B,).
    """
    steps = np.arange(time, dtype=np.uint64)[:, None, None]  # (T, 1, 1)
    numbers = sequences.astype(np.uint64)[:, None]  # (B, 1)
    outputs = np.arange(stack.layer_input_size(layer + 1), dtype=np.uint64)  # (D P,)
    rows = _next(_next(random_bits(seed, np.array([layer], np.uint64)), steps), numbers)
    return _kept(stack.dropout, _next(rows, outputs))


def mask(
    stack: Stack, dtype: np.dtype[Any], seed: int, layer: int, time: int, sequences: Array
) -> Array:
    """The factors on a layer's outputs, (T, B, D P): 1 / (1 - p) where kept, else 0."""
    return keep_mask(stack, seed, layer, time, sequences) * scale(stack.dropout, dtype)


def masks(
    stack: Stack, dtype: np.dtype[Any], seed: int | None, time: int, sequences: Array
) -> list[Array]:
    """The masks of all layers but the last; none without a seed or without dropout."""
    if seed is None or stack.dropout == 0:
        return []
    layers = range(stack.num_layers - 1)
    return [mask(stack, dtype, seed, layer, time, sequences) for layer in layers]
