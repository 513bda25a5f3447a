"""The layers of a transcriber.

    x_t = the frames s t ... s t + s - 1 side by side      (T, B, s I), s = frames_per_step
    y_t = dropout(stack(dropout(x))_t)                     (T, B, D H)
    z_t = W y_t + b                                        (T, B, C)
    p_t = softmax(z_t)                                     of C - 1 symbols and the blank, 0

A path has a symbol or the blank at each step; its text has a symbol for each run of equal ones,
without the blanks. p(text) is the sum over all paths of that text of the product of their p_t:
connectionist temporal classification, Graves, Fernandez, Gomez and Schmidhuber 2006,
http://www.cs.toronto.edu/~graves/icml_2006.pdf.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from pyrnn import functional
from pyrnn.autograd import Tensor
from pyrnn.models.sequence.network import SequenceNetwork
from pyrnn.models.transcriber.batches import TranscriptBatch

BLANK = 0  # the vectorizers' id for padding, which no text has


class TranscriberNetwork(SequenceNetwork):
    """An encoder, and an output layer for each step."""

    def emissions(self, batch: Any) -> Tensor:
        """z of a batch, (T, B, C)."""
        return self.steps(batch.inputs, batch.lengths, batch.static, batch.numbers)

    def losses(self, z: Tensor, batch: TranscriptBatch) -> Tensor:
        """-ln p(text) of each sequence, (B,); 0 where the steps have no room for it."""
        return functional.ctc_loss(
            z,
            batch.targets,
            batch.lengths,
            batch.target_lengths,
            blank=BLANK,
            impossible="zero",
        )


def stacked(frames: np.ndarray, count: int) -> np.ndarray:
    """So many frames side by side as one step, the last one again where the last step lacks some:
    (N, I) -> (ceil(N / count), count I)."""
    if count == 1:
        return frames
    steps, features = -(-len(frames) // count), frames.shape[1]
    places = np.minimum(np.arange(steps * count), len(frames) - 1)
    return frames[places].reshape(steps, count * features)
