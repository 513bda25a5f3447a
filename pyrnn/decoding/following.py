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


def masks_after(following: NextTokens | Rule, ids: np.ndarray) -> NextTokens:
    """The masks after each of N beginnings, ids int64 (N, t): bool (N, V), or (1, V) where all are
    the same."""
    if isinstance(following, NextTokens):
        return NextTokens(*(mask[None] for mask in following))
    each = [following(tuple(beginning)) for beginning in ids.tolist()]
    distinct = {id(masks): masks for masks in each}  # a rule hands out few, again and again
    if len(distinct) == 1:
        return NextTokens(*(mask[None] for mask in each[0]))
    place = {key: row for row, key in enumerate(distinct)}
    rows = [place[id(masks)] for masks in each]
    return NextTokens(*(np.stack(masks)[rows] for masks in zip(*distinct.values(), strict=True)))
