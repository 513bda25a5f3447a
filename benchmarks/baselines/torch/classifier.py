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

from benchmarks.models.classifier_training import endless
from pyrnn.models.classifier import ClassifierConfig, ClassifierOptions

LAYERS = {"lstm": torch.nn.LSTM, "gru": torch.nn.GRU}


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

    def __init__(self, weights: Mapping[str, np.ndarray], cell: str, packed: bool) -> None:
        super().__init__()
        vocabulary_size, embedding = weights["encoder.embedding.weight"].shape
        classes, hidden = weights["output.weight"].shape
        kind = PackedEncoder if packed else Encoder
        self.encoder = kind(cell, vocabulary_size, embedding, hidden)
        self.output = torch.nn.Linear(hidden, classes)
        tensors = {name: torch.from_numpy(value) for name, value in weights.items()}
        self.to(tensors["output.weight"].dtype)
        self.load_state_dict(tensors)

    def forward(self, ids: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
        """ids (T, B), lengths (B,) -> logits (B, C)."""
        logits: torch.Tensor = self.output(self.encoder(ids, lengths))
        return logits


class TorchTraining:
    """The same training step, from the same weights and on the same batches."""

    def __init__(
        self,
        weights: Mapping[str, np.ndarray],
        batches: Any,
        config: ClassifierConfig,
        options: ClassifierOptions,
        *,
        packed: bool = False,
    ) -> None:
        self.network = ClassifierNetwork(weights, config.cell, packed)
        # fused: one pass over the weights in C++ in place of a loop of small operations
        self.optimizer = torch.optim.Adam(
            self.network.parameters(), lr=options.learning_rate, fused=True
        )
        self.clip = options.clip_norm
        self.batches = endless(batches)

    def step(self) -> float:
        """One update; the loss before it."""
        batch = next(self.batches)
        ids, lengths = torch.from_numpy(batch.inputs), torch.from_numpy(batch.lengths)
        logits = self.network(ids, lengths)
        loss = torch.nn.functional.cross_entropy(logits, torch.from_numpy(batch.targets))
        self.optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), self.clip)
        self.optimizer.step()
        return float(loss.item())
