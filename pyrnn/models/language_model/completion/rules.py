"""How a text that is still being typed may go on: one class for each unit of tokens.

| unit       | what was typed is read                  | a continuation                            |
|------------|-----------------------------------------|-------------------------------------------|
| characters | as it stands                            | never has the sign for unknown characters |
| bytes      | as it stands                            | is whole UTF-8 characters                 |
| words      | up to the last blank; the letters after | begins with a word that begins with those |
|            | it are the beginning of a word          | letters; never has the unknown word       |
"""

from __future__ import annotations

import codecs
from abc import ABC, abstractmethod
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from pyrnn.data import ByteTokenizer, CharacterTokenizer, Tokenizer, WordTokenizer
from pyrnn.data.words import END_OF_LINE
from pyrnn.decoding import NextTokens, Rule
from pyrnn.models.language_model.completion.boundary import BOUNDARIES, Boundary


class CompletionRules(ABC):
    """What completing a text asks of a tokenizer.

    until: how far a continuation goes, a name in BOUNDARIES.
    spare: of how many hypotheses the beam must find the best for each text, since several may
        spell the same one.
    """

    spare = 1

    def __init__(self, tokenizer: Tokenizer, until: str) -> None:
        self.tokenizer = tokenizer
        self.until = until

    def settled(self, text: str) -> int:
        """The length of the beginning of a text whose tokens no further character changes."""
        return len(text)

    def given(self, logits: np.ndarray, typed: str) -> np.ndarray | None:
        """The logits (1, V) of the next token, now that the first letters of it are typed.

        The probabilities are those under that condition. None where no token begins so.
        """
        return logits

    @abstractmethod
    def rule(self, typed: str) -> Rule:
        """What may follow the settled text of which `typed` is the rest."""

    @abstractmethod
    def text(self, ids: Sequence[int], settled: str, typed: str) -> str:
        """What these tokens add to settled + typed."""


class CharacterRules(CompletionRules):
    """A token is a character."""

    def __init__(self, tokenizer: CharacterTokenizer, until: str) -> None:
        super().__init__(tokenizer, until)
        characters = [tokenizer.token(number) for number in range(tokenizer.size)]
        boundary = BOUNDARIES[until]
        possible = np.ones(tokenizer.size, dtype=bool)
        if tokenizer.vocabulary.unknown_id is not None:
            possible[tokenizer.vocabulary.unknown_id] = False
        none = np.zeros_like(possible)
        lead, begins, within = (
            np.fromiter(map(check, characters), bool, tokenizer.size) for check in boundary
        )
        self._begins = frozenset(np.flatnonzero(begins).tolist())
        self._lead = NextTokens(possible & lead, none, none)
        self._within = NextTokens(possible & within, none, ~within)

    def rule(self, typed: str) -> Rule:
        return lambda ids: self._lead if self._begins.isdisjoint(ids) else self._within

    def text(self, ids: Sequence[int], settled: str, typed: str) -> str:
        return self.tokenizer.decode(ids)


class ByteRules(CompletionRules):
    """A token is a byte of the text's UTF-8.

    A continuation that ends before a character of several bytes may have had the first of them,
    which its text is without.
    """

    spare = 2

    def __init__(self, tokenizer: ByteTokenizer, until: str) -> None:
        super().__init__(tokenizer, until)
        self._known: dict[tuple[bytes, bool], NextTokens] = {}

    def rule(self, typed: str) -> Rule:
        return self._following

    def text(self, ids: Sequence[int], settled: str, typed: str) -> str:
        return _whole_characters(bytes(ids))[0]

    def _following(self, ids: tuple[int, ...]) -> NextTokens:
        text, rest = _whole_characters(bytes(ids))
        boundary = BOUNDARIES[self.until]
        state = rest, any(map(boundary.begins, text))
        if state not in self._known:
            self._known[state] = _after_bytes(*state, boundary)
        return self._known[state]


