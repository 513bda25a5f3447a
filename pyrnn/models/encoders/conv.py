"""Filters of several widths over the steps of a sequence, and the largest activation of each.

    x_t = embedding[id_t], or frame_t                              (T, B, E)
    a_t = b + sum over k = 0 .. W-1 of w_k x_{t + k - L}           L = floor((W - 1) / 2)
    c_W = relu(max over t of a_t)                                  (B, F), for each width W
    f = dropout([c_W for each W])                                  (B, F widths)

Kim 2014 (arXiv 1408.5882). It knows which short runs of steps there are, not in which order they
stand. Outside the sequence x is 0. A sequence without steps gives 0.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from pyrnn import functional, nn
from pyrnn.autograd import Tensor
from pyrnn.models.encoders.embedding import embedding_for
from pyrnn.models.encoders.encoder import Reads
from pyrnn.models.encoders.settings import EncoderConfig
from pyrnn.models.stack_settings import dropout_layer


class Conv(nn.Module):
    """See `encoder.Encoder`. A convolution a width, its weight w: (F, E, W), its bias b: (F,)."""

    linear = False

    def __init__(
        self, config: EncoderConfig, reads: Reads, outputs: int, rng: np.random.Generator
    ) -> None:
        kind: dict[str, Any] = {"dtype": config.dtype, "rng": rng}
        self.config = config
        self.width = config.filters * len(config.widths)
        self.embedding = embedding_for(config, reads, rng)
        size = reads.features or config.embedding
        self.convolutions = nn.ModuleList(
            nn.Conv1dMax(size, config.filters, width, **kind) for width in config.widths
        )
        self.output_dropout = dropout_layer(config.dropout_output, rng)

    def prepare(self, sequence: np.ndarray) -> np.ndarray:
        """The sequence as it is."""
        return sequence

    def forward(
        self,
        inputs: np.ndarray,
        lengths: np.ndarray,
        static: np.ndarray | None = None,
        numbers: np.ndarray | None = None,
    ) -> Tensor:
        """ids int64 (T, B) or frames (T, B, I) -> (B, F widths)."""
        x: Any = inputs if self.embedding is None else self.embedding(inputs)
        largest = [convolution(x, lengths) for convolution in self.convolutions]
        # relu(max) = max(relu), since relu never falls
        features = functional.relu(functional.concatenate(largest, axis=-1))
        return features if self.output_dropout is None else self.output_dropout(features)

    def in_short(self) -> str:
        """conv 3,4,5 x 100."""
        return f"conv {','.join(map(str, self.config.widths))} x {self.config.filters}"
