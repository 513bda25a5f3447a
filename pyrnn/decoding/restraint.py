"""What a choice is kept from: tokens that never come, and tokens that came already."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from pyrnn.decoding.choice import Greedy, Sampling, checked_logits
from pyrnn.kernels import scalars

STRONGEST = 1e6  # of penalties: times a logit of any float32 it is finite
MOST = np.finfo(np.float64).max


class RepetitionPenalty:
    """Tokens that came already become less likely (Keskar et al. 2019, arXiv 1909.05858).

        l'_v = l_v / penalty    where v is among the last `window` tokens and l_v > 0
        l'_v = l_v * penalty    where v is among them and l_v <= 0

    The paper divides all; a logit below 0 would become more likely by that.

    penalty: above 0, at most 1e6; 1 changes nothing, the paper has 1.2, below 1 favours what came.
    ids: int64 (N,), what came before the first choice, in all B rows. size: V.
    window: how many of the last tokens count; None (the default): all.
    Raises ValueError for numbers outside their range, TypeError for what are none.
    """

    def __init__(
        self, penalty: float, ids: np.ndarray, rows: int, size: int, window: int | None = None
    ) -> None:
        self.penalty = scalars.real("repetition_penalty", penalty, above=0, most=STRONGEST)
        if window is not None:
            window = scalars.integer("repetition_window", window, least=1)
            ids = ids[-window:]
        self._counts = np.tile(
            np.bincount(ids, minlength=size).astype(np.int32), (rows, 1)
        )  # (B, V)
        # (B, window) the last tokens, in a ring that begins at `place`; -1 where there is none
        self._last = None if window is None else np.full((rows, window), -1, np.int64)
        self._place = 0
        if self._last is not None:
            self._last[:, : len(ids)] = ids
            self._place = len(ids) % self._last.shape[1]

    def __call__(self, logits: np.ndarray) -> np.ndarray:
        """Logits (B, V) -> float64 (B, V)."""
        logits = checked_logits(logits).astype(np.float64)
        with np.errstate(over="ignore"):
            less = np.where(logits > 0, logits / self.penalty, logits * self.penalty)
        return np.where(self._counts > 0, np.minimum(less, MOST), logits)

    def add(self, ids: np.ndarray) -> None:
        """A token of each row came, int64 (B,)."""
        rows = np.arange(len(ids))
        self._counts[rows, ids] += 1
        if self._last is None:
            return
        old = self._last[:, self._place]
        had = old >= 0
        self._counts[rows[had], old[had]] -= 1
        self._last[:, self._place] = ids
        self._place = (self._place + 1) % self._last.shape[1]

    def keep(self, rows: np.ndarray) -> None:
        """Go on with these rows alone, int64 (B',)."""
        self._counts = self._counts[rows]
        if self._last is not None:
            self._last = self._last[rows]


class Generators:
    """A generator of random numbers for each of B rows: a row has the draws that it has alone."""

    def __init__(self, each: Sequence[np.random.Generator]) -> None:
        self._each = list(each)

    def random(self, shape: Any) -> np.ndarray:
        """A number of at least 0 and below 1 a row: float64 (B,)."""
        return np.array([one.random() for one in self._each]).reshape(shape)

    def keep(self, rows: np.ndarray) -> None:
        """Go on with these rows alone, int64 (B',)."""
        self._each = [self._each[row] for row in rows.tolist()]


class Restrained:
    """A choice among what is left, of B texts that are written side by side.

    choose: how the next tokens are chosen; the numbers of `Sampling` may come from `Generators`.
    allowed: bool (V,), the tokens that may come; None (the default): all.
    penalty: on tokens that came; None (the default): none.
    """

    def __init__(
        self,
        choose: Greedy | Sampling,
        allowed: np.ndarray | None = None,
        penalty: RepetitionPenalty | None = None,
    ) -> None:
        self._choose, self._allowed, self._penalty = choose, allowed, penalty

    def __call__(self, logits: np.ndarray) -> np.ndarray:
        """logits (B, V) -> ids, int64 (B,)."""
        if self._penalty is not None:
            logits = self._penalty(logits)
        if self._allowed is not None:
            logits = np.where(self._allowed, logits, -np.inf)
        ids = self._choose(logits)
        if self._penalty is not None:
            self._penalty.add(ids)
        return ids

    def keep(self, rows: np.ndarray) -> None:
        """Go on with these rows alone, int64 (B',): the others are finished."""
        if self._penalty is not None:
            self._penalty.keep(rows)
        rng = getattr(self._choose, "rng", None)
        if isinstance(rng, Generators):
            rng.keep(rows)
