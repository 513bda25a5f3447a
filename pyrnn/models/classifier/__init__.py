"""A sequence to a label, or to several.

model.py         SequenceClassifier: fit, evaluate, predict
outcomes.py      one label of several, or several labels at once
predictions.py   what is said of an input
settings.py      what it is made of, how it is trained, which columns of a table it reads
"""

from __future__ import annotations

from pyrnn.models.classifier.model import SequenceClassifier
from pyrnn.models.classifier.predictions import ClassPrediction, LabelsPrediction
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
    "LabelsPrediction",
]
