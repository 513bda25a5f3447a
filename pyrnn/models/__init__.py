"""Ready-made models.

language_model.py      LanguageModel: train on a text, score, write and complete text, save, load
configuration.py       its settings: LanguageModelConfig
language_network.py    its layers
score.py               scoring a text, and what it gives
typist.py              Typist: completions while a text is typed
completion.py          what completing a text gives
language_task.py       a text and TrainingOptions as a task
training_run.py        from TrainingOptions and a model to a loop that is ready to run
learning_rate.py       the learning rate as a function of progress
model_folder.py        weights.safetensors and config.json
weight_shapes.py       how large the weights are that settings ask for
"""

from __future__ import annotations

from pyrnn.models.completion import Completion
from pyrnn.models.configuration import LanguageModelConfig
from pyrnn.models.language_model import LanguageModel
from pyrnn.models.language_network import LanguageNetwork
from pyrnn.models.model_folder import ModelFolderError
from pyrnn.models.score import Score
from pyrnn.models.training_run import RunResult
from pyrnn.models.typist import Typist

__all__ = [
    "LanguageModel",
    "LanguageModelConfig",
    "LanguageNetwork",
    "Score",
    "Completion",
    "Typist",
    "RunResult",
    "ModelFolderError",
]
