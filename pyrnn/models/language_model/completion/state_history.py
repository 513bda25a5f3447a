"""The states of a network along a text, and back."""

from __future__ import annotations

from collections import deque
from typing import Any, NamedTuple

import numpy as np

from pyrnn.models.language_model.network import LanguageNetwork
from pyrnn.models.language_model.reading import read

REMEMBERED = 64  # snapshots: a state each, 4 kB for an LSTM of 512 units, and V logits


class Snapshot(NamedTuple):
    """A network after `tokens` tokens: the logits of what comes next (1, V), and its state."""

    tokens: int
    logits: np.ndarray
    state: Any


class StateHistory:
    """What a network has read, and the last of its states on the way.

    Nothing is read twice on the way on. On the way back the last REMEMBERED snapshots are still
    there; from any other place, at most REMEMBERED tokens are read again for each step back, and
    everything once in so many steps.
    """

    def __init__(self, network: LanguageNetwork) -> None:
        self._network = network
        self._ids: list[int] = []
        self._snapshots: deque[Snapshot] = deque(maxlen=REMEMBERED)

    def __len__(self) -> int:
        """The tokens so far."""
        return len(self._ids)

    def append(self, ids: np.ndarray) -> None:
        """Further tokens: ids int64 (N,)."""
        self._ids += ids.tolist()

    def drop(self, tokens: int) -> None:
        """Take back the last so many tokens."""
        kept = len(self._ids) - tokens
        del self._ids[kept:]
        while self._snapshots and self._snapshots[-1].tokens > kept:
            self._snapshots.pop()

    def latest(self) -> Snapshot | None:
        """After all tokens, those that are new being read now; None before any token."""
        # Much at once is read in two parts: with a snapshot shortly before its end, whoever goes
        # back from there token by token does not read everything at each step.
        for end in (len(self._ids) - REMEMBERED, len(self._ids)):
            last = self._snapshots[-1] if self._snapshots else Snapshot(0, np.empty((1, 0)), None)
            if end > last.tokens:
                ids = np.array(self._ids[last.tokens : end], dtype=np.int64)
                self._snapshots.append(Snapshot(end, *read(self._network, ids, last.state)))
        return self._snapshots[-1] if self._snapshots else None
