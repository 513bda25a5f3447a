"""A translator without attention as chains of layers: they run without Python between two steps."""

from __future__ import annotations

from collections.abc import Iterable
from operator import attrgetter
from typing import Any

import numpy as np

from pyrnn.data import Vectorizer
from pyrnn.kernels import native
from pyrnn.models.seq2seq.batches import PairBatch
from pyrnn.models.seq2seq.network import Seq2SeqNetwork
from pyrnn.models.seq2seq.predictions import Translation
from pyrnn.models.seq2seq.targets import Targets
from pyrnn.nn import Parameter
from pyrnn.streaming.continuation import Continuation, Continued, LastStates

_version = attrgetter("version")


class Chains:
    """The chains of a network, with its weights as they are when this is made.

    writer: its decoder, where a step needs nothing but the token and the states before it; else
    None. reader: its encoder, where it reads ids in one direction, and its last states are the
    decoder's first ones; else None.
    vectorizer: of the targets.
    """

    def __init__(self, network: Seq2SeqNetwork, vectorizer: Vectorizer) -> None:
        self._network, self._parameters = network, tuple(network.parameters())
        self._versions = tuple(map(_version, self._parameters))
        decoder, encoder = network.decoder, network.encoder
        self.writer: Continuation | None = None
        self.reader: LastStates | None = None
        if decoder.attending is not None or decoder.readout is not None:
            return
        barred, absent = np.zeros((2, vectorizer.size), bool)
        barred[[vectorizer.padding_id, network.start_id]] = True
        absent[vectorizer.unknown_id] = True  # there is nothing to copy in its place
        self.writer = Continuation(
            [decoder.embedding, decoder.layers, decoder.output],
            first=network.start_id,
            end=vectorizer.end_id,  # type: ignore[arg-type]
            barred=barred,
            absent=absent,
        )
        if network.copies and encoder.embedding is not None and encoder.start is None:
            self.reader = LastStates([encoder.embedding, encoder.recurrent])

    def fresh(self, network: Seq2SeqNetwork) -> bool:
        """Whether they are those of a network with its weights as they are now: told in 1 us, as
        its parameters are still the same ones."""
        return network is self._network and self._of(self._parameters)

    def of(self, network: Seq2SeqNetwork) -> bool:
        """The same of any network."""
        return self._of(tuple(network.parameters()))

    def _of(self, parameters: tuple[Parameter, ...]) -> bool:
        return tuple(map(_version, parameters)) == self._versions  # no two share a version

    def __reduce__(self) -> Any:
        return type(None), ()  # a copy of a model makes its own

    def states(self, network: Seq2SeqNetwork, batch: PairBatch) -> list[np.ndarray]:
        """The decoder's first ones, for B sources."""
        if self.reader is not None:
            return self.reader(batch.inputs, batch.lengths)
        known = network.encoded(batch.inputs, batch.lengths, batch.static, batch.numbers)
        first = network.decoder.states(known).above
        every = first if isinstance(first, tuple) else (first,)
        return [native.plain(np.asarray(each)) for each in every]


def translations(
    targets: Targets, found: Iterable[Continued], sources: Iterable[tuple[str, ...] | None]
) -> list[Translation]:
    """What was written for each of B sources. sources: their tokens, or None for frames."""
    text, tokens = targets.text, targets.tokens
    return [
        Translation(text(ids, {}), score, tokens(ids, {}), finished, source=source)
        for (ids, score, finished), source in zip(found, sources, strict=True)
    ]
