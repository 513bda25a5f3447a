"""A linear model on the n-grams of a sequence: the baseline, and often hard to beat.

    z = b + sum over the n-grams g in the sequence of W[g]        each once, however often it stands

The weights begin at 0: with a softmax, this is logistic regression on the presence of n-grams
(for sentiment see Wang and Manning 2012).
"""

from __future__ import annotations

from functools import partial

import numpy as np

from pyrnn import functional, nn
from pyrnn.autograd import Tensor
from pyrnn.models.encoders.encoder import Reads
from pyrnn.models.encoders.ngrams import ngrams, places
from pyrnn.models.encoders.settings import EncoderConfig


class Bag(nn.Module):
    """See `encoder.Encoder`. Its weights W: (n-grams, outputs), and a bias b: (outputs,)."""

    linear = True

    def __init__(
        self, config: EncoderConfig, reads: Reads, outputs: int, rng: np.random.Generator
    ) -> None:
        self.config, self.vocabulary_size, self.width = config, reads.tokens, outputs
        rows = places(config.ngrams, reads.tokens, config.buckets)
        self.embedding = nn.Embedding(rows, outputs, std=0.0, dtype=config.dtype, rng=rng)
        dtype = np.dtype(config.dtype)
        self.bias = nn.new_parameter((outputs,), dtype, partial(np.zeros, outputs, dtype))

    def prepare(self, sequence: np.ndarray) -> np.ndarray:
        """The n-grams, each once."""
        ids = sequence.astype(np.int64)
        return ngrams(ids, self.config.ngrams, self.vocabulary_size, self.config.buckets)

    def forward(
        self, inputs: np.ndarray, lengths: np.ndarray, static: np.ndarray | None = None
    ) -> Tensor:
        """n-grams int64 (T, B) -> (B, outputs)."""
        return functional.pool(self.embedding(inputs), lengths, "sum") + self.bias
