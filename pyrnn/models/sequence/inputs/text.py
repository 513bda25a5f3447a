"""Texts as ids."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, ClassVar

import numpy as np

from pyrnn.data import PackedTexts, Vectorizer, fit_vectorizer, vectorizer_from_json
from pyrnn.files.strict_json import shortened
from pyrnn.models.sequence.inputs.truncation import truncated


class TextInput:
    """Texts as the ids of a vectorizer.

    part: its name in a model's file. called: in error messages. settings: those that are its own.
    """

    part: ClassVar[str] = "vectorizer"
    called: ClassVar[str] = "texts"
    settings: ClassVar[tuple[str, ...]] = (
        *("unit", "pattern", "lowercase", "normalization", "min_count", "max_vocabulary"),
        *("embedding_size", "vectors", "freeze_embedding", "start_from", "ngrams", "buckets"),
    )

    def __init__(self, vectorizer: Vectorizer, config: Any) -> None:
        self.vectorizer, self.config = vectorizer, config
        self.dtype = vectorizer.dtype  # of ids

    @classmethod
    def fit(cls, inputs: Sequence[str], config: Any) -> TextInput:
        """The vocabulary of training texts."""
        vectorizer = fit_vectorizer(
            inputs,
            unit=config.unit,
            pattern=config.pattern,
            lowercase=config.lowercase,
            normalization=config.normalization,
            min_count=config.min_count,
            max_vocabulary=config.max_vocabulary,
        )
        return cls(vectorizer, config)

    @classmethod
    def from_json(cls, content: Any, config: Any) -> TextInput:
        """Out of a file. Raises ValueError for anything else."""
        return cls(vectorizer_from_json(content), config)

    def to_json(self) -> dict[str, Any]:
        """What `from_json` reads."""
        return self.vectorizer.to_json()

    def streamed(self) -> list[Any]:
        """Nothing: a step is an id."""
        return []

    @property
    def tokens(self) -> int:
        """V."""
        return self.vectorizer.size

    @property
    def features(self) -> int:
        """None: its steps are ids."""
        return 0

    def known(self) -> list[str]:
        """The tokens of the rows behind the reserved ones."""
        return [self.vectorizer.token(row) for row in range(self.reserved, self.tokens)]

    @property
    def reserved(self) -> int:
        """The rows of the table that belong to no token."""
        return self.vectorizer.reserved

    @staticmethod
    def takes(value: Any) -> bool:
        """Whether it is a text."""
        return isinstance(value, str | bytes)

    @staticmethod
    def checked(value: Any, name: str, like: Any = None, config: Any = None) -> str:
        """A text. Raises TypeError for none."""
        if not isinstance(value, str):
            words = " ".join(shortened(value).split())
            raise TypeError(f"{name}: expected a text; got {type(value).__name__} {words}")
        return value

    @staticmethod
    def alike(values: list[str]) -> list[str]:
        """Texts are."""
        return values

    @staticmethod
    def stored(inputs: Iterable[str]) -> PackedTexts:
        """Texts out of a file."""
        return PackedTexts.gather(inputs)

    @staticmethod
    def in_words(value: str) -> str:
        """What all inputs of a file have in common."""
        return "a text"

    def steps_of(self, value: str) -> int:
        """How many tokens a text has, N."""
        return len(self.vectorizer.encode(value))

    def sequence(self, value: str) -> np.ndarray:
        """ids (N,), in the smallest dtype that holds them."""
        ids = self.vectorizer.encode(value)
        return truncated(ids, self.config).astype(self.dtype)

    def shown(self, value: str) -> str:
        """An input in a report."""
        return value

    def in_short(self) -> str:
        """12,167 words."""
        return f"{self.tokens:,} {self.config.unit}"
