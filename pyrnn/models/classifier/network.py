"""The layers of a classifier.

f = encoder(x)             (B, D), for the linear bag the logits themselves
z = W f + b                (B, C)
p = softmax(z)
"""

from __future__ import annotations

import numpy as np

from pyrnn import nn
from pyrnn.autograd import Tensor
from pyrnn.models.classifier.settings import ClassifierConfig
from pyrnn.models.encoders import encoder_for


class ClassifierNetwork(nn.Module):
    """Encoder and output layer.

    vocabulary_size: V. classes: C. rng: of initial weights and dropout.

    Call: ``logits = network(inputs, lengths)``: ids int64 (T, B), lengths int64 (B,) -> (B, C).
    """

    def __init__(
        self,
        vocabulary_size: int,
        classes: int,
        config: ClassifierConfig,
        rng: np.random.Generator,
    ) -> None:
        self.encoder = encoder_for(config, vocabulary_size, classes, rng)
        self.output = None
        if not self.encoder.linear:
            self.output = nn.Linear(self.encoder.width, classes, dtype=config.dtype, rng=rng)

    def forward(self, inputs: np.ndarray, lengths: np.ndarray) -> Tensor:
        """ids int64 (T, B), lengths int64 (B,) -> logits (B, C)."""
        features: Tensor = self.encoder(inputs, lengths)
        return features if self.output is None else self.output(features)
