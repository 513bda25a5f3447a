"""A text cut into words, which knows where each of them stood."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, Self

from pyrnn.data import tokenized


class Sentence(tuple[str, ...]):
    """The words of a text.

    text: all of it. places: of each word, its first character and the one behind its last.
    """

    text: str
    places: tuple[tuple[int, int], ...]

    @classmethod
    def of(cls, text: str, found: Iterable[tuple[str, int, int]]) -> Self:
        """The words found in a text: each with its first character and the one behind its last."""
        every = list(found)
        sentence = cls(word for word, _, _ in every)
        sentence.text = text
        sentence.places = tuple((first, last) for _, first, last in every)
        return sentence

    @classmethod
    def cut(cls, text: str) -> Self:
        """A text as it is written."""
        return cls.of(text, tokenized(text))

    @classmethod
    def split(cls, text: str) -> Self:
        """A text that is tokenized: words with blanks or tabs between."""
        return cls.of(text, ((m[0], *m.span()) for m in re.finditer(r"[^ \t]+", text)))

    @classmethod
    def joined(cls, words: Any) -> Self:
        """Words as they are, or a list of them: its text has a blank between two."""
        if isinstance(words, cls):
            return words
        first, found = 0, []
        for word in words:
            found.append((word, first, first + len(word)))
            first += len(word) + 1
        return cls.of(" ".join(words), found)
