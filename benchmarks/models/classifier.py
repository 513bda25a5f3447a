"""The classifier whose training is compared.

    x = embedding[ids]   y = LSTM or GRU (x)   h = y at the last valid step   z = W h + b
    loss = mean cross-entropy of z             Adam, clipped gradients

Both libraries begin with the same weights and meet the same batches. Without dropout: masks depend
on the generator, and losses could not be compared.
"""

from __future__ import annotations

from typing import Any

from benchmarks.models.contest import Contest
from benchmarks.models.training import PyrnnTraining
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


def contest(
    reviews: Reviews, config: ClassifierConfig = CONFIG, options: ClassifierOptions = OPTIONS
) -> Contest:
    """The classifier of reviews, beside torch's."""
    from benchmarks.baselines.torch.classifier import ClassifierNetwork

    return Contest(SequenceClassifier, reviews, config, options, ClassifierNetwork, about)


def about(training: PyrnnTraining) -> dict[str, Any]:
    """What is trained on what, and the share of padding in its batches."""
    model, batches = training.model, training.batches
    return {
        "cell": model.config.cell,
        "V": model.vectorizer.size,
        "E": model.config.embedding,
        "H": model.config.hidden_size,
        "longest": model.config.max_length,
        "texts": len(batches.examples),
        "padding": round(batches.waste(0), 4),
    }
