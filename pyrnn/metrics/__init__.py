"""How good a model is: numbers by name, gathered batch by batch.

    metric.py           what every metric does
    classification.py   accuracy, F1, balanced accuracy, log-loss, the confusion matrix
    multi_label.py      several labels an example: F1, exact matches, thresholds
    regression.py       numbers: MAE, RMSE, R²
    numbers.py          the arrays that these two take in
    spans.py            entities and other spans of labels: F1 as conlleval has it
    label_errors.py     transcripts beside those that are right: edits a symbol, and a word
    translation.py      texts beside those that are right: BLEU, chrF, exact matches
    perplexity.py       loss, perplexity, bits per character of language models

Plain arrays: nothing here knows a tensor or a model.
"""

from __future__ import annotations

from pyrnn.metrics.classification import Classification
from pyrnn.metrics.forecasts import Forecasts, mase_scale
from pyrnn.metrics.label_errors import LabelErrors
from pyrnn.metrics.metric import Metric
from pyrnn.metrics.multi_label import MultiLabel, best_thresholds
from pyrnn.metrics.perplexity import Perplexity, perplexity
from pyrnn.metrics.regression import Regression
from pyrnn.metrics.spans import SpanF1
from pyrnn.metrics.translation import ExactMatch, MissingSacrebleuError, Translation

__all__ = [
    "Metric",
    "Classification",
    "MultiLabel",
    "best_thresholds",
    "Regression",
    "Forecasts",
    "mase_scale",
    "SpanF1",
    "LabelErrors",
    "ExactMatch",
    "Translation",
    "MissingSacrebleuError",
    "Perplexity",
    "perplexity",
]
