"""Characters to ids, by the million: what a dictionary does one by one, as arrays."""

from __future__ import annotations

import numpy as np

from pyrnn.data.vocabulary import Vocabulary

FEW = 48  # characters that a dictionary finds sooner: 1 us for 8, where arrays take 7
CHUNK = 1 << 16  # characters at once: the temporary arrays stay in the second-level cache


class CodePoints:
    """The ids of single characters in a vocabulary.

    vocabulary: tokens of one character each. Raises ValueError for a longer one, or an empty one.
    """

    def __init__(self, vocabulary: Vocabulary) -> None:
        for token in vocabulary:
            if len(token) != 1:
                raise ValueError(f"vocabulary: expected single characters; got {token!r:.80}")
        points = _code_points("".join(vocabulary))
        self._vocabulary = vocabulary
        self._order = np.argsort(points)  # (V,) ids by rising code point
        self._sorted = points[self._order]  # (V,)
        self._other = -1 if vocabulary.unknown_id is None else vocabulary.unknown_id

    def lookup(self, text: str) -> np.ndarray:
        """The ids of a text of N characters, int64 (N,), as `Vocabulary.lookup` has them: -1 for
        one that has none. The memory that it takes beside them does not grow with N.
        """
        if len(text) <= FEW:
            return self._vocabulary.lookup(text)
        ids = np.empty(len(text), np.int64)
        for first in range(0, len(text), CHUNK):
            points = _code_points(text[first : first + CHUNK])
            places = np.searchsorted(self._sorted, points)
            np.minimum(places, len(self._sorted) - 1, out=places)
            found = self._sorted[places] == points
            ids[first : first + CHUNK] = np.where(found, self._order[places], self._other)
        return ids


def _code_points(text: str) -> np.ndarray:
    """The code points of a text, uint32 (N,)."""
    return np.frombuffer(text.encode("utf-32-le", errors="surrogatepass"), "<u4")
