"""A recurrent stack that reads a sequence.

    x_t = dropout(embedding[id_t])                        (T, B, E)
    y_t, s_t = stack(x_t, s_{t-1})                        (T, B, D H)
    p = s at the end | mean | max | attention over y      (B, D H)
    features = dropout(p)

Only steps within a sequence's length count. Dropout as in Zaremba, Sutskever and Vinyals 2014
(arXiv 1409.2329).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from pyrnn import functional, nn
from pyrnn.autograd import Tensor
from pyrnn.models.encoders.settings import EncoderConfig
from pyrnn.models.stack_settings import LAYERS, dropout_layer

# Of an embedding's numbers. N(0, 1) makes the first states large and slow to change: it cost five
# points of IMDB's first epoch against a tenth of it.
EMBEDDING_STD = 0.1


class Recurrent(nn.Module):
    """See `encoder.Encoder`."""

    linear = False

    def __init__(
        self, config: EncoderConfig, vocabulary_size: int, outputs: int, rng: np.random.Generator
    ) -> None:
        kind: dict[str, Any] = {"dtype": config.dtype, "rng": rng}
        width, hidden = config.embedding, config.hidden_size
        self.config = config
        self.width = hidden * (2 if config.bidirectional else 1)
        self.embedding = nn.Embedding(vocabulary_size, width, std=EMBEDDING_STD, **kind)
        self.input_dropout = dropout_layer(config.dropout_input, rng)
        self.recurrent = LAYERS[config.cell](
            width,
            hidden,
            config.num_layers,
            dropout=config.dropout_between,
            bidirectional=config.bidirectional,
            init=config.init,
            **kind,
        )
        attention = config.pooling == "attention"
        self.attention = nn.AttentionPool(self.width, **kind) if attention else None
        self.output_dropout = dropout_layer(config.dropout_output, rng)

    def prepare(self, ids: np.ndarray) -> np.ndarray:
        """The ids as they are."""
        return ids

    def forward(self, inputs: np.ndarray, lengths: np.ndarray) -> Tensor:
        """ids int64 (T, B) -> (B, D H)."""
        x = self.embedding(inputs)  # (T, B, E), a lookup not yet made
        if self.input_dropout is not None:
            x = self.input_dropout(x)
        y, state = self.recurrent(x, lengths=lengths)
        features = self._pooled(y, state, lengths)
        return features if self.output_dropout is None else self.output_dropout(features)

    def _pooled(self, y: Tensor, state: Any, lengths: np.ndarray) -> Tensor:
        """What stands for each sequence: (T, B, D H), states -> (B, D H)."""
        if self.attention is not None:
            pooled, _ = self.attention(y, lengths)
            return pooled
        how: Any = self.config.pooling
        if how != "last":
            return functional.pool(y, lengths, how)
        h = state[0] if isinstance(state, tuple) else state  # (L D, B, H)
        if not self.config.bidirectional:
            return h[-1]
        return functional.concatenate([h[-2], h[-1]], axis=-1)
