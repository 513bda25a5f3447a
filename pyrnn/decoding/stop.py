"""Where a text ends."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence


def until(pieces: Iterable[str], stop: Sequence[str]) -> Iterator[str]:
    """Pass a text on piece by piece, up to the first of the `stop` strings, which is left out.

    A stop string may span pieces: what could be the beginning of one is held back until it is known
    not to be. Raises ValueError for an empty stop string.
    """
    if any(not ending for ending in stop):
        raise ValueError("stop: expected strings of at least one character; got an empty one")
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
