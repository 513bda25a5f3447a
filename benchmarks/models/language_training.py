"""The training step that is compared: a character LSTM language model, Adam, clipped gradients.

    x = embedding[ids]   y, s' = LSTM(x, s)   z = W y + b   loss = mean cross-entropy of z

The state is carried from batch to batch without its gradient.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from pyrnn import optim
from pyrnn.data import StreamBatch, TrainingStreams
from pyrnn.models import LanguageModelConfig, LanguageNetwork


@dataclass(frozen=True)
class Settings:
    """Model and update; the same for both libraries."""

    hidden: int  # H
    vocabulary: int  # V
    embedding: int = 128  # E
    steps: int = 100  # T
    batch: int = 32  # B
    learning_rate: float = 2e-3
    clip: float = 1.0

    @property
    def tokens(self) -> int:
        """The tokens of a training step."""
        return self.steps * self.batch


def endless(ids: np.ndarray, settings: Settings) -> Iterator[tuple[StreamBatch, bool]]:
    """Whole batches of the text, over and over; True with the first of each pass."""
    streams = TrainingStreams(ids, settings.batch, settings.steps)
    while True:
        first = True
        for batch in streams.epoch(0):
            if len(batch.inputs) == settings.steps:
                yield batch, first
                first = False
        if first:
            raise ValueError(f"text: too short for one batch of {settings.tokens} tokens")


class PyrnnTraining:
    """The network, loss and optimizer that `LanguageModel.fit` uses."""

    def __init__(
        self, ids: np.ndarray, settings: Settings, weights: Mapping[str, np.ndarray]
    ) -> None:
        config = LanguageModelConfig(hidden_size=settings.hidden, embedding_size=settings.embedding)
        self.network = LanguageNetwork(settings.vocabulary, config)
        self.network.load_state_dict(weights)
        # check_finite: the norm of the gradient, which is measured anyway, tells the same
        self.optimizer = optim.Adam(
            self.network.parameters(), lr=settings.learning_rate, check_finite=False
        )
        self.clip = settings.clip
        self.batches = endless(ids, settings)
        self.state: tuple[object, ...] | None = None

    def step(self) -> float:
        """One update; the loss before it."""
        batch, first = next(self.batches)
        before = None if first else self.state
        loss, state = self.network.cross_entropy(
            batch.inputs, batch.targets, before, reduction="mean"
        )
        self.optimizer.zero_grad()
        loss.backward()
        optim.clip_grad_norm(self.network.parameters(), self.clip)
        self.optimizer.step()
        self.state = tuple(tensor.detach() for tensor in state)
        return float(loss.item())
