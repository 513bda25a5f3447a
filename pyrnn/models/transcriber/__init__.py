"""Frames to a text: speech, handwriting, tones; where in the frames a symbol stands is not told.

model.py         Transcriber: fit, evaluate, predict
network.py       frames, a recurrent stack, a distribution over the symbols and the blank a step
batches.py       sequences of frames with the symbols of their texts
room.py          whether texts have room in their steps
symbols.py       what the symbols are: those of texts, or labels
reading.py       texts out of cells of a table, and which inputs are sound
score.py         how far transcriptions are from the texts
predictions.py   what is said of an input
transcripts.py   from the network's outputs to symbols
language.py      the language model that weighs them
stream.py        TranscriptionStream, TranscriptionPool: frames as they come
partial_text.py  what these hand out
settings.py      what it is made of, which columns of a file it reads, how it decodes
"""

from __future__ import annotations

from pyrnn.models.transcriber.model import Transcriber
from pyrnn.models.transcriber.partial_text import PartialText
from pyrnn.models.transcriber.predictions import Transcription
from pyrnn.models.transcriber.settings import (
    TranscriberColumns,
    TranscriberConfig,
    TranscriberDecoding,
)
from pyrnn.models.transcriber.stream import TranscriptionPool, TranscriptionStream

__all__ = [
    "Transcriber",
    "TranscriberConfig",
    "TranscriberColumns",
    "TranscriberDecoding",
    "Transcription",
    "TranscriptionStream",
    "TranscriptionPool",
    "PartialText",
]
