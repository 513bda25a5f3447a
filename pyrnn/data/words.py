"""Each word of a text as a token."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from pyrnn.data.tokenizer import Tokenizer, expect_text, replaces_unknown
from pyrnn.data.vocabulary import UnknownTokenError, Vocabulary

UNKNOWN_WORD = "<unk>"
END_OF_LINE = "<eos>"
LITERAL = f" {END_OF_LINE}"  # where a text has that word itself; no other word holds a blank


class WordTokenizer(Tokenizer):
    """Blank-separated words; each newline is the token `<eos>`, as word-level corpora have it.

    vocabulary: holds `<eos>`; with an `unknown` word, the others become that one; without, they are
        an error.
    lowercase: whether text is lower-cased first; default no.
    Decoding puts one blank between words, so it gives the text back up to its spacing. A word
    `<eos>` that stands in the text itself ends no line: it is unknown.
    """

    unit = "words"

    def __init__(self, vocabulary: Vocabulary, lowercase: bool = False) -> None:
        if END_OF_LINE not in vocabulary:
            raise ValueError(f"vocabulary: expected {END_OF_LINE!r} among the words")
        self.vocabulary = vocabulary
        self.lowercase = lowercase

    @classmethod
    def train(
        cls, text: str, *, unknown: str = "replace", lowercase: bool = False, **limits: Any
    ) -> WordTokenizer:
        """The tokenizer of a text's words.

        unknown: "replace" by `<unk>` (default) or "error". A model learns what `<unk>` stands for
            only from a text that has some: leave rare words out by `min_count` or `max_vocabulary`.
        limits: `min_count`, `max_vocabulary` as in `Vocabulary.count`.
        """
        replace = replaces_unknown(unknown, limits)
        words = _words(text.lower() if lowercase else text)
        other = UNKNOWN_WORD if replace else None
        if LITERAL in words:
            if other is None:
                reason = "has the name of a line's end; unknown='replace' takes it as unknown"
                raise _unknown_word(words, words.index(LITERAL), reason)
            words = [other if word == LITERAL else word for word in words]
        vocabulary = Vocabulary.count(words, unknown=other, reserved=(END_OF_LINE,), **limits)
        return cls(vocabulary, lowercase)

    @property
    def size(self) -> int:
        return len(self.vocabulary)

    @property
    def newline_id(self) -> int | None:
        return self.vocabulary.id(END_OF_LINE)

    def encode(self, text: str) -> np.ndarray:
        ids = self.lookup(text)
        unknown = np.flatnonzero(ids < 0)
        if unknown.size:
            reason = (
                f"is not among the {self.size} words of the vocabulary; "
                "build it with unknown='replace'"
            )
            raise _unknown_word(self._words(text), int(unknown[0]), reason)
        return ids

    def lookup(self, text: str) -> np.ndarray:
        return self.vocabulary.lookup(self._words(expect_text(text)))

    def _words(self, text: str) -> list[str]:
        return _words(text.lower() if self.lowercase else text)

    def pieces(self, ids: Iterable[int], after: str = "") -> Iterator[str]:
        blank = bool(after) and not after[-1].isspace()
        for number in ids:
            word = self.vocabulary.token(int(number))
            if word == END_OF_LINE:
                yield "\n"
            else:
                yield f" {word}" if blank else word
            blank = word != END_OF_LINE

    def first_end(self, text: str) -> int:
        line, newline, _ = text.partition("\n")
        word = next(iter(line.split(maxsplit=1)), None)
        return len(line + newline) if word is None else line.index(word) + len(word)

    def token(self, number: int) -> str:
        return self.vocabulary.token(number)

    def to_json(self) -> dict[str, Any]:
        return {"unit": self.unit, "lowercase": self.lowercase, **self.vocabulary.to_json()}

    @classmethod
    def from_json(cls, content: dict[str, Any]) -> WordTokenizer:
        """The tokenizer that `to_json` wrote."""
        lowercase = content.get("lowercase", False)
        if not isinstance(lowercase, bool):
            raise ValueError(f"lowercase: expected true or false; got {lowercase!r:.80}")
        return cls(Vocabulary.from_json(content), lowercase)


def _words(text: str) -> list[str]:
    """The words of a text, with END_OF_LINE for each newline."""
    lines = [line.split() for line in text.split("\n")]
    if END_OF_LINE in text:
        lines = [[LITERAL if word == END_OF_LINE else word for word in line] for line in lines]
    words = [word for line in lines[:-1] for word in (*line, END_OF_LINE)]
    return words + lines[-1]


def _unknown_word(words: list[str], place: int, reason: str) -> UnknownTokenError:
    line = words[:place].count(END_OF_LINE) + 1
    return UnknownTokenError(
        f"the word {words[place].strip()!r} (word {place}, line {line}) {reason}"
    )
