"""The layers of a captioner: what the decoder is to know, and the decoder.

    u = relu(W_n ... relu(W_1 x + b_1) ... + b_n)      of a vector x, standardised     (B, U)
    e_k = table_k[class_k]                             of each column of classes       (B, E)
    v = [u, e_1, ..., e_K]                                                             (B, F)

and what writing/decoder.py makes of v.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np

from pyrnn import functional, nn
from pyrnn.models.captioner.settings import CaptionerConfig
from pyrnn.models.encoders.embedding import EMBEDDING_STD
from pyrnn.models.stack_settings import dropout_layer
from pyrnn.models.writing.batches import WrittenBatch
from pyrnn.models.writing.decoder import Decoder, Known
from pyrnn.models.writing.network import WriterNetwork


class CaptionerNetwork(WriterNetwork):
    """See above.

    numbers: of a vector; 0 for none. classes: how many each column of classes has, (K,).
    tokens: V. start: the id that stands before the first token.
    """

    def __init__(
        self,
        config: CaptionerConfig,
        numbers: int,
        classes: tuple[int, ...],
        tokens: int,
        start: int,
        rng: np.random.Generator,
    ) -> None:
        self.start_id = start
        widths = (numbers, *(config.vector_layers or ()))
        layers: list[nn.Module] = []
        for read, width in pairwise(widths):
            layers += [nn.Linear(read, width, dtype=config.dtype, rng=rng), nn.ReLU()]
            if (dropout := dropout_layer(config.dropout_vector, rng)) is not None:
                layers.append(dropout)
        self.layers = nn.Sequential(*layers) if layers else None
        self.tables = nn.ModuleList(
            nn.Embedding(n, config.label_size, std=EMBEDDING_STD, dtype=config.dtype, rng=rng)
            for n in classes
        )
        self.reads_numbers = numbers > 0
        width = widths[-1] + len(classes) * config.label_size
        self.decoder = Decoder(config, tokens, width, 0, rng)

    def known(self, batch: WrittenBatch) -> Known:
        """What there is to say, v (B, F)."""
        parts: list[Any] = []
        if self.reads_numbers:
            x = batch.inputs[0]
            parts.append(x if self.layers is None else self.layers(x))
        if batch.static is not None:
            parts += [table(ids) for table, ids in zip(self.tables, batch.static.T, strict=True)]
        return self.decoder.known(functional.concatenate(parts, axis=-1))
