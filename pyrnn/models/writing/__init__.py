"""Texts that are written token by token, whatever they are written from.

model.py         WritingModel: what the families share that write
network.py       a decoder, and how well it says a target
decoder.py       what writes: from a vector, and with attention from a memory
steps.py         the decoder as a step function, and what is made of its steps
chains.py        the decoder without Python between two steps
targets.py       texts to ids and back
batches.py       inputs with their targets
score.py         how well texts are predicted and written
predictions.py   what was written for an input
settings.py      what writes, how it is trained, how it decodes
"""

from __future__ import annotations

from pyrnn.models.writing.model import WritingModel
from pyrnn.models.writing.predictions import WrittenText
from pyrnn.models.writing.settings import Decoding, WriterOptions, WriterSettings

__all__ = ["WritingModel", "WrittenText", "Decoding", "WriterOptions", "WriterSettings"]
