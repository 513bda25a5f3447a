"""A sequence to a text: translation, spelling, anything that is written token by token.

model.py         Seq2Seq: fit, evaluate, predict
network.py       an encoder and a decoder
decoder.py       what writes: of use to other families that write
translation.py   from encoded sources to ids
targets.py       texts to ids and back
batches.py       sources with their targets
score.py         how well texts are predicted and written
predictions.py   what is said of an input
settings.py      what it is made of, how it is trained, which columns it reads, how it decodes
"""

from __future__ import annotations

from pyrnn.models.seq2seq.model import Seq2Seq
from pyrnn.models.seq2seq.predictions import Translation
from pyrnn.models.seq2seq.settings import (
    Decoding,
    Seq2SeqColumns,
    Seq2SeqConfig,
    Seq2SeqOptions,
)

__all__ = [
    "Seq2Seq",
    "Seq2SeqConfig",
    "Seq2SeqOptions",
    "Seq2SeqColumns",
    "Decoding",
    "Translation",
]
