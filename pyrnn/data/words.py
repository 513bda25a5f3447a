"""Each word of a text as a token."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from pyrnn.data.tokenizer import Before, Tokenizer, expect_text, replaces_unknown
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
        cls,
        text: str | Iterable[str],
        *,
        unknown: str = "replace",
        lowercase: bool = False,
        **limits: Any,
    ) -> WordTokenizer:
        """The tokenizer of the words of a text, or of one that comes in pieces.

        unknown: "replace" by `<unk>` (default) or "error". A model learns what `<unk>` stands for
            only from a text that has some: leave rare words out by `min_count` or `max_vocabulary`.
        limits: `min_count`, `max_vocabulary` as in `Vocabulary.count`.
        """
        other = UNKNOWN_WORD if replaces_unknown(unknown, limits) else None
        counts: Counter[str] = Counter()
        before = Before()
        for piece in at_blanks((text,) if isinstance(text, str) else text):
            words = _words(piece.lower() if lowercase else piece)
            if LITERAL in words and other is None:
                reason = "has the name of a line's end; unknown='replace' takes it as unknown"
                raise _unknown_word(words, words.index(LITERAL), reason, before)
            counts.update(words)
            before.add(piece, len(words))
        if other is not None and (literal := counts.pop(LITERAL, 0)):
            counts[other] += literal
        vocabulary = Vocabulary.count(counts, unknown=other, reserved=(END_OF_LINE,), **limits)
        return cls(vocabulary, lowercase)

    @property
    def size(self) -> int:
        return len(self.vocabulary)

    @property
    def newline_id(self) -> int | None:
        return self.vocabulary.id(END_OF_LINE)

    def recut(self, pieces: Iterable[str]) -> Iterator[str]:
        return at_blanks(pieces)

    def _unknown(self, text: str, place: int, before: Before) -> UnknownTokenError:
        reason = (
            f"is not among the {self.size} words of the vocabulary; one that is built with "
            "unknown='replace' (--unknown replace) takes any word"
        )
        return _unknown_word(self._words(text), place, reason, before)

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


def at_blanks(pieces: Iterable[str]) -> Iterator[str]:
    """The same text in pieces that end with a blank, but for the last one: no word is cut."""
    held: list[str] = []
    for piece in pieces:
        end = len(piece)
        while end and not piece[end - 1].isspace():
            end -= 1
        if end:
            yield "".join((*held, piece[:end]))
            held = []
        if end < len(piece):
            held.append(piece[end:])
    if held:
        yield "".join(held)


def _unknown_word(words: list[str], place: int, reason: str, before: Before) -> UnknownTokenError:
    number = before.tokens + place
    line = before.newlines + words[:place].count(END_OF_LINE) + 1
    return UnknownTokenError(
        f"the word {words[place].strip()!r} (word {number}, line {line}) {reason}"
    )
