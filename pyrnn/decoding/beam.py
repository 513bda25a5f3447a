"""Beam search: the likeliest continuations of one beginning or of many, several at a time.

The continuations y of a beginning are compared by their log-likelihoods, divided on request by the
length penalty of Wu et al. 2016 (arXiv 1609.08144, equation 14; there k = 5):

    ln p(y) = sum over t of ln p(y_t | y_1 ... y_{t-1})
    score(y) = ln p(y) / lp(y),   lp(y) = ((k + |y|) / (k + 1))^alpha

A token that ends y, as the end of a sentence, counts in |y| as in ln p(y). With k = 0 and alpha = 1
the score is the mean a token.

At each step all continuations of all sentences that are followed, at most `width` a sentence, are
stepped as one batch.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from pyrnn.decoding.choice import checked_logits, checked_rows
from pyrnn.decoding.following import Following, Masks, NextTokens, Rule
from pyrnn.decoding.hypothesis import Ending, Hypothesis, Running
from pyrnn.decoding.lengths import most_tokens
from pyrnn.decoding.likeliest import largest, likeliest, log_sum
from pyrnn.decoding.step import Gather, Step
from pyrnn.kernels import scalars


@dataclass(frozen=True)
class Beam:
    """How widely to search, and for what.

    width: the continuations of a sentence that are followed at a time. With at least as many as
        there are, the search is exhaustive.
    length: the most tokens, one that ends included.
    best: how many hypotheses of a sentence are wanted; default 1.
    alpha: of the length penalty, at least 0; 0 (the default) is none, so that scores are
        log-likelihoods. More favours longer continuations.
    offset: k of the length penalty, at least 0; default 5.
    patience: a continuation is given up where it could not be among the best even if it came to its
        end for certain within so many tokens more. None (the default): within `length`, so that
        nothing is given up that could be. Of no effect without a length penalty.
    prefer_finished: whether all that are finished come before those that are not, which have not
        yet paid for an end; default no: the score alone says it.

    Raises ValueError for a setting outside its range, TypeError for what is no number.
    """

    width: int
    length: int
    best: int = 1
    alpha: float = 0.0
    offset: float = 5.0
    patience: int | None = None
    prefer_finished: bool = False

    def __post_init__(self) -> None:
        for name in ("width", "length", "best"):
            object.__setattr__(self, name, scalars.integer(name, getattr(self, name), least=1))
        for name in ("alpha", "offset"):
            object.__setattr__(self, name, scalars.real(name, getattr(self, name), least=0))
        if self.patience is not None:
            object.__setattr__(
                self, "patience", scalars.integer("patience", self.patience, least=1)
            )

    def penalty(self, tokens: Any) -> Any:
        """lp of so many tokens, or of several such numbers, at least 1 each."""
        return ((self.offset + tokens) / (self.offset + 1)) ** self.alpha


def beam_search(
    step: Step,
    gather: Gather,
    logits: np.ndarray,
    state: Any,
    following: NextTokens | Rule,
    beam: Beam,
    *,
    lengths: Any = None,
) -> list[list[Hypothesis]]:
    """The best continuations of B sentences that a search of this width finds, best first.

    step, gather: the model. logits, state: (B, V) and what goes with it, as the step over the last
        token of the beginnings returned them.
    following: which tokens may follow, and where a continuation ends; see `NextTokens`, `ends_at`.
    lengths: integers (B,), the most tokens of each sentence, at least 1; default `beam.length`.
    Returns for each sentence at most `beam.best` hypotheses, fewer where `following` allows no
    more; none is there twice, and of equals those with the lower ids come first. Continuations that
    can no longer be among the best are given up, and a sentence whose result is certain leaves the
    batch. Sums are in float64.
    Raises ValueError for logits of another shape, and for those that are not numbers.
    """
    logits = checked_logits(logits)
    search = _Search(len(logits), following, beam, lengths)
    while len(rows := search.advance(logits)):
        logits, state = step(search.running.ids[:, -1], gather(state, rows))
        logits = checked_rows(logits, len(rows))
    return search.results()


class _Search:
    """What a search knows between two steps.

    running: what is followed, of each sentence the best first.
    """

    def __init__(
        self, sentences: int, following: NextTokens | Rule, beam: Beam, lengths: Any
    ) -> None:
        self.running = Running.begin(sentences)
        self._following, self._beam = Following(following), beam
        self._lengths = most_tokens(beam.length if lengths is None else lengths, sentences)  # (B,)
        self._finished: list[list[Ending]] = [[] for _ in range(sentences)]
        self._unfinished: list[list[Ending]] = [[] for _ in range(sentences)]
        self._least = np.full(sentences, -np.inf)  # (B,) below it nothing is among the best

    def advance(self, logits: np.ndarray) -> np.ndarray:
        """Take in logits (N, V) of what is followed: the rows, int64 (N',), that go on."""
        if not len(self.running):
            return np.empty(0, np.int64)
        masks = self._following.after(self.running.ids)
        tokens, values, norms = likeliest(logits, self._beam.width, masks.goes_on)  # (N, C), (N,)
        groups = _Groups.of(self.running.sentences)
        self._end(logits, masks, norms, groups)
        log_p = values - norms[:, None]  # (N, C)
        rows, columns, totals = self._best_of_each(log_p, groups)
        tokens = tokens[rows, columns]
        self.running = self.running.extended(rows, tokens, totals)
        kept = self._kept()
        self.running = self.running.some(kept)
        return rows[kept]

    def results(self) -> list[list[Hypothesis]]:
        """The best of each sentence, best first."""

        def key(one: Ending) -> tuple[bool, float, tuple[int, ...]]:
            return self._beam.prefer_finished and not one.finished, -one.score, one.ids

        every = zip(self._finished, self._unfinished, strict=True)
        return [
            [one.hypothesis for one in sorted(a + b, key=key)[: self._beam.best]] for a, b in every
        ]

    def _end(self, logits: np.ndarray, masks: Masks, norms: np.ndarray, groups: _Groups) -> None:
        """Take down what is finished by its next token, or before it."""
        if len(masks.ends.tokens):
            self._offer(log_sum(masks.ends(logits))[:, None] - norms[:, None], groups)
        if len(masks.completes.tokens):
            chosen, values = largest(masks.completes(logits), self._beam.best)  # (N, C)
            self._offer(values - norms[:, None], groups, masks.completes.tokens[chosen])

    def _offer(self, log_p: np.ndarray, groups: _Groups, tokens: np.ndarray | None = None) -> None:
        """Endings, C of each row (N, C), of which those are kept that are among the best so far."""
        # all tokens together are certain; rounding must not make it more
        totals = self.running.totals[:, None] + np.minimum(log_p, 0.0)
        penalty = self._beam.penalty(self.running.tokens + 1)
        scores = groups.table(totals / penalty)  # (S, M)
        sentences, best = self.running.sentences[groups.firsts], self._beam.best
        least = self._least[sentences]
        if best < scores.shape[1]:
            least = np.maximum(least, np.sort(scores, axis=1)[:, -best])
        # not only better ones: of those with the same score the one with the lower ids is wanted
        group, place = np.nonzero((scores >= least[:, None]) & (scores > -np.inf))
        row, column = groups.firsts[group] + place // log_p.shape[1], place % log_p.shape[1]
        good = sentences[group], scores[group, place], totals[row, column], row
        last = [None] * len(row) if tokens is None else tokens[row, column].tolist()
        for sentence, score, total, n, token in zip(*(x.tolist() for x in good), last, strict=True):
            found = self._finished[sentence]
            _insert(found, Ending(score, total, True, self.running, n, token), best)
            if len(found) == best:
                self._least[sentence] = found[-1].score

    def _best_of_each(
        self, log_p: np.ndarray, groups: _Groups
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """The `width` likeliest of each sentence that go on, out of the likeliest tokens of each
        row (N, C): rows, columns and totals (N',)."""
        table = groups.table(self.running.totals[:, None] + log_p)
        chosen, totals = largest(table, self._beam.width)  # (S, C')
        row, column = np.divmod(chosen, log_p.shape[1])
        some = totals > -np.inf
        return (groups.firsts[:, None] + row)[some], column[some], totals[some]

    def _kept(self) -> np.ndarray:
        """Which go on, bool (N,); those that are as long as allowed are taken down."""
        running, beam = self.running, self._beam
        limits = self._lengths[running.sentences]
        soon = limits if beam.patience is None else running.tokens + beam.patience
        bounds = running.totals / beam.penalty(np.minimum(limits, soon))  # ln p never rises
        good = bounds >= self._least[running.sentences]
        longest = running.tokens >= limits
        for row in np.flatnonzero(good & longest).tolist():
            total = float(running.totals[row])
            score = total / beam.penalty(running.tokens)
            ending = Ending(score, total, False, running, row)
            self._unfinished[running.sentences[row]].append(ending)
        return np.asarray(good & ~longest)


class _Groups(NamedTuple):
    """Where the rows of each of S sentences begin, int64 (S,), how many rows the longest has, and
    the place of each row, int64 (N,), in a table of so many for each."""

    firsts: np.ndarray
    most: int
    places: np.ndarray

    @classmethod
    def of(cls, sentences: np.ndarray) -> _Groups:
        """Of rising numbers of sentences, (N,), N >= 1."""
        firsts = np.concatenate([[0], np.flatnonzero(sentences[1:] != sentences[:-1]) + 1])
        counts = np.append(firsts[1:], len(sentences)) - firsts
        most = int(counts.max())
        shifts = most * np.arange(len(firsts)) - firsts
        return cls(firsts, most, np.arange(len(sentences)) + shifts.repeat(counts))

    def table(self, values: np.ndarray) -> np.ndarray:
        """A line for each sentence: values (N, C) -> (S, most C), minus infinity behind them."""
        table = np.full((len(self.firsts) * self.most, values.shape[1]), -np.inf)
        table[self.places] = values
        return table.reshape(len(self.firsts), -1)


def _insert(found: list[Ending], one: Ending, most: int) -> None:
    """Put one among the best, at most so many; of those with the same score by its ids."""
    place = len(found)
    while place and _is_before(one, found[place - 1]):
        place -= 1
    found.insert(place, one)
    del found[most:]


def _is_before(one: Ending, other: Ending) -> bool:
    if one.score != other.score:
        return one.score > other.score
    return one.ids < other.ids
