"""Words, as the first layer of a model reads them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NoReturn

import numpy as np

KEPT = 10_000  # words whose rows are kept: with 130 numbers each, 5 MB


class StreamedWords:
    """What stands in front of a chain whose steps are words.

    read: n different words -> the rows of the table behind it, int64 (n,), or what the layer behind
        it reads, (n, I).
    like: what `read` gives for no words.

    Most words of a text have been there before, so what was read of them is kept.
    """

    def __init__(self, read: Callable[[Sequence[str]], np.ndarray], like: np.ndarray) -> None:
        self._read, self._like = read, like
        self._kept: dict[str, Any] = {}

    def one(self, name: str, value: Any) -> Any:
        """The id of a word, or its numbers (I,). TypeError, ValueError for anything else."""
        if type(value) is str and (kept := self._kept.get(value)) is not None:
            return kept
        if not isinstance(value, str) or not value:
            self._refuse(name, "a word", value)
        return self._rows([value])[0]

    def block(self, name: str, value: Any, row: str = "step") -> np.ndarray:
        """Those of n words, int64 (n,) or (n, I). TypeError, ValueError for anything else.

        row: what the message calls a place.
        """
        if isinstance(value, np.ndarray):
            value = value.tolist()
        if not isinstance(value, list | tuple):
            self._refuse(name, "a list of words", value)
        for place, word in enumerate(value):
            if not isinstance(word, str) or not word:
                self._refuse(f"{name}: {row} {place}", "a word", word)
        return np.stack(self._rows(value)) if len(value) else self._like

    def _rows(self, words: Sequence[str]) -> list[Any]:
        kept = self._kept
        rows = [kept.get(word) for word in words]
        new = dict.fromkeys(word for word, row in zip(words, rows, strict=True) if row is None)
        if not new:
            return rows
        read = dict(zip(new, self._read([*new]), strict=True))
        if len(kept) + len(read) > KEPT:
            kept.clear()
        if len(read) <= KEPT:
            kept.update(read)
        return [read[word] if row is None else row for word, row in zip(words, rows, strict=True)]

    @staticmethod
    def _refuse(name: str, expected: str, value: Any) -> NoReturn:
        if isinstance(value, str) and expected == "a word":
            raise ValueError(f"{name}: expected a word; got an empty one")
        raise TypeError(f"{name}: expected {expected}; got {type(value).__name__} {value!r:.40}")
