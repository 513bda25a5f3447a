"""Ready-made models.

language_model.py      LanguageModel: train on a text, score, write text, save, load
configuration.py       its settings: LanguageModelConfig
language_network.py    its layers
score.py               what scoring a text gives
training_run.py        from TrainingOptions and a model to a loop that is ready to run
learning_rate.py       the learning rate as a function of progress
model_folder.py        weights.safetensors and config.json
"""

from __future__ import annotations

from pyrnn.models.configuration import LanguageModelConfig
from pyrnn.models.language_model import LanguageModel
from pyrnn.models.language_network import LanguageNetwork
from pyrnn.models.model_folder import ModelFolderError
from pyrnn.models.score import Score
from pyrnn.models.training_run import RunResult

__all__ = [
    "LanguageModel",
    "LanguageModelConfig",
    "LanguageNetwork",
    "Score",
    "RunResult",
    "ModelFolderError",
]
