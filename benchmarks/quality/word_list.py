"""Completions from a list of words and how often they occur: what a model must be better than."""

from __future__ import annotations

import re
from collections import Counter
from itertools import islice

WORD = re.compile(r"\w[\w'’]*")
BEGUN = re.compile(r"(\w[\w'’]*)?\Z")


class WordList:
    """A typist whose completions are the most frequent words of a text that begin as typed.

    After anything but a letter, the most frequent of all.
    """

    def __init__(self, text: str, n: int) -> None:
        self.n = n
        counts = Counter(WORD.findall(text))
        self._words = sorted(counts, key=lambda word: (-counts[word], word))
        self._known: dict[str, list[str]] = {}
        self._begun = ""

    def type(self, text: str) -> None:
        """Append a text."""
        found = BEGUN.search(self._begun + text)
        assert found is not None, "it matches nothing, too"
        self._begun = found[0]

    def offers(self) -> list[str]:
        """The n most frequent."""
        begun = self._begun
        if begun not in self._known:
            words = (w for w in self._words if w.startswith(begun) and w != begun)
            self._known[begun] = [word[len(begun) :] for word in islice(words, self.n)]
        return self._known[begun]
