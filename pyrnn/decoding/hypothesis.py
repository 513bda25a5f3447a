"""Continuations on their way, and what comes of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np


@dataclass(frozen=True)
class Hypothesis:
    """A continuation.

    ids: its tokens, without the one before which it ended.
    log_likelihood: ln p of these tokens and, where it is finished, of its end; at most 0.
    score: what it was compared by: log_likelihood over the length penalty.
    finished: whether it came to its end; if not, it has as many tokens as were allowed.
    rows: where each token was chosen, and the end, if a token of its own is it: rows[0] is a row
        of the logits that were given, rows[t] one of those that call t - 1 of the step returned.
        What the step keeps of each call, as weights of attention, is found again by them.
    """

    ids: tuple[int, ...]
    log_likelihood: float
    score: float
    finished: bool
    rows: tuple[int, ...] = field(default=(), compare=False, repr=False)


class Ending(NamedTuple):
    """A hypothesis whose tokens still lie among those of others."""

    score: float
    log_likelihood: float
    finished: bool
    running: Running
    row: int
    token: int | None = None  # the one that completes it

    @property
    def ids(self) -> tuple[int, ...]:
        """Its tokens."""
        last = () if self.token is None else (self.token,)
        return (*self.running.ids[self.row].tolist(), *last)

    @property
    def hypothesis(self) -> Hypothesis:
        """All of it."""
        rows = self.running.rows[self.row].tolist() + [self.row] * self.finished
        return Hypothesis(self.ids, self.log_likelihood, self.score, self.finished, tuple(rows))


class Running(NamedTuple):
    """N continuations of t tokens, of one sentence or several.

    sentences: int64 (N,), rising: whose each is. totals: float64 (N,), their log-likelihoods.
    ids: int64 (N, t). rows: int64 (N, t), as in `Hypothesis`.
    """

    sentences: np.ndarray
    totals: np.ndarray
    ids: np.ndarray
    rows: np.ndarray

    @classmethod
    def begin(cls, sentences: int) -> Running:
        """One of each sentence, without a token."""
        none = np.empty((sentences, 0), np.int64)
        return cls(np.arange(sentences), np.zeros(sentences), none, none)

    def __len__(self) -> int:
        return len(self.sentences)

    @property
    def tokens(self) -> int:
        """How many each has, t."""
        return self.ids.shape[1]

    def extended(self, rows: np.ndarray, tokens: np.ndarray, totals: np.ndarray) -> Running:
        """Those of some rows (N',), each by a token."""
        return Running(
            self.sentences[rows],
            totals,
            np.concatenate([self.ids[rows], tokens[:, None]], axis=1),
            np.concatenate([self.rows[rows], rows[:, None]], axis=1),
        )

    def some(self, which: np.ndarray) -> Running:
        """Those of a mask, bool (N,), or of numbers."""
        return Running(*(part[which] for part in self))
