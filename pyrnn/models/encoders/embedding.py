"""The first layer of an encoder that reads ids."""

from __future__ import annotations

from typing import Any

import numpy as np

from pyrnn import nn
from pyrnn.models.encoders.encoder import Reads

# Of an embedding's numbers. N(0, 1) makes the first states large and slow to change: it cost five
# points of IMDB's first epoch against a tenth of it.
EMBEDDING_STD = 0.1


def embedding_for(config: Any, reads: Reads, rng: np.random.Generator) -> nn.Embedding | None:
    """ids (T, B) -> (T, B, E); None for frames, which are read as they are."""
    if not reads.tokens:
        return None
    embedding = nn.Embedding(
        reads.tokens, config.embedding, std=EMBEDDING_STD, dtype=config.dtype, rng=rng
    )
    embedding.requires_grad_(not config.freeze_embedding)
    return embedding
