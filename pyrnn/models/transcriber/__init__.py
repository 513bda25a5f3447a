"""Frames to a text: speech, handwriting, tones; where in the frames a symbol stands is not told.

model.py         Transcriber: fit, evaluate, predict
network.py       frames, a recurrent stack, a distribution over the symbols and the blank a step
batches.py       sequences of frames with the symbols of their texts
symbols.py       what the symbols are: those of texts, or labels
reading.py       texts out of cells of a table, and which inputs are sound
score.py         how far transcriptions are from the texts
predictions.py   what is said of an input
settings.py      what it is made of, which columns of a file it reads, how it decodes
"""

from __future__ import annotations

from pyrnn.models.transcriber.model import Transcriber
from pyrnn.models.transcriber.predictions import Transcription
from pyrnn.models.transcriber.settings import (
    TranscriberColumns,
    TranscriberConfig,
    TranscriberDecoding,
)

__all__ = [
    "Transcriber",
    "TranscriberConfig",
    "TranscriberColumns",
    "TranscriberDecoding",
    "Transcription",
]
