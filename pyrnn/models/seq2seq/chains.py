"""A translator without attention as chains of layers: they run without Python between two steps."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from pyrnn.data import Vectorizer
from pyrnn.models.seq2seq.network import Seq2SeqNetwork
from pyrnn.models.seq2seq.predictions import Translation
from pyrnn.models.writing.chains import Chains
from pyrnn.models.writing.targets import Targets
from pyrnn.streaming.continuation import Continued, LastStates


class TranslatorChains(Chains):
    """See `Chains`.

    reader: the encoder, where it reads ids in one direction, and its last states are the decoder's
    first ones; else None.
    """

    def __init__(self, network: Seq2SeqNetwork, vectorizer: Vectorizer) -> None:
        super().__init__(network, vectorizer)
        self.reader: LastStates | None = None
        encoder = network.encoder
        if network.copies and encoder.embedding is not None and encoder.start is None:
            self.reader = LastStates([encoder.embedding, encoder.recurrent])

    def states(self, network: Any, batch: Any) -> list[np.ndarray]:
        """The decoder's first ones, for B sources."""
        if self.reader is not None:
            return self.reader(batch.inputs, batch.lengths)
        return super().states(network, batch)


def translations(
    targets: Targets, found: Iterable[Continued], sources: Iterable[tuple[str, ...] | None]
) -> list[Translation]:
    """What was written for each of B sources. sources: their tokens, or None for frames."""
    text, tokens = targets.text, targets.tokens
    return [
        Translation(text(ids, {}), score, tokens(ids, {}), finished, source=source)
        for (ids, score, finished), source in zip(found, sources, strict=True)
    ]
