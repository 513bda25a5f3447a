"""What a stream of transcriptions hands out: a text in two parts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from pyrnn.models.transcriber.symbols import Symbols

REPLACEMENT = "\ufffd"  # what the decoding of bytes gives where a character is not complete
CONTEXT = 8  # symbols: a text goes on behind so many as behind all
CUT = 3  # bytes that may stand there before a character is complete


@dataclass(frozen=True)
class PartialText:
    """What a stream has read since it was asked before, and what it expects.

    stable: the text that is settled since then, which nothing takes back; all of these
    joined are the text. tentative: what seems to follow as of now; it may change or vanish.
    symbols: of stable, as the training data have them. frames: for each of them the frame since the
    beginning at which it begins, from 0.
    """

    stable: str
    tentative: str
    symbols: tuple[Any, ...] = ()
    frames: tuple[int, ...] = ()


class SettledText:
    """A text that grows, of which only the end is kept.

    A character of which some bytes are missing waits for them.
    """

    def __init__(self, symbols: Symbols) -> None:
        self._symbols = symbols
        self._last: list[int] = []  # outputs at the end
        self._said = 0  # characters of their text that were handed out

    def append(self, outputs: Iterable[int], *, end: bool = False) -> str:
        """The new characters that come with some symbols. end: whether none come any more."""
        self._last += outputs
        text = self._symbols.text(self._last)
        open_ones = 0 if end else min(CUT, len(text) - len(text.rstrip(REPLACEMENT)))
        said = max(self._said, len(text) - open_ones)
        new = text[self._said : said]
        self._last = self._last[-CONTEXT:]
        self._said = len(self._symbols.text(self._last)) - (len(text) - said)
        return new

    def followed_by(self, outputs: Sequence[int]) -> str:
        """The characters that would come with some symbols."""
        return self._symbols.text([*self._last, *outputs])[self._said :]
