"""Where examples stand in the files that they are from."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

LONGEST = 18  # digits of a number that an int64 holds in any case


class Places(Sequence[str]):
    """N places as error messages have them, "data.csv: line 7", in 16 bytes each.

    What stands before the number at the end is kept once. There may be millions of them, and all
    but a few are never read: as texts they would take 100 bytes each.
    """

    def __init__(self, places: Iterable[str] = ()) -> None:
        self._heads: list[str] = []
        self._ids: dict[str, int] = {}  # of the heads
        self._which, self._numbers = array("q"), array("q")  # -1: the head is all of it
        for place in places:
            self.append(place)

    def append(self, place: str) -> None:
        """One more."""
        head, blank, tail = place.rpartition(" ")
        split = bool(blank) and tail.isdecimal() and len(tail) <= LONGEST and str(int(tail)) == tail
        head = head if split else place
        which = self._ids.setdefault(head, len(self._heads))
        if which == len(self._heads):
            self._heads.append(head)
        self._which.append(which)
        self._numbers.append(int(tail) if split else -1)

    def some(self, numbers: np.ndarray) -> Places:
        """Those of these numbers, int64 (M,)."""
        found = Places()
        found._heads, found._ids = list(self._heads), dict(self._ids)
        for mine, others in ((self._which, found._which), (self._numbers, found._numbers)):
            others.frombytes(np.array(mine, np.int64)[numbers].tobytes())
        return found

    def __len__(self) -> int:
        return len(self._which)

    def __getitem__(self, number: Any) -> Any:
        which, tail = self._which[number], self._numbers[number]
        return self._heads[which] if tail < 0 else f"{self._heads[which]} {tail}"
