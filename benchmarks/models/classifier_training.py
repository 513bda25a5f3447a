"""The classifier whose training is compared, and pyrnn's side of it: the loop that `fit` runs.

    x = embedding[ids]   y = LSTM or GRU (x)   h = y at the last valid step   z = W h + b
    loss = mean cross-entropy of z             Adam, clipped gradients

Both libraries begin with the same weights and meet the same batches. Without dropout: masks depend
on the generator, and losses could not be compared.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import count
from typing import Any

import numpy as np

from benchmarks.quality.imdb import Reviews
from pyrnn.models import SequenceClassifier
from pyrnn.models.classifier import ClassifierConfig, ClassifierOptions

CELLS = ("lstm", "gru")
CONFIG = ClassifierConfig(
    hidden_size=128,
    embedding_size=128,
    max_vocabulary=20_000,
    max_length=400,
    keep="last",
    pooling="last",
    dropout_output=0.0,
)
OPTIONS = ClassifierOptions(
    batch_size=64, bucket=50, optimizer="adam", learning_rate=1e-3, clip_norm=1.0
)


class PyrnnTraining:
    """`SequenceClassifier.fit` on reviews, a step at a time and without end.

    weights: what it begins with, by name. batches: those of an epoch, by its number.
    """

    def __init__(
        self, reviews: Reviews, config: ClassifierConfig, options: ClassifierOptions
    ) -> None:
        endless = replace(
            options,
            epochs=10**6,
            log_every=10**6,
            checkpoint_every=10**9,
            checkpoint_minutes=None,
        )
        self.model = SequenceClassifier(config)
        loop = self.model.training(*reviews, options=endless)
        self.batches: Any = loop.task.batches
        self.weights = {k: np.array(v) for k, v in self.model.network.state_dict().items()}
        self.records = iter(loop.run())

    def step(self) -> float:
        """One update; the loss before it."""
        record: Any = next(self.records)
        return float(record.loss)


def endless(batches: Any) -> Iterator[Any]:
    """The batches of epoch 0, 1, 2, ..."""
    for epoch in count():
        yield from batches.epoch(epoch)
