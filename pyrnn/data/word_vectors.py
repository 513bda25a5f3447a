"""Word vectors that others trained, out of their text files."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from pyrnn.data.readers.source import Source, lines_of, name_of, text_of


class WordVectors(NamedTuple):
    """The vectors of V words.

    vectors: float32 (V, D); a word that the file does not have has zeros. found: bool (V,), which
    words it has.
    """

    vectors: np.ndarray
    found: np.ndarray

    @property
    def share(self) -> float:
        """The share of the words that were found; 0 for no words."""
        return float(self.found.mean()) if self.found.size else 0.0


def read_vectors(
    source: Source, tokens: Sequence[str], *, encoding: str | None = None
) -> WordVectors:
    """The vectors of some words, of a file in the text form of word2vec or of GloVe.

    source: a path, what a file holds, or a stream of bytes, packed or not. A line has a word and
        its D values, with blanks between; the first may have two whole numbers, how many words
        follow and D, as those of word2vec and fastText do. Words may hold blanks, as some of GloVe
        do: the last D fields are the values, where D is what the first line has.
    tokens: the V words, each once. They are looked for as they are: a vocabulary of lower-cased
        words finds none that the file has in capitals alone. Those of a vectorizer are
        `vectorizer.vocabulary.tokens`, whose ids begin with `vectorizer.reserved`.
    encoding: default None, what the content says, else UTF-8.

    A file is read line by line and never held as a whole. Each line must have its D values; they
    are read where the word is wanted. Of a word that stands twice, the first counts.
    Raises OSError as the system does; ValueError, naming file and line, for another number of
    values, for one that is no finite number, for a file without vectors and for one that has fewer
    or more than it says; TypeError for tokens that are no strings, ValueError for one that stands
    twice.
    """
    places = _places(tokens)
    lines = _Lines(source, encoding)
    vectors = np.zeros((len(places), lines.size), np.float32)
    found = np.zeros(len(places), np.bool_)
    for word, values in lines:
        place = places.get(word)
        if place is not None and not found[place]:
            vectors[place] = lines.numbers(values)
            found[place] = True
    return WordVectors(vectors, found)


class _Lines:
    """The words of a file and the text of their values, line by line.

    size: D, the values of a word. number: of the line that was read last.
    """

    def __init__(self, source: Source, encoding: str | None) -> None:
        self.name, self.number = name_of(source), 0
        self._lines = self._counted(lines_of(text_of(source, encoding)))
        first = next(self._lines, "")
        self._stated = _header(first)  # how many words follow, and D
        self._first = first if self._stated is None else next(self._lines, "")
        if not self._first:
            raise ValueError(f"{self.name}: expected vectors of words; got none")
        self.size = self._first.count(" ") if self._stated is None else self._stated[1]
        self._split(self._first)  # before there is an array of a size that a line may claim

    def __iter__(self) -> Iterator[tuple[str, str]]:
        begin = self.number
        yield self._split(self._first)
        yield from map(self._split, self._lines)
        count = self.number - begin + 1
        if self._stated is not None and count != self._stated[0]:
            raise ValueError(
                f"{self.name}: line {self.number}: expected {self._stated[0]} vectors, as line 1 "
                f"says; got {count}, up to the end of the file"
            )

    def numbers(self, text: str) -> np.ndarray:
        """The values of the line that was read last, float32 (D,)."""
        try:
            with np.errstate(over="ignore"):
                values = np.array([_number(field) for field in text.split(" ")]).astype(np.float32)
        except ValueError as error:
            raise self._error(f"numbers; got {str(error)!r:.80}") from None
        if not np.isfinite(values).all():
            wrong = text.split(" ")[int(np.argmin(np.isfinite(values)))]
            raise self._error(f"finite numbers; got {wrong!r:.80}")
        return values

    def _counted(self, lines: Iterator[str]) -> Iterator[str]:
        for line in lines:
            self.number += 1
            yield line.rstrip("\r\n ")  # the program word2vec ends its lines with a blank

    def _split(self, line: str) -> tuple[str, str]:
        """The word and the text of its values."""
        blanks = line.count(" ")
        if blanks == self.size > 0:
            word, _, values = line.partition(" ")
            return word, values
        if blanks < self.size or self.size < 1:
            values = f"{self.size} values" if self.size > 1 else "1 value"
            raise self._error(f"a word and {values}; got {blanks}")
        word, *fields = line.rsplit(" ", self.size)
        return word, " ".join(fields)

    def _error(self, expected: str) -> ValueError:
        return ValueError(f"{self.name}: line {self.number}: expected {expected}")


def _places(tokens: Sequence[str]) -> dict[str, int]:
    if isinstance(tokens, str):
        raise TypeError(f"tokens: expected a list of words; got one, {tokens!r:.80}")
    places: dict[str, int] = {}
    for place, token in enumerate(tokens):
        if not isinstance(token, str):
            raise TypeError(
                f"tokens: expected strings; got {type(token).__name__} {token!r:.80} at position "
                f"{place}"
            )
        if places.setdefault(token, place) != place:
            raise ValueError(f"tokens: expected each once; got {token!r:.80} more than once")
    return places


def _header(line: str) -> tuple[int, int] | None:
    """How many words and values a first line says there are, or None where it is a word's."""
    fields = line.split(" ")
    whole = all(field.isascii() and field.isdigit() and len(field) < 19 for field in fields)
    return (int(fields[0]), int(fields[1])) if whole and len(fields) == 2 else None


def _number(field: str) -> float:
    """A number as files spell it; Python's own reading takes more: 1_000, or digits of other
    scripts."""
    try:
        if field.isascii() and "_" not in field:
            return float(field)
    except ValueError:
        pass
    raise ValueError(field)
