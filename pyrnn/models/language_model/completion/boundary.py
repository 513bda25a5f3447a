"""How far a continuation goes: to the end of a word, of a line, or for so many tokens."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from typing import NamedTuple

APOSTROPHES = "'\N{RIGHT SINGLE QUOTATION MARK}"


class Boundary(NamedTuple):
    """The characters that a continuation is made of.

    lead: those that may stand at its beginning, any number of them.
    begins: those with which it has begun: it is never without one.
    within: once it has begun, it ends before the first character that is none of these.
    """

    lead: Callable[[str], bool]
    begins: Callable[[str], bool]
    within: Callable[[str], bool]


def is_letter(character: str) -> bool:
    """Whether a word can begin with it: a letter or digit of any script, a mark on one, or _."""
    return character.isalnum() or character == "_" or unicodedata.category(character)[0] == "M"


def is_within_word(character: str) -> bool:
    """Whether a word goes on with it: as `is_letter`, or an apostrophe."""
    return is_letter(character) or character in APOSTROPHES


def is_within_line(character: str) -> bool:
    """Whether a line goes on with it."""
    return character.splitlines() != [""]


def _any(character: str) -> bool:
    return True


BOUNDARIES = {
    "word": Boundary(is_within_line, is_letter, is_within_word),
    "line": Boundary(is_within_line, is_within_line, is_within_line),
    "length": Boundary(_any, _any, _any),
}
