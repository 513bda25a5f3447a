"""How good a model is: numbers by name, gathered batch by batch.

    metric.py           what every metric does
    classification.py   accuracy, F1, balanced accuracy, log-loss, the confusion matrix
    perplexity.py       loss, perplexity, bits per character of language models

Plain NumPy: nothing here knows a tensor or a model.
"""

from __future__ import annotations

from pyrnn.metrics.classification import Classification
from pyrnn.metrics.metric import Metric
from pyrnn.metrics.perplexity import Perplexity, perplexity

__all__ = ["Metric", "Classification", "Perplexity", "perplexity"]
