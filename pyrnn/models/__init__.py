"""Ready-made models.

language_model.py      LanguageModel: train on a text, score, write and complete text, save, load
configuration.py       its settings: LanguageModelConfig
language_network.py    its layers
score.py               scoring a text, and what it gives
completion/             Completer: completions while a text is typed
language_task.py       a text and TrainingOptions as a task
training_run.py        from TrainingOptions and a model to a loop that is ready to run
learning_rate.py       the learning rate as a function of progress
model_folder.py        weights.safetensors and config.json
weight_shapes.py       how large the weights are that settings ask for
"""

from __future__ import annotations

from pyrnn.files.model_folder import ModelFolderError
from pyrnn.models.language_model.completion import Completer, Completion
from pyrnn.models.language_model.configuration import LanguageModelConfig
from pyrnn.models.language_model.model import LanguageModel
from pyrnn.models.language_model.network import LanguageNetwork
from pyrnn.models.language_model.score import Score
from pyrnn.models.training_run import RunResult

__all__ = [
    "LanguageModel",
    "LanguageModelConfig",
    "LanguageNetwork",
    "Score",
    "Completion",
    "Completer",
    "RunResult",
    "ModelFolderError",
]
