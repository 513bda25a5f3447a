"""The layers of a translator: an encoder and a decoder.

    y_s, state = encoder(source)                 (S, B, D H), see encoders/reader.py
    v = [the last state of each direction; static]            (B, F), or all of its last states
    memory = y, for dot attention W y where D = 2             (S, B, E)

and what decoder.py makes of them.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from pyrnn import functional, nn
from pyrnn.autograd import Tensor, is_grad_enabled, no_grad
from pyrnn.models.encoders import Reads
from pyrnn.models.encoders.reader import Reader
from pyrnn.models.seq2seq.batches import PairBatch
from pyrnn.models.seq2seq.decoder import Decoder, Known
from pyrnn.models.seq2seq.settings import Seq2SeqConfig

WEIGHTS = 1 << 24  # of attention that are kept at a time, 64 MB


class Seq2SeqNetwork(nn.Module):
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

    def encoded(
        self,
        inputs: np.ndarray,
        lengths: np.ndarray,
        static: np.ndarray | None = None,
        numbers: np.ndarray | None = None,
    ) -> Known:
        """ids int64 (S, B) or frames (S, B, I), lengths int64 (B,), static (B, S) -> what the
        decoder is to know."""
        memory, state = self.encoder.read(inputs, lengths, static, numbers)
        if self.copies:
            return self.decoder.known(self.encoder.states(state))
        vector = self.encoder.last(state)
        if static is not None:
            vector = functional.concatenate([vector, static], axis=-1)
        if self.memory is not None:
            memory = self.memory(memory)
        return self.decoder.known(vector, memory, lengths)

    def cross_entropy(self, batch: PairBatch) -> Tensor:
        """The sum of -ln p of all target tokens, their ends counted."""
        targets, lengths = batch.targets, batch.target_lengths
        assert targets is not None
        assert lengths is not None
        known = self.encoded(batch.inputs, batch.lengths, batch.static, batch.numbers)
        ids = self._fed(targets)
        if batch.forced is not None and not batch.forced.all():
            ids = np.where(batch.forced, ids, self._own(ids, known, lengths, batch.numbers))
        losses, states = [], None
        for part in self._parts(ids, len(batch.inputs)):
            here = np.clip(lengths - part.start, 0, len(ids[part]))
            written = self.decoder(ids[part], known, states, here, batch.numbers)
            states = written.states
            losses.append(
                self.decoder.cross_entropy(ids[part], targets[part], written, here, batch.smoothing)
            )
        return sum(losses[1:], losses[0])

    def _parts(self, ids: np.ndarray, steps: int) -> list[slice]:
        """The steps of targets (U, B) that are run at once beside sources of so many steps: all,
        where a gradient is wanted; else not more than there is memory for."""
        size = len(ids)
        if not is_grad_enabled():
            size = min(size, max(1, WEIGHTS // max(1, steps * ids.shape[1])))
        return [slice(first, first + size) for first in range(0, len(ids), size)]

    def _fed(self, targets: np.ndarray) -> np.ndarray:
        """What is read before each token: the start, then the tokens themselves; (U, B)."""
        first = np.full((1, targets.shape[1]), self.start_id, np.int64)
        return np.concatenate([first, targets[:-1]])

    def _own(
        self, ids: np.ndarray, known: Known, lengths: np.ndarray, numbers: np.ndarray
    ) -> np.ndarray:
        """What the decoder would read if it went on from its own tokens, (U, B): the likeliest
        ones after the true tokens before them."""
        training = self.decoder.training
        self.decoder.eval()
        with no_grad():
            written = self.decoder(ids, known, None, lengths, numbers)
            said = self.decoder.logits(ids, written).numpy().argmax(axis=-1)
        self.decoder.train(training)
        own: Any = said.reshape(ids.shape)
        return self._fed(own)
