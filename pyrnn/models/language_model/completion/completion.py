"""What completing a text gives."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Completion:
    """One way in which a text may go on.

    text: what follows; never empty. Taking it means appending it as it is, a blank at its beginning
        included.
    log_likelihood: ln p(it goes on with this text, and ends there | what stands before), at most 0.
    finished: whether it came to its end; if not, it has as many tokens as were allowed, and its
        likelihood is that of going on so, wherever it ends.
    """

    text: str
    log_likelihood: float
    finished: bool

    @property
    def probability(self) -> float:
        """exp(log_likelihood)."""
        return math.exp(self.log_likelihood)


def distinct(completions: Iterable[Completion]) -> list[Completion]:
    """Each text but the empty one once, where it came first, with all its ways' probability."""
    merged: dict[str, Completion] = {}
    for one in completions:
        other = merged.get(one.text)
        if other is not None:
            total = _log_add(one.log_likelihood, other.log_likelihood)
            one = Completion(one.text, total, one.finished or other.finished)
        merged[one.text] = one
    merged.pop("", None)
    return list(merged.values())


def _log_add(a: float, b: float) -> float:
    """ln(e^a + e^b), at most 0."""
    low, high = sorted((a, b))
    return min(0.0, high + math.log1p(math.exp(low - high)))
