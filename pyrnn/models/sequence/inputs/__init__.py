"""What a sequence is made of: an encoder reads texts as ids, frames as standardised numbers.

inputs.py   THE list, and the one that fits some data
text.py     texts: a vectorizer
words.py    lists of words: a table of words, and their characters
frames.py   frames of numbers: a scaler, and what becomes of missing ones
"""

from __future__ import annotations

from pyrnn.models.sequence.inputs.frames import FrameInput
from pyrnn.models.sequence.inputs.inputs import (
    INPUTS,
    Input,
    Kinds,
    fitted,
    input_from,
    input_kind,
)
from pyrnn.models.sequence.inputs.text import TextInput
from pyrnn.models.sequence.inputs.words import WordInput

__all__ = [
    "INPUTS",
    "Input",
    "Kinds",
    "TextInput",
    "WordInput",
    "FrameInput",
    "fitted",
    "input_kind",
    "input_from",
]
