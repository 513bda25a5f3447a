"""A recurrent model of text: p(next token | all before it).

model.py           LanguageModel: train on a text, score, write and complete text, save, load
configuration.py   its settings: LanguageModelConfig
network.py         its layers
options.py         how it is trained: LanguageModelOptions
reading.py         probabilities, evaluated or one step at a time
score.py           scoring a text, and what it gives
writer.py          generate, stream, complete
writing.py         a prompt is read, then chosen tokens are fed back
symbols.py         how likely symbols of transcripts are
completion/        how a text that is being typed goes on: Completer, Completion
"""

from __future__ import annotations

from pyrnn.models.language_model.configuration import LanguageModelConfig
from pyrnn.models.language_model.model import LanguageModel, NextToken
from pyrnn.models.language_model.options import LanguageModelOptions

__all__ = ["LanguageModel", "LanguageModelConfig", "LanguageModelOptions", "NextToken"]
