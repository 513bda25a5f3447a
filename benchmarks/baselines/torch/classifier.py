"""The classifier of benchmarks/models in torch.nn, at its fastest settings on a CPU.

Padded batches of about equal lengths, and the output at the last valid step gathered: what comes
after it costs time and changes nothing. `pack_padded_sequence` would leave it out, and takes many
times as long, since it steps through time outside oneDNN.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from torch.nn.utils.rnn import pack_padded_sequence

from benchmarks.baselines.torch.both_ways import LAYERS
from benchmarks.baselines.torch.weights import filled


class Encoder(torch.nn.Module):
    """Embedding and recurrent layer; attributes are named as pyrnn's, so are the weights."""

    def __init__(self, cell: str, vocabulary_size: int, embedding: int, hidden: int) -> None:
        super().__init__()
        self.embedding = torch.nn.Embedding(vocabulary_size, embedding)
        self.recurrent = LAYERS[cell](embedding, hidden)

    def forward(self, ids: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
        """ids (T, B), lengths (B,) -> (B, H)."""
        y, _ = self.recurrent(self.embedding(ids))  # (T, B, H)
        last: torch.Tensor = y[lengths - 1, torch.arange(len(lengths))]
        return last


class PackedEncoder(Encoder):
    """The same, packed."""

    def forward(self, ids: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
        """ids (T, B), lengths (B,) -> (B, H)."""
        packed = pack_padded_sequence(self.embedding(ids), lengths, enforce_sorted=False)
        _, state = self.recurrent(packed)
        h: torch.Tensor = state[0] if isinstance(state, tuple) else state  # (1, B, H)
        return h[-1]


class ClassifierNetwork(torch.nn.Module):
    """Encoder and output layer of these sizes."""

    def __init__(
        self, weights: Mapping[str, np.ndarray], model: Any, packed: bool | None = None
    ) -> None:
        super().__init__()
        vocabulary_size, embedding = weights["encoder.embedding.weight"].shape
        classes, hidden = weights["output.weight"].shape
        self.packed = bool(packed)
        kind = PackedEncoder if packed else Encoder
        self.encoder = kind(model.config.cell, vocabulary_size, embedding, hidden)
        self.output = torch.nn.Linear(hidden, classes)
        filled(self, {name: torch.from_numpy(value) for name, value in weights.items()})

    def forward(self, ids: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
        """ids (T, B), lengths (B,) -> logits (B, C)."""
        logits: torch.Tensor = self.output(self.encoder(ids, lengths))
        return logits

    def loss(self, batch: Any) -> torch.Tensor:
        """The mean cross-entropy of a batch."""
        logits = self(torch.from_numpy(batch.inputs), torch.from_numpy(batch.lengths))
        return torch.nn.functional.cross_entropy(logits, torch.from_numpy(batch.targets))
