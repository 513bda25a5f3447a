"""A recurrent model of text: p(next token | all before it).

model.py           LanguageModel: train on a text, score, write and complete text, save, load
configuration.py   its settings: LanguageModelConfig
network.py         its layers
task.py            a text and TrainingOptions as a task
reading.py         probabilities, evaluated or one step at a time
score.py           scoring a text, and what it gives
writing.py         a prompt is read, then chosen tokens are fed back
completion.py      what completing a text gives
typist.py          Typist: completions while a text is typed
trail.py           the way through a text, token by token, and back
spelling.py        how tokens spell a text that is still being typed
extent.py          how far a continuation goes
weight_shapes.py   how large the weights are that settings ask for
"""

from __future__ import annotations

from pyrnn.models.language_model.configuration import LanguageModelConfig
from pyrnn.models.language_model.model import LanguageModel

__all__ = ["LanguageModel", "LanguageModelConfig"]
