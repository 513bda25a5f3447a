"""The n-grams of a sequence, as numbers.

A token is its own 1-gram, with its id for a number. A longer n-gram has a place among `buckets`
behind the ids, by a hash of its ids (the hashing trick of Weinberger et al. 2009):

    h_1 = id_t          h_n = h_{n-1} · A + id_{t+n-1}   (modulo 2^64)
    place = V + mix(h_n) mod buckets

Two n-grams may share a place; with as many places as there are n-grams, a third of them do.
"""

from __future__ import annotations

import numpy as np

MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)  # 2^64 / golden ratio: neighbours fall far apart
MIXER = np.uint64(0xBF58476D1CE4E5B9)  # of splitmix64 (Steele, Lea and Flood 2014)


def ngrams(ids: np.ndarray, longest: int, vocabulary_size: int, buckets: int) -> np.ndarray:
    """The n-grams of 1 to `longest` tokens that a sequence has, each once, rising.

    ids: int64 (N,) -> int64 (M,), below vocabulary_size, or below vocabulary_size + buckets for
    n-grams of more than one token.
    """
    found = [ids]
    hashes = ids.astype(np.uint64)
    for n in range(2, min(longest, len(ids)) + 1):
        hashes = hashes[:-1] * MULTIPLIER + ids[n - 1 :].astype(np.uint64)
        places = _mix(hashes) % np.uint64(buckets)
        found.append(places.astype(np.int64) + vocabulary_size)
    return np.unique(np.concatenate(found))


def _mix(hashes: np.ndarray) -> np.ndarray:
    """Every bit of h in every bit of the result."""
    mixed = (hashes ^ (hashes >> np.uint64(30))) * MIXER
    mixed ^= mixed >> np.uint64(27)
    return mixed ^ (mixed >> np.uint64(31))


def places(longest: int, vocabulary_size: int, buckets: int) -> int:
    """The number of different n-grams."""
    return vocabulary_size + (buckets if longest > 1 else 0)
