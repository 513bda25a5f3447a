"""Where a text ends."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any


def endings(stop: str | Collection[str] | None) -> tuple[str, ...]:
    """The strings before which a text ends: one, several, or None for none.

    Raises TypeError for what are no strings, ValueError for an empty one.
    """
    strings: Any = (stop,) if isinstance(stop, str) else () if stop is None else stop
    if not isinstance(strings, Collection) or not all(isinstance(one, str) for one in strings):
        raise TypeError(f"stop: expected a string or several; got {stop!r}")
    if "" in strings:
        raise ValueError("stop: expected strings of at least one character; got an empty one")
    return tuple(strings)


def until(pieces: Iterable[str], stop: str | Collection[str] | None) -> Iterator[str]:
    """Pass a text on piece by piece, up to the first of the `stop` strings, which is left out.

    A stop string may span pieces: what could be the beginning of one is held back until it is known
    not to be. What `stop` may be, and what it raises at the call: see `endings`.
    """
    return _until(pieces, endings(stop))


def _until(pieces: Iterable[str], stop: tuple[str, ...]) -> Iterator[str]:
    end = Ending(stop)
    for piece in pieces:
        yield end.passed(piece)
        if end.over:
            return
    yield end.rest()


class Ending:
    """What is written is handed in piece by piece, and comes out up to the first of the strings.

    stop: as `endings` gives them. over: whether one of them has come.
    """

    def __init__(self, stop: tuple[str, ...]) -> None:
        self.over = False
        self._stop, self._held = stop, ""

    def passed(self, piece: str) -> str:
        """What is known now to stand before the end."""
        self._held += piece
        end = _first_of_any(self._held, self._stop)
        begun = len(self._held) - _beginning_of_any(self._held, self._stop)
        # A stop that has come may yet turn out to be the second: of "bc" and "abcd" in "abc"
        if end is not None and end <= begun:
            self.over, begun = True, end
        found, self._held = self._held[:begun], self._held[begun:]
        return found

    def rest(self) -> str:
        """What was held back, now that nothing more comes."""
        return "" if self.over else self._held[: _first_of_any(self._held, self._stop)]


def _first_of_any(text: str, stop: Sequence[str]) -> int | None:
    """Where the first stop string in `text` begins; None where there is none."""
    places = [place for place in map(text.find, stop) if place >= 0]
    return min(places, default=None)


def _beginning_of_any(text: str, stop: Sequence[str]) -> int:
    """The length of the longest end of `text` that begins a stop string."""
    longest = max((len(ending) for ending in stop), default=1) - 1
    for length in range(min(longest, len(text)), 0, -1):
        if any(ending.startswith(text[-length:]) for ending in stop):
            return length
    return 0
