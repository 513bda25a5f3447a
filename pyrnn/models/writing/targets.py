"""Texts to be written: ids, and texts of ids again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

import numpy as np

from pyrnn.data import TextVectorizer, Vectorizer, fit_vectorizer, vectorizer_from_json
from pyrnn.data.units import WordsAndSigns
from pyrnn.files.strict_json import shortened
from pyrnn.kernels.scalars import integer

WORDS = WordsAndSigns.name  # what is written has its signs
MANY = 5_000  # pairs, from which on words that occur once are unknown
LONGEST = 1_000_000  # tokens of a target, at most


def vectorizer_of(
    name: str, texts: Sequence[str], config: Any, unit: str, pairs: int
) -> Vectorizer:
    """The vectorizer of training texts. Raises ValueError as its `fit`.

    name: what to call them. unit: what a token is. pairs: of the training data.
    """
    count = config.min_count
    if count is None:
        count = 2 if unit == "words" and pairs >= MANY else 1
    try:
        return fit_vectorizer(
            texts,
            unit=WORDS if unit == "words" else unit,
            pattern=config.pattern if unit == "regex" else None,
            lowercase=config.lowercase,
            normalization=config.normalization,
            min_count=count,
            max_vocabulary=config.max_vocabulary,
            marks=True,
        )
    except ValueError as error:  # what the caller knows by another name
        raise ValueError(str(error).replace("texts:", f"{name}:", 1)) from error


class Targets:
    """How the targets of the training data are.

    vectorizer: with marks. longest: the tokens of the longest one, the end not counted.
    """

    def __init__(self, vectorizer: Vectorizer, longest: int) -> None:
        if vectorizer.end_id is None:
            raise ValueError(f"marks: expected ids for start and end; got {vectorizer!r}")
        self.vectorizer = vectorizer
        self.longest = integer("longest", longest, least=0, most=LONGEST)

    @classmethod
    def fit(cls, vectorizer: Vectorizer, texts: Sequence[str]) -> Targets:
        """Of training data."""
        return cls(vectorizer, max(len(vectorizer.encode(text)) for text in texts))

    @property
    def most(self) -> int:
        """How many tokens are written at most where nothing is said."""
        return 2 * self.longest + 5

    def encode(self, text: str) -> np.ndarray:
        """ids with the end behind them, (N + 1,), in the smallest dtype that holds them."""
        return self.vectorizer.framed(self.vectorizer.encode(text))[1:].astype(
            self.vectorizer.dtype
        )

    @property
    def of_words(self) -> bool:
        """Whether tokens are words and signs, of which unknown ones can be copied."""
        return is_of_words(self.vectorizer)

    def text(self, ids: Sequence[int], copied: Mapping[int, str]) -> str:
        """The text of ids that were written. copied: by place, the token that stands for an unknown
        one."""
        vectorizer = self.vectorizer
        if not isinstance(vectorizer, TextVectorizer):
            return vectorizer.decode(ids)
        unit, tokens = vectorizer.unit, self._tokens
        if not copied:
            return unit.join(map(tokens.__getitem__, ids))
        return unit.join(copied.get(k) or tokens[i] for k, i in enumerate(ids))

    @cached_property
    def _tokens(self) -> tuple[str, ...]:
        """By id, of a `TextVectorizer`; what stands for an unknown one before them."""
        assert isinstance(self.vectorizer, TextVectorizer)
        reserved, unit = self.vectorizer.reserved, self.vectorizer.unit
        return (unit.unknown,) * reserved + self.vectorizer.vocabulary.tokens

    def tokens(self, ids: Sequence[int], copied: Mapping[int, str]) -> tuple[str, ...]:
        """Readable forms of ids."""
        if not copied:
            return self.vectorizer.tokens(ids)
        unit = WordsAndSigns()
        return tuple(
            unit.readable(copied[k]) if k in copied else self.vectorizer.token(i)
            for k, i in enumerate(ids)
        )

    def to_json(self, shared: bool) -> dict[str, Any]:
        """What `from_json` reads. shared: whether the sources have the vectorizer, too."""
        content: dict[str, Any] = {"longest": self.longest}
        return content if shared else {**content, "vectorizer": self.vectorizer.to_json()}

    @classmethod
    def from_json(cls, content: Any, shared: Vectorizer | None) -> Targets:
        """What `to_json` wrote. shared: the vectorizer of the sources, where it is also that of the
        targets. Raises ValueError for anything else."""
        if not isinstance(content, Mapping) or not isinstance(content.get("longest"), int):
            raise ValueError(f"targets: expected a vectorizer; got {shortened(content)}")
        known = vectorizer_from_json(content["vectorizer"]) if shared is None else shared
        return cls(known, content["longest"])


def is_of_words(vectorizer: Any) -> bool:
    """Whether tokens are words and signs."""
    return isinstance(vectorizer, TextVectorizer) and vectorizer.unit.name == WORDS


def raw_tokens(vectorizer: TextVectorizer, text: str) -> list[str]:
    """The tokens of a text as they stand there, in the case that they have."""
    given, read = (vectorizer.unit.split(each) for each in (text, vectorizer.form.of(text)))
    return given if len(given) == len(read) else read
