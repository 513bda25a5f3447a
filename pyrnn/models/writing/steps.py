"""From encoded sources to ids: the decoder as a step function, and what is made of its steps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from pyrnn.decoding import (
    Beam,
    Choice,
    Generators,
    Greedy,
    Hypothesis,
    NextTokens,
    Restrained,
    Sampling,
    beam_search,
    continuations,
)
from pyrnn.models.writing.decoder import Known, States
from pyrnn.models.writing.network import WriterNetwork
from pyrnn.models.writing.settings import Decoding


class Position(NamedTuple):
    """Where the decoder stands with N beginnings.

    which: int64 (N,), the sequence of each. known: of these. states: behind what was written.
    """

    which: np.ndarray
    known: Known
    states: States


class Steps:
    """The decoder as a step function, see `pyrnn.decoding`.

    known: of B sequences. unknown: an id that those sequences which `barred`, bool (B,), names may
    not have: there is nothing to copy in its place.

    It keeps the weights of attention: weights[t], of the logits that call t gave, (N, S).
    """

    def __init__(
        self, network: WriterNetwork, known: Known, barred: np.ndarray, unknown: int
    ) -> None:
        self.network, self.known = network, known
        self.barred, self.unknown = barred, unknown
        self.weights: list[np.ndarray] = []

    def begin(self, each: int = 1) -> tuple[np.ndarray, Position]:
        """The logits of the first token, (B, V), and where that is; each sequence stands so many
        times in a row."""
        which = np.arange(len(self.barred)).repeat(each)
        known = self.known.some(which)
        ids = np.full(len(which), self.network.start_id)
        return self.step(ids, Position(which, known, self.network.decoder.states(known)))

    def step(self, ids: np.ndarray, position: Position) -> tuple[np.ndarray, Position]:
        """The logits of the next token, (N, V), after ids (N,)."""
        decoder, (which, known, states) = self.network.decoder, position
        written = decoder(ids[None], known, states)
        z = decoder.logits(ids[None], written).numpy()
        if self.barred.any():
            z = z.copy()
            z[self.barred[which], self.unknown] = -np.inf
        if written.weights is not None:
            self.weights.append(written.weights.numpy()[0])
        return z, Position(which, known, written.states)

    def gather(self, position: Position, rows: np.ndarray) -> Position:
        """Of these rows, int64 (M,)."""
        which, known = position.which[rows], position.known
        if not np.array_equal(which, position.which):  # beginnings of one sentence know the same
            known = self.known.some(which)
        return Position(which, known, position.states.some(rows))

    def attention(self, found: Hypothesis) -> np.ndarray | None:
        """How much each token of a hypothesis looked at each step of its source, (U, S); None
        without attention."""
        if not self.weights:
            return None
        rows = found.rows[: len(found.ids)]
        none = self.weights[0][:0]  # (0, S)
        return np.array([self.weights[t][row] for t, row in enumerate(rows)]) if rows else none


def written_by(
    steps: Steps, following: NextTokens, decoding: Decoding, most: int, numbers: np.ndarray
) -> Sequence[Sequence[Hypothesis]]:
    """What is written for each of B sequences, best first; or so many samples of each.

    most: tokens, the end counted. numbers: int64 (B,), of the sequences: what is drawn for one of
    them depends on its number alone, and not on the others.
    """
    if decoding.beam > 1:
        logits, position = steps.begin()
        beam = Beam(decoding.beam, most, decoding.nbest, decoding.length_penalty)
        return beam_search(steps.step, steps.gather, logits, position, following, beam)
    each = decoding.samples
    logits, position = steps.begin(each)
    how = _sampling(decoding, numbers) if decoding.sample else Greedy()
    found = continuations(steps.step, steps.gather, logits, position, how, following, most)
    return [found[first : first + each] for first in range(0, len(found), each)]


def _sampling(decoding: Decoding, numbers: np.ndarray) -> Choice:
    draws: Any = Generators(
        [
            np.random.default_rng((decoding.seed, number, k))
            for number in numbers.tolist()
            for k in range(decoding.samples)
        ]
    )
    return Restrained(Sampling(draws, decoding.temperature, decoding.top_k, decoding.top_p))
