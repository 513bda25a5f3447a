"""How well texts are predicted and written: loss and perplexity, BLEU, chrF and exact matches."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pyrnn.metrics import ExactMatch, Perplexity
from pyrnn.metrics import Translation as TranslationScore
from pyrnn.models.writing.predictions import WrittenText
from pyrnn.training import Loss

EXACT = "exact_match"
BY_SACREBLEU = ("bleu", "chrf")
WRITTEN = (*BY_SACREBLEU, EXACT)  # what is measured on translations
ABSENT = dict.fromkeys(BY_SACREBLEU, "not computed, since sacrebleu cannot be imported")


def measured_on_texts() -> tuple[str, ...]:
    """Those of WRITTEN that can be: BLEU and chrF need sacrebleu."""
    try:
        import sacrebleu.metrics  # noqa: F401  # one that is there may still be broken
    except ImportError:
        return (EXACT,)
    return WRITTEN


class Score:
    """A metric of pairs. targets: of the data. written: whether they are translated."""

    def __init__(self, targets: Sequence[str], written: bool) -> None:
        self.targets = targets
        self.loss = Perplexity()
        self.texts: ExactMatch | None = None
        if written:
            self.texts = TranslationScore() if len(measured_on_texts()) > 1 else ExactMatch()

    def update(self, batch: Any, output: tuple[Loss, Sequence[WrittenText] | None], /) -> None:
        """Take in the loss of a batch, and its translations where they are measured."""
        found, said = output
        self.loss.update(found.items, float(found.value.item()))
        if self.texts is not None and said is not None:
            right = [self.targets[number] for number in batch.numbers.tolist()]
            self.texts.update(right, [one.text for one in said])

    def merge(self, other: Score, /) -> None:
        """Take in all that another one has."""
        self.loss.merge(other.loss)
        if self.texts is not None and other.texts is not None:
            self.texts.merge(other.texts)

    def compute(self) -> dict[str, float]:
        """The numbers by name. Raises ValueError where nothing was taken in."""
        texts = {} if self.texts is None else self.texts.compute()
        return {**self.loss.compute(), **texts}

    @property
    def signatures(self) -> Mapping[str, str]:
        """How BLEU and chrF were computed, or why not; after `compute`."""
        return getattr(self.texts, "signatures", ABSENT)
