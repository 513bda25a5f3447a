"""Data as arrays: vocabulary, tokenizers and vectorizers, batches of streams and of sequences.

    vocabulary.py   tokens and their numbers
    tokenizer.py    what a language model reads and writes as ids, as characters.py, bytes.py
                    or words.py have it
    tokenizers.py   the list of these three
    vectorizer.py   what a classifier reads as ids, as text_vectorizer.py has it
    vectorizers.py  the list of these
    units.py        the ways to cut a text into tokens for them
    labels.py       classes and their numbers
    splits.py       examples held out
    text.py         reading a text, cutting it into parts
    encodings.py    bytes as text
    code_points.py  characters to ids, by the million
    streams.py      a long text as batches of parallel streams, for truncated BPTT
    readers/        files, folders and data frames as rows with named columns
    log_mel.py      sound as frames of numbers
    padding.py      sequences of unequal length as one array
    ragged.py       sequences of unequal length as batches, by length

Plain NumPy: nothing here knows a tensor or a model.
"""

from __future__ import annotations

from pyrnn.data.bytes import ByteTokenizer
from pyrnn.data.characters import CharacterTokenizer
from pyrnn.data.labels import Label, Labels, checked_labels, class_weights
from pyrnn.data.log_mel import log_mel
from pyrnn.data.padding import pad
from pyrnn.data.ragged import RaggedBatch, RaggedBatches
from pyrnn.data.splits import hold_out
from pyrnn.data.streams import (
    IGNORED,
    EvaluationStreams,
    StreamBatch,
    TextTooShortError,
    TrainingStreams,
)
from pyrnn.data.text import Parts, as_byte_text, as_text, read_bytes, read_text, split_text
from pyrnn.data.text_vectorizer import TextVectorizer
from pyrnn.data.tokenizer import POLICIES, Tokenizer
from pyrnn.data.tokenizers import TOKENIZERS, tokenizer_for, tokenizer_from_json
from pyrnn.data.units import UNITS
from pyrnn.data.vectorizer import Vectorizer
from pyrnn.data.vectorizers import VECTORIZERS, vectorizer_from_json
from pyrnn.data.vocabulary import UnknownTokenError, Vocabulary
from pyrnn.data.words import WordTokenizer

__all__ = [
    "Vocabulary",
    "UnknownTokenError",
    "TOKENIZERS",
    "POLICIES",
    "Tokenizer",
    "CharacterTokenizer",
    "ByteTokenizer",
    "WordTokenizer",
    "tokenizer_for",
    "tokenizer_from_json",
    "Vectorizer",
    "TextVectorizer",
    "VECTORIZERS",
    "UNITS",
    "vectorizer_from_json",
    "Label",
    "Labels",
    "checked_labels",
    "class_weights",
    "hold_out",
    "read_text",
    "read_bytes",
    "as_text",
    "as_byte_text",
    "split_text",
    "Parts",
    "StreamBatch",
    "TrainingStreams",
    "EvaluationStreams",
    "IGNORED",
    "TextTooShortError",
    "log_mel",
    "pad",
    "RaggedBatch",
    "RaggedBatches",
]
