"""The layers of a translator: an encoder and a decoder.

    y_s, state = encoder(source)                 (S, B, D H), see encoders/reader.py
    v = [the last state of each direction; static]            (B, F), or all of its last states
    memory = y, for dot attention W y where D = 2             (S, B, E)

and what writing/decoder.py makes of them.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from pyrnn import functional, nn
from pyrnn.models.encoders import Reads
from pyrnn.models.encoders.reader import Reader
from pyrnn.models.seq2seq.settings import Seq2SeqConfig
from pyrnn.models.writing.batches import WrittenBatch
from pyrnn.models.writing.decoder import Decoder, Known
from pyrnn.models.writing.network import WriterNetwork


class Seq2SeqNetwork(WriterNetwork):
    """Encoder and decoder.

    reads: what the sources are made of. tokens: V of the targets. start: the id that stands before
    the first token. rng: of initial weights and dropout.
    """

    def __init__(
        self,
        config: Seq2SeqConfig,
        reads: Reads,
        tokens: int,
        start: int,
        rng: np.random.Generator,
    ) -> None:
        self.start_id = start
        self.encoder = Reader(config, reads, rng)
        width, hidden = self.encoder.width, config.hidden_size
        self.memory = None
        if config.attention == "dot" and width != hidden:
            self.memory = nn.Linear(width, hidden, bias=False, dtype=config.dtype, rng=rng)
            memory = hidden
        else:
            memory = width if config.attends else 0
        shared = self.encoder.embedding if config.shared_vocabulary else None
        self.decoder = Decoder(config, tokens, width + reads.static, memory, rng, shared)
        self.copies = config.copies

    @property
    def embedding(self) -> Any:
        """Of the sources; None for frames."""
        return self.encoder.embedding

    def known(self, batch: WrittenBatch) -> Known:
        """What the encoder makes of the sources."""
        static, lengths = batch.static, batch.lengths
        memory, state = self.encoder.read(batch.inputs, lengths, static, batch.numbers)
        if self.copies:
            return self.decoder.known(self.encoder.states(state))
        vector = self.encoder.last(state)
        if static is not None:
            vector = functional.concatenate([vector, static], axis=-1)
        if self.memory is not None:
            memory = self.memory(memory)
        return self.decoder.known(vector, memory, lengths)
