"""How far transcripts are from what is right: edits a symbol, as Levenshtein 1966 counts them.

    label_error   (substitutions + insertions + deletions) / symbols of the references
    word_error    the same of words, between blanks; only of texts, and where a reference has any
    exact_match   the share of transcripts without an edit

Over all data, not a mean of shares: a long text counts more than a short one, and both errors may
be more than 1. References without any symbol divide by 1. Of the fewest edits that make one text
of another those with the fewest insertions are counted.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import Any, NamedTuple, Self

import numpy as np

from pyrnn.metrics.translation import ExactMatch, check_count

CELLS = 1 << 15  # of the table's rows at a time: 256 KB, which a core's cache holds


class Edits(NamedTuple):
    """How many of each, and of how many symbols."""

    symbols: int = 0
    substitutions: int = 0
    insertions: int = 0
    deletions: int = 0

    @property
    def rate(self) -> float:
        """Edits a symbol of the references."""
        return sum(self[1:]) / max(1, self.symbols)

    def plus(self, other: Edits) -> Edits:
        """Those of both."""
        return Edits(*map(sum, zip(self, other, strict=True)))


class LabelErrors(ExactMatch):
    """label_error, exact_match and, of texts with blanks, word_error.

    A reference and a hypothesis are texts, whose symbols are characters, or sequences of anything
    that can be hashed and compared: ids, labels, words.
    """

    def __init__(self) -> None:
        super().__init__()
        self.labels = Edits()
        self.words = Edits()  # of texts alone
        self._of_texts = True  # all so far
        self._with_blanks = False  # any reference

    def update(self, references: Sequence[Any], hypotheses: Sequence[Any], /) -> None:
        """Take in a batch: what is right, and what was read, one for one.

        Raises TypeError for a pair that is no two texts or sequences of what can be hashed,
        ValueError for another number of hypotheses; nothing is taken in then.
        """
        check_count(references, hypotheses)
        # as tuples lists and arrays of the same symbols match exactly
        pairs = (
            [_symbols(f"references[{k}]", one) for k, one in enumerate(references)],
            [_symbols(f"hypotheses[{k}]", one) for k, one in enumerate(hypotheses)],
        )
        labels = edits(*pairs)
        texts = all(isinstance(one, str) for one in chain(references, hypotheses))
        words = Edits()
        if texts and self._of_texts:
            words = edits([one.split() for one in references], [one.split() for one in hypotheses])
        super().update(*pairs)
        self.labels, self.words = self.labels.plus(labels), self.words.plus(words)
        self._of_texts &= texts
        self._with_blanks |= texts and any(len(one.split(maxsplit=1)) > 1 for one in references)

    def merge(self, other: Self, /) -> None:
        """Take in all that another one has."""
        super().merge(other)
        self.labels, self.words = self.labels.plus(other.labels), self.words.plus(other.words)
        self._of_texts &= other._of_texts
        self._with_blanks |= other._with_blanks

    def compute(self) -> dict[str, float]:
        """The numbers by name. Raises ValueError where nothing was taken in."""
        found = {"label_error": self.labels.rate, **super().compute()}
        if self._of_texts and self._with_blanks:
            found["word_error"] = self.words.rate
        return found


def edits(references: Sequence[Sequence[Any]], hypotheses: Sequence[Sequence[Any]]) -> Edits:
    """The fewest edits that make the hypotheses of the references, pair by pair."""
    numbers: dict[Any, int] = {}

    def encoded(one: Sequence[Any]) -> list[int]:
        return [numbers.setdefault(symbol, len(numbers)) for symbol in one]

    pairs = [(encoded(a), encoded(b)) for a, b in zip(references, hypotheses, strict=True)]
    total = Edits()
    for some in _blocks(pairs):
        total = total.plus(_edits(some))
    return total


def _symbols(name: str, one: Any) -> Any:
    """A text or a tuple of symbols. TypeError for what is neither."""
    try:
        symbols = tuple(one.tolist() if isinstance(one, np.ndarray) else one)
        hash(symbols)
    except TypeError:
        raise TypeError(
            f"{name}: expected a text, or a sequence of what can be hashed; got "
            f"{type(one).__name__} {one!r:.80}"
        ) from None
    return symbols


Pair = tuple[list[int], list[int]]


def _blocks(pairs: Iterable[Pair]) -> Iterator[list[Pair]]:
    """Pairs of like lengths, so many that a row of the table of each has CELLS together."""
    block: list[Pair] = []
    for pair in sorted(pairs, key=lambda pair: (len(pair[1]), len(pair[0]))):
        if block and (len(block) + 1) * (len(pair[1]) + 1) > CELLS:
            yield block
            block = []
        block.append(pair)
    if block:
        yield block


def _edits(pairs: list[Pair]) -> Edits:
    """Those of P pairs, by one table for all.

    d_ij is the cost of making the first j symbols of the hypothesis of the first i of the reference
    (Wagner and Fischer 1974), K an edit and 1 more an insertion:

        d_ij = min(d_{i-1,j} + K, d_{i-1,j-1} + K [a_i != b_j], d_{i,j-1} + K + 1)

    The last is a running minimum of d_ij - j (K + 1) along j.
    """
    n = np.array([len(a) for a, _ in pairs])  # (P,)
    m = np.array([len(b) for _, b in pairs])
    rows, columns = int(n.max()), int(m.max())
    a, b = np.full((len(pairs), rows), -1), np.full((len(pairs), columns), -2)
    for p, (left, right) in enumerate(pairs):
        a[p, : len(left)], b[p, : len(right)] = left, right
    edit = columns + 1  # K: more than there may be insertions
    ramp = (edit + 1) * np.arange(columns + 1)  # (M + 1,)
    d = np.tile(ramp, (len(pairs), 1))  # (P, M + 1)
    cost = np.empty(len(pairs), np.int64)
    for i in range(rows + 1):
        if i:
            new = d + edit
            np.minimum(new[:, 1:], d[:, :-1] + edit * (a[:, i - 1, None] != b), out=new[:, 1:])
            new -= ramp
            np.minimum.accumulate(new, axis=1, out=new)
            d = new + ramp
        ended = np.flatnonzero(n == i)
        cost[ended] = d[ended, m[ended]]
    total, inserted = np.divmod(cost, edit)
    deleted = inserted + n - m
    return Edits(
        int(n.sum()),
        int((total - inserted - deleted).sum()),
        int(inserted.sum()),
        int(deleted.sum()),
    )
