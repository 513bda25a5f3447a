"""A model for tests: logits at random for each sentence and history, which the state holds."""

from __future__ import annotations

from functools import cache

import numpy as np


class Histories:
    """Logits (N, V) of B sentences, by a seed for each sentence.

    seeds: of the sentences, (B,). size: V. levels: how many different logits there are, None for
        any. calls: what each call of the step read, [(sentence, history), ...].
    """

    def __init__(self, seeds, size=5, levels=None):
        self.seeds, self.size, self.levels = tuple(seeds), size, levels
        self.calls = []
        self.row = cache(self._row)

    def _row(self, seed, history):
        rng = np.random.default_rng([seed, *history])
        if self.levels is None:
            return rng.normal(size=self.size) * 2
        return rng.integers(self.levels, size=self.size).astype(float)

    def logits(self, state):
        return np.array([self.row(*each) for each in state]).reshape(len(state), self.size)

    @property
    def begin(self):
        """The logits and the state before the first token."""
        state = [(seed, ()) for seed in self.seeds]
        return self.logits(state), state

    def step(self, ids, state):
        assert ids.dtype == np.int64
        state = [(s, (*y, int(v))) for (s, y), v in zip(state, ids, strict=True)]
        self.calls.append(state)
        return self.logits(state), state

    @staticmethod
    def gather(state, rows):
        assert rows.dtype == np.int64
        return [state[row] for row in rows]

    def found_again(self, sentence, one):
        """Whether the rows of a hypothesis are those in which its tokens were chosen."""
        calls = [[(seed, ()) for seed in self.seeds], *self.calls]
        histories = [calls[t][row] for t, row in enumerate(one.rows)]
        expected = [(self.seeds[sentence], one.ids[:t]) for t in range(len(one.rows))]
        return histories == expected
