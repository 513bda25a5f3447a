"""A recurrent stack that reads a sequence, and makes one vector of it.

y_t, s_t                              of the stack, see reader.py
p = s at the end | mean | max | attention over y      (B, D H)
features = dropout(p)
"""

from __future__ import annotations

from typing import Any

import numpy as np

from pyrnn import functional, nn
from pyrnn.autograd import Tensor
from pyrnn.models.encoders.encoder import Reads
from pyrnn.models.encoders.reader import Reader
from pyrnn.models.encoders.settings import EncoderConfig
from pyrnn.models.stack_settings import dropout_layer


class Recurrent(Reader):
    """See `encoder.Encoder`."""

    linear = False

    def __init__(
        self, config: EncoderConfig, reads: Reads, outputs: int, rng: np.random.Generator
    ) -> None:
        super().__init__(config, reads, rng)
        attention = config.pooling == "attention"
        pool = nn.AttentionPool(self.width, dtype=config.dtype, rng=rng) if attention else None
        self.attention = pool
        self.output_dropout = dropout_layer(config.dropout_output, rng)

    def forward(
        self,
        inputs: np.ndarray,
        lengths: np.ndarray,
        static: np.ndarray | None = None,
        numbers: np.ndarray | None = None,
    ) -> Tensor:
        """ids int64 (T, B) or frames (T, B, I) -> (B, D H)."""
        y, state = self.read(inputs, lengths, static, numbers)
        return self._dropped(self._pooled(y, state, lengths))

    def steps(
        self,
        inputs: np.ndarray,
        lengths: np.ndarray,
        static: np.ndarray | None = None,
        numbers: np.ndarray | None = None,
    ) -> Tensor:
        """ids int64 (T, B) or frames (T, B, I) -> what is known after each step, (T, B, D H)."""
        y, _ = self.read(inputs, lengths, static, numbers)
        return self._dropped(y)

    def streamed(self) -> list[Any]:
        """The layers that a step passes: see `pyrnn.Stream`.

        ValueError where what is known after a step is not the output of the last layer.
        """
        if self.config.pooling != "last":
            raise ValueError(
                "pooling: expected 'last' for a stream, whose outputs follow from one step after "
                f"the other; got {self.config.pooling!r}, which goes over all steps anew"
            )
        if self.config.bidirectional:
            raise ValueError(
                "bidirectional: expected False for a stream, since the reverse direction begins at "
                "a sequence's last step, which a stream has not seen; got True"
            )
        if self.start is not None:
            raise ValueError("static: expected a model without static features for a stream; got "
                             f"one of {self.start.in_features}")  # fmt: skip
        return [*([] if self.embedding is None else [self.embedding]), self.recurrent]

    def _dropped(self, features: Tensor) -> Tensor:
        return features if self.output_dropout is None else self.output_dropout(features)

    def _pooled(self, y: Tensor, state: Any, lengths: np.ndarray) -> Tensor:
        """What stands for each sequence: (T, B, D H), states -> (B, D H)."""
        if self.attention is not None:
            pooled, _ = self.attention(y, lengths)
            return pooled
        how: Any = self.config.pooling
        if how != "last":
            return functional.pool(y, lengths, how)
        return self.last(state)
