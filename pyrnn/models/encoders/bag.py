"""A linear model on what a sequence has, whatever its order: the baseline, often hard to beat.

    z = b + sum over the n-grams g in the sequence of W[g]        each once, however often it stands
    z = b + W (sum over the steps t of x_t) / N                   for frames x_t

The weights begin at 0: with a softmax, this is logistic regression on the presence of n-grams (for
sentiment see Wang and Manning 2012), or on the mean of the frames.
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
    """See `encoder.Encoder`. Its weights W: an embedding of (n-grams, K), or for frames (K, I); and
    a bias b: (K,). K: outputs.
    """

    linear = True

    def __init__(
        self, config: EncoderConfig, reads: Reads, outputs: int, rng: np.random.Generator
    ) -> None:
        self.config, self.vocabulary_size, self.width = config, reads.tokens, outputs
        dtype = np.dtype(config.dtype)

        def zeros(*shape: int) -> nn.Parameter:
            return nn.new_parameter(shape, dtype, partial(np.zeros, shape, dtype))

        self.embedding = self.weight = None
        if reads.tokens:
            rows = places(config.ngrams, reads.tokens, config.buckets)
            self.embedding = nn.Embedding(rows, outputs, std=0.0, dtype=dtype, rng=rng)
        else:
            self.weight = zeros(outputs, reads.features)
        self.bias = zeros(outputs)

    def prepare(self, sequence: np.ndarray) -> np.ndarray:
        """The n-grams of ids, each once; frames as they are."""
        if self.embedding is None:
            return sequence
        ids = sequence.astype(np.int64)
        return ngrams(ids, self.config.ngrams, self.vocabulary_size, self.config.buckets)

    def forward(
        self,
        inputs: np.ndarray,
        lengths: np.ndarray,
        static: np.ndarray | None = None,
        numbers: np.ndarray | None = None,
    ) -> Tensor:
        """n-grams int64 (T, B) or frames (T, B, I) -> (B, K)."""
        if self.embedding is None:
            assert self.weight is not None
            return functional.linear(functional.pool(inputs, lengths), self.weight, self.bias)
        return functional.pool(self.embedding(inputs), lengths, "sum") + self.bias

    def in_short(self) -> str:
        """bag, or bag of 2-grams."""
        return "bag" if self.config.ngrams == 1 else f"bag of {self.config.ngrams}-grams"