class WordRules(CompletionRules):
    """A token is a word."""

    def __init__(self, tokenizer: WordTokenizer, until: str) -> None:
        super().__init__(tokenizer, until)
        self._vocabulary = vocabulary = tokenizer.vocabulary
        self._lowercase = tokenizer.lowercase
        self._newline = vocabulary.id(END_OF_LINE)
        self._words = _mask(range(tokenizer.size), tokenizer.size)  # (V,) all that may be written
        self._words[self._newline] = False
        if vocabulary.unknown_id is not None:
            self._words[vocabulary.unknown_id] = False
        self._sorted = sorted(vocabulary.token(int(v)) for v in np.flatnonzero(self._words))

    def settled(self, text: str) -> int:
        place = len(text)
        while place and not text[place - 1].isspace():
            place -= 1
        return place

    def given(self, logits: np.ndarray, typed: str) -> np.ndarray | None:
        if not typed:
            return logits
        letters = self._as_read(typed)
        first = bisect_left(self._sorted, letters)
        last = bisect_right(self._sorted, letters, key=lambda word: word[: len(letters)])
        if first == last:
            return None
        ids = [self._vocabulary.id(word) for word in self._sorted[first:last]]
        return np.where(_mask(ids, self.tokenizer.size), logits, -np.inf)

    def rule(self, typed: str) -> Rule:
        size, letters = self.tokenizer.size, self._as_read(typed)
        written = letters in self._vocabulary  # a word that is all typed adds no letter
        beginning = (self._vocabulary.id(letters),) if written else ()
        none, newline = _mask((), size), _mask((self._newline,), size)
        words = self._words | newline if self.until == "length" else self._words

        def following(ids: tuple[int, ...]) -> NextTokens:
            if ids and ids != beginning:
                return NextTokens(words, none, newline if self.until == "line" else none)
            if self.until != "word":
                return NextTokens(words, none, none)
            typed_word = _mask(beginning if not ids else (), size)
            return NextTokens(typed_word, words & ~typed_word, none)

        return following

    def text(self, ids: Sequence[int], settled: str, typed: str) -> str:
        if not typed or not ids:
            return self.tokenizer.decode(ids, after=settled)
        begun = self.tokenizer.token(ids[0])[len(self._as_read(typed)) :]
        return begun + self.tokenizer.decode(ids[1:], after=typed)

    def _as_read(self, typed: str) -> str:
        return typed.lower() if self._lowercase else typed


RULES: dict[str, Callable[[Any, str], CompletionRules]] = {
    "characters": CharacterRules,
    "bytes": ByteRules,
    "words": WordRules,
}


def rules_of(tokenizer: Tokenizer, until: str) -> CompletionRules:
    """The rules for a tokenizer. Raises ValueError for an `until` that is not in BOUNDARIES."""
    if not isinstance(until, str) or until not in BOUNDARIES:
        raise ValueError(f"until: expected one of {', '.join(BOUNDARIES)}; got {until!r}")
    return _rules(tokenizer, until)


@lru_cache(maxsize=8)  # a vocabulary of 30 000 words takes milliseconds to sort
def _rules(tokenizer: Tokenizer, until: str) -> CompletionRules:
    return RULES[tokenizer.unit](tokenizer, until)


def without(rule: Rule, allowed: np.ndarray) -> Rule:
    """The rule where no tokens come but the allowed ones, bool (V,); what ends a continuation is
    no part of it, and may be any."""
    known: dict[tuple[int, ...], tuple[NextTokens, NextTokens]] = {}

    def following(ids: tuple[int, ...]) -> NextTokens:
        masks = rule(ids)
        key = tuple(map(id, masks))  # a rule hands out few, again and again
        if key not in known:
            some = NextTokens(masks.goes_on & allowed, masks.completes & allowed, masks.ends)
            known[key] = masks, some
        return known[key][1]

    return following


def _mask(ids: Iterable[int], size: int) -> np.ndarray:
    """bool (V,), true at these ids."""
    mask = np.zeros(size, dtype=bool)
    mask[list(ids)] = True
    return mask


def _whole_characters(content: bytes) -> tuple[str, bytes]:
    """The characters of valid UTF-8, and the beginning of one that stands at its end."""
    text, read = codecs.utf_8_decode(content, "strict", False)
    return text, content[read:]


def _after_bytes(rest: bytes, begun: bool, boundary: Boundary) -> NextTokens:
    """What each byte does after the first ones of a character. begun: as in `Boundary`."""
    masks = NextTokens(*(np.zeros(256, dtype=bool) for _ in NextTokens._fields))
    for byte in range(256):
        try:
            text, _ = _whole_characters(rest + bytes((byte,)))
        except UnicodeDecodeError:
            continue
        passes = boundary.within if begun else boundary.lead
        goes_on = not text or passes(text)
        masks.goes_on[byte] = goes_on
        masks.ends[byte] = begun and not goes_on
    return masks
