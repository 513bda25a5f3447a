"""A recurrent model of text: p(next token | all before it).

model.py           LanguageModel: train on a text, score, write and complete text, save, load
configuration.py   its settings: LanguageModelConfig
network.py         its layers
task.py            a text and TrainingOptions as a task
reading.py         probabilities, evaluated or one step at a time
score.py           scoring a text, and what it gives
writing.py         a prompt is read, then chosen tokens are fed back
completion/        how a text that is being typed goes on: Completer, Completion
weight_shapes.py   how large the weights are that settings ask for
"""

from __future__ import annotations

from pyrnn.models.language_model.configuration import LanguageModelConfig
from pyrnn.models.language_model.model import LanguageModel

__all__ = ["LanguageModel", "LanguageModelConfig"]
