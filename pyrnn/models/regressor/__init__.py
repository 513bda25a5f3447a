"""A sequence to one number, or to several.

model.py      SequenceRegressor: fit, evaluate, predict
targets.py    numbers, one for a sequence or one a step, and their scale
settings.py   what it is made of, how it is trained, which columns of a table it reads
"""

from __future__ import annotations

from pyrnn.models.regressor.model import NumberPrediction, SequenceRegressor
from pyrnn.models.regressor.settings import RegressorColumns, RegressorConfig

__all__ = [
    "SequenceRegressor",
    "RegressorConfig",
    "RegressorColumns",
    "NumberPrediction",
]
