"""The n-grams of a sequence against a dictionary of tuples; what becomes of hashes that meet."""

from __future__ import annotations

import numpy as np
import pytest

from pyrnn.models.encoders.ngrams import MIXER, MULTIPLIER, ngrams, places

WORD = 2**64


def by_hand(ids, longest, vocabulary_size, buckets):
    """{n-gram: number}, in Python's whole numbers."""
    found = {}
    for n in range(1, longest + 1):
        for t in range(len(ids) - n + 1):
            gram = tuple(ids[t : t + n])
            h = gram[0]
            for token in gram[1:]:
                h = (h * int(MULTIPLIER) + token) % WORD
            h = (h ^ (h >> 30)) * int(MIXER) % WORD
            h ^= h >> 27
            h ^= h >> 31
            found[gram] = gram[0] if n == 1 else vocabulary_size + h % buckets
    return found


@pytest.mark.parametrize("longest", [1, 2, 3, 8])
@pytest.mark.parametrize("length", [0, 1, 2, 3, 7, 40])
@pytest.mark.parametrize("buckets", [1, 5, 1 << 20])
def test_the_same_as_a_dictionary(rng, longest, length, buckets):
    ids = rng.integers(0, 6, length)
    found = ngrams(ids, longest, 6, buckets)
    assert found.dtype == np.int64
    assert found.tolist() == sorted(set(by_hand(ids.tolist(), longest, 6, buckets).values()))
    assert all(0 <= number < places(longest, 6, buckets) for number in found)


def test_few_of_many_n_grams_meet():
    """As many as chance has it: of N in M places about N² / 2M pairs."""
    ids = np.random.default_rng(0).integers(0, 50, 4_000)
    every = by_hand(ids.tolist(), 2, 50, 1 << 20)
    pairs = [number for gram, number in every.items() if len(gram) == 2]
    assert len(pairs) > 1_500
    assert len(pairs) - len(set(pairs)) < 10


def test_neither_order_nor_direction_is_lost():
    one, other = (ngrams(np.array(ids), 2, 9, 1 << 20) for ids in ([3, 4, 5], [5, 4, 3]))
    assert one[:3].tolist() == other[:3].tolist() == [3, 4, 5]
    assert not set(one[3:]) & set(other[3:])
