"""What the search for a transcript asks of a language model: how likely a symbol follows others."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np

LEAST_LOG_P = -1000.0  # what a language thinks impossible can be heard all the same


class Language(Protocol):
    """ln p of each of C classes of a transcriber, given the symbols before.

    What stands at the blank does not count. A state is the language's own affair and stays as it is
    when it is read on.
    """

    def begin(self, count: int, /) -> tuple[np.ndarray, Any]:
        """Before the first symbol of so many texts: ln p (count, C), state."""
        ...

    def step(self, symbols: np.ndarray, state: Any, /) -> tuple[np.ndarray, Any]:
        """One symbol more of N texts, int64 (N,): ln p (N, C), new state."""
        ...

    def gather(self, state: Any, rows: np.ndarray, /) -> Any:
        """Some rows of a state, int64 (N',), in this order; some absent and some repeated."""
        ...

    def join(self, one: Any, other: Any, /) -> Any:
        """Two states as one: the rows of the first, then those of the second."""
        ...


class Priors:
    """What a language, and a bonus, add to the prefixes in S slots by each symbol.

        gain(c | y) = weight ln p(c | y) + bonus

    gains: float64 (S, C).
    """

    def __init__(self, language: Language, weight: float, bonus: float) -> None:
        self._language, self._weight, self._bonus = language, weight, bonus
        log_p, self._state = language.begin(0)
        self.gains = np.zeros((0, np.asarray(log_p).shape[-1]))

    def begin(self, slots: np.ndarray) -> None:
        """Put the empty prefix in slots (N,); those from S on are new, and all of these there."""
        language, (count, classes) = self._language, self.gains.shape
        log_p, begun = language.begin(len(slots))
        gains = self._gain(log_p, len(slots), classes)
        places = np.arange(max(count, slots.max(initial=-1) + 1))
        places[slots] = count + np.arange(len(slots))
        self._state = language.gather(language.join(self._state, begun), places)
        self.gains = np.concatenate([self.gains, gains])[places]

    def move(
        self, slots: np.ndarray, sources: np.ndarray, grown: np.ndarray, symbols: np.ndarray
    ) -> None:
        """Put in slots (N,) what was in others (N,), some of them grown, bool (N,), by symbols."""
        language, (count, classes) = self._language, self.gains.shape
        places = np.arange(count)  # rows of the state
        places[slots] = sources
        gains = self.gains[places]
        state, rows = self._state, sources[grown]
        if len(rows):
            log_p, read = language.step(symbols[grown], language.gather(state, rows))
            gains[slots[grown]] = self._gain(log_p, len(rows), classes)
            state = language.join(state, read)
            places[slots[grown]] = count + np.arange(len(rows))
        self._state = language.gather(state, places)
        self.gains = gains

    def _gain(self, log_p: Any, rows: int, classes: int) -> np.ndarray:
        log_p = np.asarray(log_p, np.float64)
        if log_p.shape != (rows, classes):
            raise ValueError(
                f"language: expected ln p of shape ({rows}, {classes}); got {log_p.shape}"
            )
        if not (log_p <= 1e-3).all():  # of a distribution, but for rounding
            raise ValueError("language: expected ln p, at most 0; got others")
        return self._weight * np.maximum(log_p, LEAST_LOG_P) + self._bonus
