"""The masks of dropout and of zoneout, by a counter-based generator: no state, so any thread, any
device and any recomputation finds the same bits.

All sums and products are modulo 2^64.

    key = mix(seed + GAMMA)
    next(key, n) = mix(key + (n + 1) GAMMA)

    bits = next(key, n)                       for element n of an array, in C order
    bits = next(row, u)                       in a recurrent stack, with

    row = next(next(next(key, layer), t), sequence)       between layers: u of the D P of a step
    row = next(next(next(key, place), t), sequence)       zoneout: u of the P of h, of the H of c
    row = next(next(key, place), sequence)                recurrent dropout: u of the P of h

    place = kind 2^32 + layer D + direction               kind 1: zoneout of h, 2: of c,
                                                          3: recurrent dropout
    lost = floor(bits / 2^40) < ceil(p 2^24)              the top 24 bits: with probability p

    mix(z): z ^= z >> 30, z *= 0xBF58476D1CE4E5B9, z ^= z >> 27, z *= 0x94D049BB133111EB,
            z ^= z >> 31

mix and GAMMA are those of SplitMix64 (Steele, Lea, Flood 2014; constants by Stafford). The seed is
mixed first: without that, the streams of two seeds a multiple of GAMMA apart would overlap.

What dropout loses is 0, and the rest is scaled by 1 / (1 - p); what zoneout loses is its new value.
Recurrent dropout has one mask for all steps of a sequence, so its row leaves out t.

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
_ZONEOUT = (1, 2)  # kinds of places: of h, of c
_RECURRENT = 3


def _mix(z: Array) -> Array:
    """The finalizer of SplitMix64 on uint64: each bit of z changes each bit of the result."""
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


def _key(seed: int) -> Array:
    """What a seed in [0, 2**64) begins with: uint64 (1,)."""
    return _mix(np.array([(operator.index(seed) + GAMMA) & _WORD], dtype=np.uint64))


def _next(key: Array, counters: Array) -> Array:
    """next(key, counter): 64 random bits for each counter (uint64) under a key."""
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


def _place(seed: int, kind: int, run: int) -> Array:
    """next(key, place) of direction run % D of layer run // D: uint64 (1,)."""
    return random_bits(seed, np.array([(kind << 32) + run], np.uint64))


def zoneout_mask(
    stack: Stack, seed: int, run: int, state: int, time: int, sequences: Array
) -> Array:
    """Which units of a state (0 is h, 1 is c) keep their value of the step before.

    run: layer D + direction. Gives bool (T, B, P) for h, (T, B, H) for c.
    """
    width = (stack.output_size, stack.hidden_size)[state]
    steps = np.arange(time, dtype=np.uint64)[:, None, None]  # (T, 1, 1)
    numbers = sequences.astype(np.uint64)[:, None]  # (B, 1)
    rows = _next(_next(_place(seed, _ZONEOUT[state], run), steps), numbers)
    return ~_kept(stack.zoneout[state], _next(rows, np.arange(width, dtype=np.uint64)))


def recurrent_mask(
    stack: Stack, seed: int, run: int, dtype: np.dtype[Any], sequences: Array
) -> Array:
    """The factors on what R multiplies, (B, P): 1 / (1 - p) where kept, else 0.

    run: layer D + direction.
    """
    numbers = sequences.astype(np.uint64)[:, None]  # (B, 1)
    rows = _next(_place(seed, _RECURRENT, run), numbers)
    lanes = np.arange(stack.output_size, dtype=np.uint64)  # (P,)
    p = stack.recurrent_dropout
    return _kept(p, _next(rows, lanes)) * scale(p, dtype)
