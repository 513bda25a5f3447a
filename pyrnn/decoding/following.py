"""What may follow a beginning, and where it ends."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

import numpy as np


class NextTokens(NamedTuple):
    """What each token does after a given beginning: three masks, bool (V,).

    goes_on: the continuation takes the token and goes on.
    completes: it takes the token and is finished.
    ends: it is finished without the token. Which of these tokens would come does not matter: that
        one of them comes is one event, and its probability the sum of theirs.
    A token is in one of the masks at most. One in none may not come; its probability is nobody's.
    """

    goes_on: np.ndarray
    completes: np.ndarray
    ends: np.ndarray


# The ids of a continuation so far -> what may follow
Rule = Callable[[tuple[int, ...]], NextTokens]


def ends_at(tokens: Iterable[int], size: int, *, never: Iterable[int] = ()) -> NextTokens:
    """Of `size` tokens some end a continuation, some never come, any other may come at any place.

    tokens: those that end it, as the end of a sentence. never: those that do not come, as its
        start. One that is in both ends it.
    Raises ValueError for a token outside 0 ... size - 1.
    """
    ends, goes_on = np.zeros(size, dtype=bool), np.ones(size, dtype=bool)
    for name, ids in (("tokens", tokens), ("never", never)):
        for token in ids:
            if not 0 <= token < size:
                raise ValueError(f"{name}: expected ids from 0 to {size - 1}; got {token}")
            goes_on[token] = False
            if name == "tokens":
                ends[token] = True
    return NextTokens(goes_on, np.zeros(size, dtype=bool), ends)


class Some(NamedTuple):
    """A mask of few tokens: those that any of its rows has, int64 (M,), and bool (N, M) or (1, M)
    of which each has."""

    tokens: np.ndarray
    mask: np.ndarray

    @classmethod
    def of(cls, mask: np.ndarray) -> Some:
        """Of a whole mask, bool (N, V) or (1, V)."""
        tokens = np.flatnonzero(mask.any(axis=0))
        return cls(tokens, mask[:, tokens])

    def __call__(self, logits: np.ndarray) -> np.ndarray:
        """The logits of its tokens, (N, V) -> (N, M), minus infinity where a row has one not."""
        return np.where(self.mask, logits[:, self.tokens], -np.inf)

    def has(self, ids: np.ndarray) -> np.ndarray:
        """Whether each row has its token of these, int64 (N,): bool (N,)."""
        return np.asarray((self.mask & (self.tokens == ids[:, None])).any(axis=1))


class Masks(NamedTuple):
    """What may follow each of N beginnings: see `NextTokens`.

    goes_on: bool (N, V), or (1, V) where all are the same; None where every token goes on.
    comes: the same of all tokens that may come; None where every one may.
    """

    goes_on: np.ndarray | None
    comes: np.ndarray | None
    completes: Some
    ends: Some

    @classmethod
    def of(cls, masks: NextTokens) -> Masks:
        """Of bool (N, V) each, or (1, V)."""
        comes = masks.goes_on | masks.completes | masks.ends
        goes_on, comes = (None if mask.all() else mask for mask in (masks.goes_on, comes))
        return cls(goes_on, comes, Some.of(masks.completes), Some.of(masks.ends))


class Following:
    """What may follow any beginnings.

    following: the masks for all, or a rule.
    """

    def __init__(self, following: NextTokens | Rule) -> None:
        self._rule: Rule | None = None
        if isinstance(following, NextTokens):
            self._same = Masks.of(NextTokens(*(mask[None] for mask in following)))
        else:
            self._rule = following

    def after(self, ids: np.ndarray) -> Masks:
        """The masks after each of N beginnings, ids int64 (N, t)."""
        if self._rule is None:
            return self._same
        each = [self._rule(tuple(beginning)) for beginning in ids.tolist()]
        distinct = {id(masks): masks for masks in each}  # a rule hands out few, again and again
        place = {key: row for row, key in enumerate(distinct)}
        rows = [place[id(masks)] for masks in each] if len(distinct) > 1 else [0]
        stacked = (np.stack(masks)[rows] for masks in zip(*distinct.values(), strict=True))
        return Masks.of(NextTokens(*stacked))
