"""Each code point of a text as a token."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from pyrnn.data.code_points import CodePoints, count_characters
from pyrnn.data.tokenizer import Before, Tokenizer, expect_text, replaces_unknown
from pyrnn.data.vocabulary import UnknownTokenError, Vocabulary

REPLACEMENT = "\ufffd"


class CharacterTokenizer(Tokenizer):
    """Each code point of the text is a token.

    vocabulary: tokens of one character each. Without an `unknown` one, others are an error.
    """

    unit = "characters"

    def __init__(self, vocabulary: Vocabulary) -> None:
        self.vocabulary = vocabulary
        self._points = CodePoints(vocabulary)

    @classmethod
    def train(
        cls, text: str | Iterable[str], *, unknown: str = "error", **limits: Any
    ) -> CharacterTokenizer:
        """The tokenizer of the characters of a text, or of one that comes in pieces.

        unknown: "error" (default) or "replace" by U+FFFD.
        limits: `min_count`, `max_vocabulary` as in `Vocabulary.count`; they ask for
            unknown="replace".
        """
        replace = replaces_unknown(unknown, limits)
        counts = count_characters((text,) if isinstance(text, str) else text)
        return cls(Vocabulary.count(counts, unknown=REPLACEMENT if replace else None, **limits))

    @property
    def size(self) -> int:
        return len(self.vocabulary)

    @property
    def newline_id(self) -> int | None:
        return self.vocabulary.id("\n") if "\n" in self.vocabulary else None

    def lookup(self, text: str) -> np.ndarray:
        return self._points.lookup(expect_text(text))

    def _unknown(self, text: str, place: int, before: Before) -> UnknownTokenError:
        character = text[place]
        before.add(text[:place])
        where = f"line {before.newlines + 1}, column {before.column + 1}"
        return UnknownTokenError(
            f"the character {character!r} (U+{ord(character):04X}) at position {before.characters} "
            f"({where}) is not among the {self.size} characters of the vocabulary; one that "
            "is built with unknown='replace' (--unknown replace) takes any character"
        )

    def pieces(self, ids: Iterable[int], after: str = "") -> Iterator[str]:
        return (self.vocabulary.token(int(number)) for number in ids)

    def token(self, number: int) -> str:
        return self.vocabulary.token(number)

    def to_json(self) -> dict[str, Any]:
        return {"unit": self.unit, **self.vocabulary.to_json()}

    @classmethod
    def from_json(cls, content: dict[str, Any]) -> CharacterTokenizer:
        """The tokenizer that `to_json` wrote."""
        return cls(Vocabulary.from_json(content))
