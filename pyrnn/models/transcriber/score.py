"""How far transcriptions are from the texts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from pyrnn.metrics import LabelErrors
from pyrnn.metrics.label_errors import edits
from pyrnn.models.report import Mistake
from pyrnn.models.transcriber.symbols import Symbols


class Score:
    """label_error and exact_match, by symbols; word_error of texts that are words.

    symbols: how they are written. targets: of the data.
    """

    def __init__(self, symbols: Symbols, targets: Sequence[Any]) -> None:
        self.symbols, self.targets = symbols, targets
        self.errors = LabelErrors()
        self.words = LabelErrors() if symbols.spaced else None

    def update(self, numbers: Sequence[int], said: Sequence[Sequence[int]], /) -> None:
        """Take in a batch: which examples it has, and the outputs that were read in each."""
        right = [self.targets[number] for number in numbers]
        truths = [self.symbols.truth(target).tolist() for target in right]
        self.errors.update(truths, [list(outputs) for outputs in said])
        if self.words is not None:
            texts = [self.symbols.text(outputs).split() for outputs in said]
            self.words.update([self.symbols.words(target) for target in right], texts)

    def merge(self, other: Score, /) -> None:
        """Take in all that another one has."""
        self.errors.merge(other.errors)
        if self.words is not None and other.words is not None:
            self.words.merge(other.words)

    def compute(self) -> dict[str, float]:
        """The numbers by name. Raises ValueError where nothing was taken in."""
        found = self.errors.compute()
        kept = {name: found[name] for name in ("label_error", "exact_match")}
        if self.words is not None:
            kept["word_error"] = self.words.compute()["label_error"]
        return kept


def mistake(
    symbols: Symbols, number: int, shown: str, target: Any, said: Sequence[int]
) -> Iterator[Mistake]:
    """What is wrong in a transcription, if anything; the error is how many symbols.

    number: which example it is. shown: its input in a report. said: the outputs that were read.
    """
    truth = symbols.truth(target).tolist()
    if truth != list(said):
        wrong = sum(edits([truth], [said])[1:])
        right, text = symbols.said(target), symbols.text(said)
        yield Mistake(number, shown, right, text, error=float(wrong))
