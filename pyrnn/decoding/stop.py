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
    held = ""
    for piece in pieces:
        held += piece
        places = [place for place in map(held.find, stop) if place >= 0]
        if places:
            yield held[: min(places)]
            return
        keep = _beginning_of_any(held, stop)
        yield held[: len(held) - keep]
        held = held[len(held) - keep :]
    yield held


def _beginning_of_any(text: str, stop: Sequence[str]) -> int:
    """The length of the longest end of `text` that begins a stop string."""
    longest = max((len(ending) for ending in stop), default=1) - 1
    for length in range(min(longest, len(text)), 0, -1):
        if any(ending.startswith(text[-length:]) for ending in stop):
            return length
    return 0
