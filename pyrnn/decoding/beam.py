"""Beam search: the likeliest continuations, found several at a time.

The continuations y of a beginning are compared by their log-likelihoods, divided on request by the
length penalty of Wu et al. 2016 (arXiv 1609.08144, equation 14):

    ln p(y) = sum over t of ln p(y_t | y_1 ... y_{t-1})
    score(y) = ln p(y) / lp(y),   lp(y) = ((5 + |y|) / 6)^alpha

At each step all continuations that are followed, at most `width`, are stepped as one batch.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from pyrnn.decoding.choice import checked_logits
from pyrnn.decoding.step import Gather, Step
from pyrnn.kernels import scalars


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


def ends_at(tokens: Iterable[int], size: int) -> Rule:
    """The rule that any token of `size` may come, and that some end a continuation.

    Raises ValueError for a token outside 0 ... size - 1.
    """
    ends = np.zeros(size, dtype=bool)
    for token in tokens:
        if not 0 <= token < size:
            raise ValueError(f"tokens: expected ids from 0 to {size - 1}; got {token}")
        ends[token] = True
    masks = NextTokens(~ends, np.zeros(size, dtype=bool), ends)
    return lambda ids: masks


@dataclass(frozen=True)
class Hypothesis:
    """A continuation.

    ids: its tokens, without the one before which it ended.
    log_likelihood: ln p of these tokens and, where it is finished, of its end; at most 0.
    score: what it was compared by: log_likelihood over the length penalty.
    finished: whether it came to its end; if not, it has as many tokens as were allowed.
    """

    ids: tuple[int, ...]
    log_likelihood: float
    score: float
    finished: bool


@dataclass(frozen=True)
class Beam:
    """How widely to search, and for what.

    width: the continuations that are followed at a time. With at least as many as there are, the
        search is exhaustive.
    length: the most tokens, one that ends included.
    best: how many hypotheses are wanted; default 1.
    alpha: of the length penalty, at least 0; 0 (the default) is none, so that scores are
        log-likelihoods. More favours longer continuations.

    Raises ValueError for a setting outside its range, TypeError for what is no number.
    """

    width: int
    length: int
    best: int = 1
    alpha: float = 0.0

    def __post_init__(self) -> None:
        for name in ("width", "length", "best"):
            object.__setattr__(self, name, scalars.integer(name, getattr(self, name), least=1))
        object.__setattr__(self, "alpha", scalars.real("alpha", self.alpha, least=0))

    def score(self, log_likelihood: float, tokens: int) -> float:
        """ln p(y) / lp(y) of so many tokens."""
        return log_likelihood / ((5 + tokens) / 6) ** self.alpha

    def bound(self, log_likelihood: float) -> float:
        """The best score that what begins so can come to: ln p never rises, lp grows with |y|."""
        return self.score(log_likelihood, self.length)

    def ranked(self, hypotheses: Iterable[Hypothesis]) -> list[Hypothesis]:
        """The best of them, best first; of equals those with the lower ids come first."""
        order = sorted(hypotheses, key=lambda h: (-h.score, h.ids, not h.finished))
        return order[: self.best]


def beam_search(
    step: Step, gather: Gather, logits: np.ndarray, state: Any, rule: Rule, beam: Beam
) -> list[Hypothesis]:
    """The best continuations that a search of this width finds, best first.

    step, gather: the model. logits, state: (1, V) and what goes with it, as the step over the last
        token of the beginning returned them.
    rule: which tokens may follow, and where a continuation ends; see `NextTokens`, `ends_at`.
    Returns at most `beam.best` hypotheses, fewer where the rule allows no more; none is there
    twice. Continuations that can no longer be among the best are given up, so the search ends as
    soon as its result is certain. Everything is computed in float64.
    Raises ValueError for logits of another shape, and for those that are not numbers.
    """
    if np.ndim(logits) != 2 or len(logits) != 1:
        raise ValueError(f"logits: expected shape (1, V); got {np.shape(logits)}")
    found: list[Hypothesis] = []
    ids: list[tuple[int, ...]] = [()]  # of the B continuations that are followed, best first
    totals = np.zeros(1)  # (B,) their log-likelihoods
    for tokens in range(1, beam.length + 1):
        likelihoods = totals[:, None] + _log_probabilities(logits)  # (B, V)
        masks = _masks([rule(beginning) for beginning in ids])
        found = beam.ranked(found + _finished(ids, likelihoods, masks, beam, tokens))
        goes_on = np.where(masks.goes_on, likelihoods, -np.inf)
        rows, chosen = _largest(goes_on, beam.width)
        totals = likelihoods[rows, chosen]
        if len(found) == beam.best:
            # not the equals: of those with the same score the one with the lower ids is to come out
            kept = [k for k, total in enumerate(totals) if beam.bound(total) >= found[-1].score]
            rows, chosen, totals = rows[kept], chosen[kept], totals[kept]
        ids = [(*ids[row], int(token)) for row, token in zip(rows, chosen, strict=True)]
        if not ids or tokens == beam.length:
            break
        logits, state = step(chosen, gather(state, rows))
    unfinished = [
        Hypothesis(beginning, float(total), beam.score(float(total), beam.length), False)
        for beginning, total in zip(ids, totals, strict=True)
    ]
    return beam.ranked(found + unfinished)


def _masks(following: Sequence[NextTokens]) -> NextTokens:
    """The masks of B continuations, bool (B, V); (1, V) where all are the same."""
    distinct = {id(masks): masks for masks in following}  # a rule hands out few, again and again
    if len(distinct) == 1:
        return NextTokens(*(mask[None] for mask in following[0]))
    place = {key: row for row, key in enumerate(distinct)}
    rows = [place[id(masks)] for masks in following]
    return NextTokens(*(np.stack(masks)[rows] for masks in zip(*distinct.values(), strict=True)))


def _finished(
    ids: Sequence[tuple[int, ...]],
    likelihoods: np.ndarray,
    masks: NextTokens,
    beam: Beam,
    tokens: int,
) -> list[Hypothesis]:
    """What is finished by its token of this number, or before it."""
    found = []
    if masks.completes.any():
        complete = np.where(masks.completes, likelihoods, -np.inf)
        for row, token in zip(*_largest(complete, beam.best), strict=True):
            found.append(((*ids[row], int(token)), float(complete[row, token])))
    if masks.ends.any():
        ends = _log_sum(np.where(masks.ends, likelihoods, -np.inf)).tolist()  # (B,)
        found += [(y, total) for y, total in zip(ids, ends, strict=True) if total > -np.inf]
    return [Hypothesis(y, total, beam.score(total, tokens), True) for y, total in found]


def _largest(values: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Rows and columns of the `count` largest values above minus infinity, largest first.

    Of equals those that stand first, row by row, are taken and come first.
    """
    flat = values.ravel()
    chosen = np.flatnonzero(flat > -np.inf)
    if count < len(chosen):
        among = flat[chosen]
        least = np.partition(among, len(among) - count)[len(among) - count]
        above = chosen[among > least]
        equal = chosen[among == least][: count - len(above)]
        chosen = np.sort(np.concatenate([above, equal]))
    chosen = chosen[np.argsort(-flat[chosen], kind="stable")]
    rows, columns = np.divmod(chosen, values.shape[1])
    return rows, columns


def _log_sum(values: np.ndarray) -> np.ndarray:
    """ln of the sum of exp over each row (B, V) -> (B,), minus infinity where all are."""
    top = values.max(axis=1)
    sums = np.full(len(values), -np.inf)
    some = top > -np.inf
    shifted = np.exp(values[some] - top[some, None])
    sums[some] = top[some] + np.log(shifted.sum(axis=1))
    return np.minimum(sums, 0.0)  # all tokens together are certain; rounding must not make it more


def _log_probabilities(logits: np.ndarray) -> np.ndarray:
    """ln softmax of each row, float64 (B, V), at most 0."""
    shifted = checked_logits(logits).astype(np.float64)
    shifted -= shifted.max(axis=-1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
