"""A decoder, and how well it says a target.

    known = what there is to say                         a family's own, see `decoder.Known`
    -ln p(target) = - sum_u ln p(token_u | known, token_0 ... token_{u-1})

where token_0 is the start, which is read and never said, and the last one the end.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from pyrnn import nn
from pyrnn.autograd import Tensor, is_grad_enabled, no_grad
from pyrnn.models.writing.batches import WrittenBatch
from pyrnn.models.writing.decoder import Decoder, Known

WEIGHTS = 1 << 24  # of attention that are kept at a time, 64 MB


class WriterNetwork(nn.Module):
    """What knows something, and a decoder that says it.

    start_id: the id that stands before the first token. decoder: see `Decoder`.
    """

    start_id: int
    decoder: Decoder

    def known(self, batch: Any) -> Known:
        """What the decoder is to know of B inputs."""
        raise NotImplementedError

    def cross_entropy(self, batch: WrittenBatch) -> Tensor:
        """The sum of -ln p of all target tokens, their ends counted."""
        targets, lengths = batch.targets, batch.target_lengths
        assert targets is not None
        assert lengths is not None
        known = self.known(batch)
        ids = self._fed(targets)
        if batch.forced is not None and not batch.forced.all():
            ids = np.where(batch.forced, ids, self._own(ids, known, lengths, batch.numbers))
        losses, states = [], None
        for part in self._parts(ids, 0 if known.memory is None else len(known.memory)):
            here = np.clip(lengths - part.start, 0, len(ids[part]))
            written = self.decoder(ids[part], known, states, here, batch.numbers)
            states = written.states
            losses.append(
                self.decoder.cross_entropy(ids[part], targets[part], written, here, batch.smoothing)
            )
        return sum(losses[1:], losses[0])

    def _parts(self, ids: np.ndarray, steps: int) -> list[slice]:
        """The steps of targets (U, B) that are run at once beside a memory of so many steps: all,
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
