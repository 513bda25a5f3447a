"""Data as arrays: vocabulary, tokenizers and vectorizers, batches of streams and of sequences.

    vocabulary.py   tokens and their numbers
    tokenizer.py    what a language model reads and writes as ids, as characters.py, bytes.py
                    or words.py have it
    tokenizers.py   the list of these three
    vectorizer.py   what a classifier reads as ids: text_vectorizer.py by a vocabulary,
                    subword_vectorizer.py in pieces (byte_pairs.py), token_vectorizer.py as a
                    language model
    vectorizers.py  the list of these
    listed.py       one of such a list, out of its JSON
    text_form.py    what is done to a text before it is cut
    units.py        the ways to cut it into tokens
    word_vectors.py vectors of words out of files
    design_matrix.py  sequences as rows of a matrix: one-hot, bag of words
    labels.py       classes and their numbers
    schemes.py      entities as labels of words: IOB1, IOB2, BIOES, their spans
    tokenization.py raw text to words that know where they stand
    splits.py       examples held out, once or in turn; groups.py keeps what belongs together
    frames.py       sequences of numbers: their shape, and nothing infinite in them
    gaps.py         what stands in for numbers that are missing
    standardizer.py numbers of mean 0 and deviation 1
    static_features.py  numbers and categories of a whole sequence as one vector
    text.py         reading a text, cutting it into parts
    encodings.py    bytes as text
    code_points.py  characters to ids, by the million
    corpus.py       texts that are read piece by piece
    encoded_text.py their ids, in memory or in a file
    streams.py      a long text as batches of parallel streams, for truncated BPTT
    readers/        files, folders and data frames as rows with named columns
    layouts/        how such rows make sequences
    series/         series of numbers in time: times, steps, gaps, windows, baselines
    log_mel.py      sound as frames of numbers
    packed.py       many sequences or texts in one flat array, which may lie in a file
    spool.py        bytes in memory or in a file
    padding.py      sequences of unequal length as one array, and back
    ragged.py       sequences of unequal length as batches, by length

Plain NumPy: nothing here knows a tensor or a model.
"""

from __future__ import annotations

from pyrnn.data.bytes import ByteTokenizer
from pyrnn.data.characters import CharacterTokenizer
from pyrnn.data.corpus import Corpus
from pyrnn.data.design_matrix import bag_of_words, one_hot
from pyrnn.data.encoded_text import EncodedText
from pyrnn.data.gaps import GAPS, fill_gaps
from pyrnn.data.labels import Label, Labels, checked_labels, class_weights
from pyrnn.data.log_mel import log_mel
from pyrnn.data.packed import Packed, PackedTexts
from pyrnn.data.padding import pad, unpad
from pyrnn.data.ragged import RaggedBatch, RaggedBatches
from pyrnn.data.splits import folds, hold_out
from pyrnn.data.standardizer import Standardizer
from pyrnn.data.static_features import StaticFeatures
from pyrnn.data.streams import (
    IGNORED,
    EvaluationStreams,
    StreamBatch,
    TextTooShortError,
    TrainingStreams,
)
from pyrnn.data.subword_vectorizer import SubwordVectorizer
from pyrnn.data.text import Parts, as_byte_text, as_text, read_bytes, read_text, split_text
from pyrnn.data.text_form import NORMALIZATIONS, TextForm
from pyrnn.data.text_vectorizer import TextVectorizer
from pyrnn.data.token_vectorizer import TokenVectorizer
from pyrnn.data.tokenization import Token, tokenized
from pyrnn.data.tokenizer import POLICIES, Tokenizer
from pyrnn.data.tokenizers import TOKENIZERS, tokenizer_for, tokenizer_from_json
from pyrnn.data.units import UNITS
from pyrnn.data.vectorizer import Vectorizer
from pyrnn.data.vectorizers import (
    UNIT_NAMES,
    VECTORIZERS,
    fit_vectorizer,
    vectorizer_from_json,
)
from pyrnn.data.vocabulary import UnknownTokenError, Vocabulary
from pyrnn.data.word_vectors import WordVectors, read_vectors
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
    "Token",
    "tokenized",
    "Vectorizer",
    "TextVectorizer",
    "SubwordVectorizer",
    "TokenVectorizer",
    "VECTORIZERS",
    "UNITS",
    "UNIT_NAMES",
    "TextForm",
    "NORMALIZATIONS",
    "fit_vectorizer",
    "vectorizer_from_json",
    "WordVectors",
    "read_vectors",
    "one_hot",
    "bag_of_words",
    "Label",
    "Labels",
    "checked_labels",
    "class_weights",
    "hold_out",
    "folds",
    "GAPS",
    "fill_gaps",
    "Standardizer",
    "StaticFeatures",
    "read_text",
    "read_bytes",
    "as_text",
    "as_byte_text",
    "split_text",
    "Parts",
    "StreamBatch",
    "Corpus",
    "EncodedText",
    "TrainingStreams",
    "EvaluationStreams",
    "IGNORED",
    "TextTooShortError",
    "log_mel",
    "Packed",
    "PackedTexts",
    "pad",
    "unpad",
    "RaggedBatch",
    "RaggedBatches",
]
