"""The training step that is compared: a recurrent language model, clipped gradients, one update.

    x = embedding[ids]   y, s' = layers(x, s)   z = W y + b   loss = mean cross-entropy of z

The state is carried from batch to batch without its gradient.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from pyrnn import optim
from pyrnn.data import StreamBatch, TrainingStreams
from pyrnn.kernels.stack import gates
from pyrnn.models import LanguageModelConfig, LanguageNetwork

CELLS = ("lstm", "gru")
OPTIMIZERS = {"adam": optim.Adam, "sgd": optim.SGD}


@dataclass(frozen=True)
class Settings:
    """Model and update; the same for both libraries. As they are, a model of characters."""

    hidden: int  # H
    vocabulary: int  # V
    cell: str = "lstm"
    layers: int = 1  # L
    embedding: int = 128  # E
    steps: int = 100  # T
    batch: int = 32  # B
    optimizer: str = "adam"
    learning_rate: float = 2e-3
    clip: float = 1.0
    bound: float | None = None  # initial weights are uniform within; None: as torch draws them
    compared: int = 100  # first steps whose losses must agree

    @property
    def tokens(self) -> int:
        """The tokens of a training step."""
        return self.steps * self.batch

    @property
    def operations(self) -> float:
        """Floating-point operations of a training step: three times those of forward.

        2 G H H a token and layer for R h, as many for W x of every layer but the first, whose
        products can be looked up; 2 H V for the output layer.
        """
        H, L = self.hidden, self.layers
        forward = 2.0 * gates(self.cell) * H * H * (2 * L - 1) + 2.0 * H * self.vocabulary
        return 3.0 * forward * self.tokens


def words(cell: str, vocabulary: int) -> Settings:
    """Zaremba, Sutskever and Vinyals 2014's small model of words, without its schedule.

    At its rate of 1 training is chaotic: losses that agree to 1e-7 in 20 steps are 1e-3 apart
    after 60.
    """
    return Settings(
        hidden=200,
        vocabulary=vocabulary,
        cell=cell,
        layers=2,
        embedding=200,
        steps=20,
        batch=20,
        optimizer="sgd",
        learning_rate=1.0,
        clip=5.0,
        bound=0.1,
        compared=20,
    )


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
        config = LanguageModelConfig(
            cell=settings.cell,
            hidden_size=settings.hidden,
            num_layers=settings.layers,
            embedding_size=settings.embedding,
        )
        self.network = LanguageNetwork(settings.vocabulary, config)
        self.network.load_state_dict(weights)
        # check_finite: the norm of the gradient, which is measured anyway, tells the same
        self.optimizer: Any = OPTIMIZERS[settings.optimizer](
            self.network.parameters(), lr=settings.learning_rate, check_finite=False
        )
        self.clip = settings.clip
        self.batches = endless(ids, settings)
        self.state: Any = None

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
        both = isinstance(state, tuple)
        self.state = tuple(tensor.detach() for tensor in state) if both else state.detach()
        return float(loss.item())
