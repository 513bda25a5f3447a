"""From encoded sources to ids: step by step."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from pyrnn.models.seq2seq.decoder import Known, States
from pyrnn.models.seq2seq.network import Seq2SeqNetwork


class Found(NamedTuple):
    """What was written for a sequence.

    ids: without the end. score: ln p, the end counted. finished: whether the end came.
    """

    ids: tuple[int, ...]
    score: float
    finished: bool


class Position(NamedTuple):
    """Where the decoder stands with N beginnings.

    which: int64 (N,), the sequence of each. known: of these. states: behind what was written.
    """

    which: np.ndarray
    known: Known
    states: States


class Steps:
    """The decoder as a step function, see `pyrnn.decoding`.

    known: of B sequences. barred: bool (B, V), the tokens that none of them may have.
    """

    def __init__(self, network: Seq2SeqNetwork, known: Known, barred: np.ndarray) -> None:
        self.network, self.known, self.barred = network, known, barred

    def begin(self) -> tuple[np.ndarray, Position]:
        """The logits of the first token, (B, V), and where that is."""
        which = np.arange(len(self.barred))
        known = self.known.some(which)
        ids = np.full(len(which), self.network.start_id)
        return self.step(ids, Position(which, known, self.network.decoder.states(known)))

    def step(self, ids: np.ndarray, position: Position) -> tuple[np.ndarray, Position]:
        """The logits of the next token, (N, V), after ids (N,)."""
        decoder, (which, known, states) = self.network.decoder, position
        written = decoder(ids[None], known, states)
        z = decoder.logits(ids[None], written).numpy()
        return np.where(self.barred[which], -np.inf, z), Position(which, known, written.states)

    def gather(self, position: Position, rows: np.ndarray) -> Position:
        """Of these rows, int64 (M,)."""
        which, known = position.which[rows], position.known
        if not np.array_equal(which, position.which):  # beginnings of one sentence know the same
            known = self.known.some(which)
        return Position(which, known, position.states.some(rows))


def greedy(steps: Steps, end: int, length: int) -> list[Found]:
    """The likeliest token at each step, for each of B sequences, up to `length` of them."""
    z, position = steps.begin()
    count = len(z)
    ids: list[list[int]] = [[] for _ in range(count)]
    score, finished = np.zeros(count), np.zeros(count, bool)
    for written in range(length + 1):
        rows = position.which
        chosen = z.argmax(axis=1)
        p = _log_probabilities(z)[np.arange(len(z)), chosen]
        ends = chosen == end
        if written == length:
            score[rows[ends]] += p[ends]
            finished[rows[ends]] = True
            break
        score[rows] += p
        finished[rows[ends]] = True
        for row, token in zip(rows[~ends].tolist(), chosen[~ends].tolist(), strict=True):
            ids[row].append(token)
        kept = np.flatnonzero(~ends)
        if not len(kept):
            break
        if len(kept) < len(rows):
            position = steps.gather(position, kept)
        z, position = steps.step(chosen[kept], position)
    return [
        Found(tuple(each), float(score[b]), bool(finished[b])) for b, each in enumerate(ids)
    ]


def _log_probabilities(z: np.ndarray) -> np.ndarray:
    """ln softmax of each row, float64 (N, V)."""
    shifted: Any = z.astype(np.float64) - z.max(axis=1, keepdims=True)
    return np.asarray(shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True)))
