"""A sequence to a text: translation, spelling, anything that is written token by token.

model.py         Seq2Seq: fit, evaluate, predict
network.py       an encoder, before the decoder
chains.py        both without Python between two steps
translator.py    one source at a time
predictions.py   what is said of an input
settings.py      what it is made of, how it is trained, which columns it reads

What writes is in writing/.
"""

from __future__ import annotations

from pyrnn.models.seq2seq.model import Seq2Seq
from pyrnn.models.seq2seq.predictions import Translation
from pyrnn.models.seq2seq.settings import Seq2SeqColumns, Seq2SeqConfig, Seq2SeqOptions
from pyrnn.models.writing import Decoding

__all__ = [
    "Seq2Seq",
    "Seq2SeqConfig",
    "Seq2SeqOptions",
    "Seq2SeqColumns",
    "Decoding",
    "Translation",
]
