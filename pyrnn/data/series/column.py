"""A column of texts, read all at once."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pyrnn.data.series.form import DIGITS, NAMES, letters_of, pattern_of


class Column:
    """The texts of a column, sorted by their shapes: each with its digits as zeros."""

    def __init__(self, cells: Sequence[str]) -> None:
        self.cells = cells
        members: dict[str, list[int]] = {}
        for place, cell in enumerate(cells):
            members.setdefault(cell.translate(DIGITS), []).append(place)
        self.members = {shape: np.array(places) for shape, places in members.items()}
        self._codes: dict[str, np.ndarray] = {}

    def codes(self, shape: str) -> np.ndarray:
        """The code points of the texts of a shape, (n, width)."""
        if shape not in self._codes:
            texts = np.array([self.cells[place] for place in self.members[shape]], dtype=np.str_)
            codes = np.ascontiguousarray(texts).view(np.uint32).reshape(len(texts), -1)
            self._codes[shape] = codes.astype(np.int64)
        return self._codes[shape]

    def fields(self, formats: Sequence[str]) -> dict[str, np.ndarray] | int:
        """What the texts say by the letters of the first of the formats, (N,) each; of a shape that
        the first one does not match, the next that does. The number of a text that none matches."""
        patterns = [pattern_of(each) for each in formats]
        found = {letter: np.zeros(len(self.cells), np.int64) for letter in letters_of(formats[0])}
        for shape, places in self.members.items():
            match = next((m for p in patterns if (m := p.fullmatch(shape)) is not None), None)
            if match is None:
                return int(places[0])
            for letter in match.groupdict():
                values = self._values(shape, letter, *match.span(letter))
                if values is None:
                    return int(places[0])
                found[letter][places] = values
        return found

    def _values(self, shape: str, letter: str, begin: int, end: int) -> np.ndarray | int | None:
        """What stands in a place of all texts of a shape; None for a name that is none."""
        text = shape[begin:end]
        if letter in NAMES:
            names = [name.casefold() for name in NAMES[letter]]
            return names.index(text.casefold()) + 1 if text.casefold() in names else None
        if letter == "p":
            return int(text[0] in "Pp")
        digits = self.codes(shape)[:, begin:end] - ord("0")
        if letter == "z":
            return _offsets(text, digits)
        values = _whole(digits)
        return values * 10 ** (9 - digits.shape[1]) if letter == "f" else values

    def widths(self, letter: str, text: str) -> set[int]:
        """How many digits a letter has, over all texts that match the format."""
        matches = (pattern_of(text).fullmatch(shape) for shape in self.members)
        return {m.end(letter) - m.start(letter) for m in matches if m is not None}


def _whole(digits: np.ndarray) -> np.ndarray:
    """(n, width) digits as whole numbers (n,)."""
    return digits @ 10 ** np.arange(digits.shape[1] - 1, -1, -1)


def _offsets(text: str, digits: np.ndarray) -> np.ndarray | int | None:
    """Offsets from UTC in minutes: Z, +01, +0100, +01:00. None for one of a day or more."""
    if text == "Z":
        return 0
    hours, minutes = _whole(digits[:, 1:3]), np.zeros(len(digits), np.int64)
    if len(text) > 3:
        minutes = _whole(digits[:, -2:])
    if (hours > 23).any() or (minutes > 59).any():
        return None
    return (hours * 60 + minutes) * (-1 if text[0] == "-" else 1)
