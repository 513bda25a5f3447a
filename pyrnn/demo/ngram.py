"""Character n-gram models: the baselines that a recurrent network has to beat.

An order of 1 gives the character frequencies; an order of 3 predicts from the two characters
before. Orders are interpolated by Witten and Bell's rule (The zero-frequency problem, IEEE
Transactions on Information Theory 37(4), 1991, method C): after a context g seen N(g) times with
D(g) different followers, and with g' for g without its first character,

    p(c | g) = (N(g c) + D(g) p(c | g')) / (N(g) + D(g))

down to p(c | nothing), which falls back on the uniform distribution over the alphabet. A context
that varies much trusts itself less; nothing is left to tune.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Codes = npt.NDArray[np.int64]
MAX_CODE = 2**62  # n-grams are counted by integers in base V + 1


class Counts(NamedTuple):
    """How often each n-gram of one order occurs, and each of its contexts. Codes are sorted."""

    grams: Codes
    gram_counts: Codes  # N(g c)
    contexts: Codes
    context_counts: Codes  # N(g)
    followers: Codes  # D(g)


class NgramModel:
    """An interpolated character model of a given order, counted from a text.

    Characters that the text lacks share one further symbol, so any text has a probability.
    Raises ValueError for an order below 1, an empty text, or an order too high for the alphabet.
    """

    def __init__(self, text: str, order: int) -> None:
        if not text:
            raise ValueError("text: expected at least one character, got an empty string")
        if order < 1:
            raise ValueError(f"order: expected at least 1, got {order}")
        self.order = order
        self.alphabet = "".join(sorted(set(text)))
        if self.symbols**order >= MAX_CODE:
            raise ValueError(f"order: {order} is too high for {len(self.alphabet)} characters")
        ids = self._encode(text)
        self._counts = [self._count(ids, length) for length in range(1, order + 1)]

    @property
    def symbols(self) -> int:
        """The size V + 1 of the alphabet with the symbol for unseen characters."""
        return len(self.alphabet) + 1

    def log_probabilities(self, text: str) -> npt.NDArray[np.float64]:
        """Natural logarithm of each character's probability given those before it in `text`.

        The first characters, which have fewer before them, are predicted by the lower orders.
        """
        ids = self._encode(text)
        probability = np.full(len(ids), 1.0 / self.symbols)
        for length, counts in enumerate(self._counts, start=1):
            codes = self._codes(ids, length)
            lower = probability[length - 1 :]
            n_gram = _look_up(counts.grams, counts.gram_counts, codes)
            context = codes // self.symbols
            n = _look_up(counts.contexts, counts.context_counts, context)
            d = _look_up(counts.contexts, counts.followers, context)
            seen = n > 0  # an unseen context says nothing: the lower order stays
            mixed = (n_gram + d * lower) / np.where(seen, n + d, 1)
            probability[length - 1 :] = np.where(seen, mixed, lower)
        return np.log(probability)

    def nats_per_character(self, text: str) -> float:
        """Mean negative log probability of a text, in nats a character."""
        if not text:
            raise ValueError("text: expected at least one character, got an empty string")
        return float(-self.log_probabilities(text).mean())

    def _encode(self, text: str) -> Codes:
        index = {character: i for i, character in enumerate(self.alphabet)}
        unseen = len(self.alphabet)
        return np.array([index.get(character, unseen) for character in text], dtype=np.int64)

    def _codes(self, ids: Codes, length: int) -> Codes:
        """Each run of `length` ids as one integer, the last id least significant."""
        count = max(len(ids) - length + 1, 0)
        codes = np.zeros(count, dtype=np.int64)
        for offset in range(length):
            codes = codes * self.symbols + ids[offset : offset + count]
        return codes

    def _count(self, ids: Codes, length: int) -> Counts:
        grams, gram_counts = np.unique(self._codes(ids, length), return_counts=True)
        contexts, first, followers = np.unique(
            grams // self.symbols, return_index=True, return_counts=True
        )
        totals = np.add.reduceat(gram_counts, first) if len(grams) else gram_counts
        return Counts(grams, gram_counts, contexts, totals, followers)


def _look_up(keys: Codes, values: Codes, wanted: Codes) -> Codes:
    """The value beside each wanted key, 0 where the key is absent."""
    if not len(keys):
        return np.zeros_like(wanted)
    position = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
    return np.where(keys[position] == wanted, values[position], 0)
