"""A sequence to a label.

model.py      SequenceClassifier: fit, evaluate, predict
settings.py   what it is made of, how it is trained, which columns of a table it reads
network.py    an encoder and an output layer
"""

from __future__ import annotations

from pyrnn.models.classifier.model import ClassPrediction, SequenceClassifier
from pyrnn.models.classifier.settings import (
    ClassifierColumns,
    ClassifierConfig,
    ClassifierOptions,
)

__all__ = [
    "SequenceClassifier",
    "ClassifierConfig",
    "ClassifierOptions",
    "ClassifierColumns",
    "ClassPrediction",
]
