"""The list of vectorizers, and of the units of texts that one of them reads.

| kind     | reads a text as                                                     |
|----------|---------------------------------------------------------------------|
| text     | tokens of one of UNITS, by a vocabulary                             |
| subwords | pieces of words, learnt from the texts                              |
| tokens   | a language model does whose weights one starts from                 |
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pyrnn.data.listed import listed_from_json
from pyrnn.data.subword_vectorizer import SUBWORDS, SubwordVectorizer
from pyrnn.data.text_vectorizer import TextVectorizer
from pyrnn.data.token_vectorizer import TokenVectorizer
from pyrnn.data.units import UNITS
from pyrnn.data.vectorizer import Vectorizer

VECTORIZERS: dict[str, type[Vectorizer]] = {
    kind.kind: kind for kind in (TextVectorizer, SubwordVectorizer, TokenVectorizer)
}
UNIT_NAMES = (*UNITS, SUBWORDS)


def fit_vectorizer(texts: Iterable[str], *, unit: str = "words", **options: Any) -> Vectorizer:
    """The vectorizer of training texts.

    unit: a name in UNIT_NAMES; default "words".
    options: min_count, max_vocabulary, normalization, lowercase, pattern, marks: see
        `TextVectorizer.fit`, and for subwords `SubwordVectorizer.fit`.
    Raises as these do, and ValueError for another unit.
    """
    if unit not in UNIT_NAMES:
        raise ValueError(f"unit: expected one of {', '.join(UNIT_NAMES)}; got {unit!r:.80}")
    if unit == SUBWORDS:
        return SubwordVectorizer.fit(texts, **options)
    return TextVectorizer.fit(texts, unit=unit, **options)


def vectorizer_from_json(content: dict[str, Any]) -> Vectorizer:
    """The vectorizer whose `to_json` this is. Raises ValueError where it is none."""
    return listed_from_json("vectorizer", "kind", VECTORIZERS, content)
