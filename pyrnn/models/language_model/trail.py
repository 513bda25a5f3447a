"""The way through a text, token by token, and back."""

from __future__ import annotations

from collections import deque
from typing import Any, NamedTuple

import numpy as np

from pyrnn.models.language_model.network import LanguageNetwork
from pyrnn.models.language_model.reading import read

REMEMBERED = 64  # places that are kept: a state each, 4 kB for an LSTM of 512 units, and V logits


class Place(NamedTuple):
    """Where a network stands after `tokens` tokens: what it expects next (1, V), and its state."""

    tokens: int
    logits: np.ndarray
    state: Any


class Trail:
    """Where a network comes to by reading tokens.

    Nothing is read twice on the way on. On the way back the last REMEMBERED places are still known;
    from any other, at most REMEMBERED tokens are read again for each step back, and everything once
    in so many steps.
    """

    def __init__(self, network: LanguageNetwork) -> None:
        self._network = network
        self._ids: list[int] = []
        self._places: deque[Place] = deque(maxlen=REMEMBERED)

    def __len__(self) -> int:
        """The tokens so far."""
        return len(self._ids)

    def go_on(self, ids: np.ndarray) -> None:
        """Further, by ids int64 (N,)."""
        self._ids += ids.tolist()

    def go_back(self, tokens: int) -> None:
        """To where the last so many tokens had not come."""
        kept = len(self._ids) - tokens
        del self._ids[kept:]
        while self._places and self._places[-1].tokens > kept:
            self._places.pop()

    def here(self) -> Place | None:
        """The present place, what is new until there being read now; None before any token."""
        # Much at once is read in two parts: with a place shortly before its end, whoever goes back
        # from there token by token does not read everything at each step.
        for end in (len(self._ids) - REMEMBERED, len(self._ids)):
            last = self._places[-1] if self._places else Place(0, np.empty((1, 0)), None)
            if end > last.tokens:
                ids = np.array(self._ids[last.tokens : end], dtype=np.int64)
                self._places.append(Place(end, *read(self._network, ids, last.state)))
        return self._places[-1] if self._places else None
