"""What every tokenizer does: text to ids and back."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, ClassVar

import numpy as np

from pyrnn.data.vocabulary import UnknownTokenError


class Before:
    """What stands before a piece of a text: tokens, newlines, and characters, in all and in the
    last line."""

    def __init__(self) -> None:
        self.tokens = self.newlines = self.characters = self.column = 0

    def add(self, text: str, tokens: int = 0) -> None:
        """A further piece."""
        breaks = text.count("\n")
        self.tokens += tokens
        self.newlines += breaks
        self.characters += len(text)
        self.column = len(text) - text.rfind("\n") - 1 if breaks else self.column + len(text)


POLICIES = ("error", "replace")  # what becomes of a token that is not in the vocabulary


class Tokenizer(ABC):
    """Text to ids and back.

    unit: the name in TOKENIZERS.
    """

    unit: ClassVar[str]

    @property
    @abstractmethod
    def size(self) -> int:
        """The number of different tokens, V."""

    @property
    @abstractmethod
    def newline_id(self) -> int | None:
        """The id that stands for a newline, or None where there is none."""

    def encode(self, text: str) -> np.ndarray:
        """The ids of a text, int64 (N,). Raises UnknownTokenError, naming token and position."""
        return self._known(expect_text(text), Before())

    def encoded(self, pieces: Iterable[str]) -> Iterator[np.ndarray]:
        """The same of a text that comes in pieces, int64 (N_k,) each: together the ids of all.

        Raises UnknownTokenError as `encode`, with the place in the whole text.
        """
        before = Before()
        for piece in self.recut(pieces):
            ids = self._known(piece, before)
            before.add(piece, len(ids))
            yield ids

    def recut(self, pieces: Iterable[str]) -> Iterator[str]:
        """The same text in pieces of whole tokens."""
        yield from pieces

    def _known(self, text: str, before: Before) -> np.ndarray:
        ids = self.lookup(text)
        if ids.size and ids.min() < 0:
            raise self._unknown(text, int(np.argmax(ids < 0)), before)
        return ids

    def _unknown(self, text: str, place: int, before: Before) -> UnknownTokenError:
        """The error for the token at a place of a text that stands behind another."""
        raise NotImplementedError

    @abstractmethod
    def lookup(self, text: str) -> np.ndarray:
        """As `encode`, with -1 for each token that is not known: no text is an error."""

    @abstractmethod
    def pieces(self, ids: Iterable[int], after: str = "") -> Iterator[str]:
        """The text of each id in turn, for ids that arrive one by one.

        after: the text that stands before; words need it to know whether a blank comes first.
        """

    @abstractmethod
    def token(self, number: int) -> str:
        """A readable form of one token. Raises ValueError for an id outside 0 ... size - 1."""

    @abstractmethod
    def to_json(self) -> dict[str, Any]:
        """What `tokenizer_from_json` reads."""

    def first_end(self, text: str) -> int:
        """Where the first token of a text ends: how many of its characters stand up to there."""
        return min(1, len(text))

    def decode(self, ids: Iterable[int], after: str = "") -> str:
        """The text of the ids: all of `pieces` at once."""
        return "".join(self.pieces(ids, after))


def replaces_unknown(unknown: str, limits: Mapping[str, Any]) -> bool:
    """Whether a vocabulary with these limits (`min_count`, `max_vocabulary`) has an unknown token.

    Raises ValueError for a policy that is not one of POLICIES, and for limits under "error": they
    would turn tokens of the training text itself into errors.
    """
    if unknown not in POLICIES:
        raise ValueError(f"unknown: expected one of {', '.join(POLICIES)}; got {unknown!r}")
    limited = limits.get("min_count", 1) > 1 or limits.get("max_vocabulary") is not None
    if limited and unknown == "error":
        raise ValueError(
            "unknown: expected 'replace' where min_count or max_vocabulary drop tokens"
        )
    return unknown == "replace"


def expect_text(text: Any) -> str:
    """The text itself. Raises TypeError for what is no string."""
    if not isinstance(text, str):
        raise TypeError(
            f"text: expected a string; got {type(text).__name__} (read_text and read_bytes make "
            "one of a file)"
        )
    return text
