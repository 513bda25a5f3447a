"""How near texts come to those that are right; BLEU and chrF are sacrebleu's (Post 2018, arXiv
1804.08771), whose signature says how they were computed.

    exact_match   the share of texts that are what they should be, letter by letter
    bleu          Papineni et al. 2002, up to four words, from 0 to 100
    chrf          Popović 2015, up to six characters, from 0 to 100

Both compare natural text, as a reader has it: what was cut into tokens is put together before.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Self


class MissingSacrebleuError(ImportError):
    """BLEU or chrF was asked for, and sacrebleu cannot be imported."""


class ExactMatch:
    """exact_match of texts, or of anything that can be compared."""

    def __init__(self) -> None:
        self.examples = 0
        self.right = 0

    def update(self, references: Sequence[Any], hypotheses: Sequence[Any], /) -> None:
        """Take in a batch: what is right, and what the model said, one for one.

        Raises ValueError unless there are as many of both; nothing is taken in then.
        """
        check_count(references, hypotheses)
        self.examples += len(references)
        self.right += sum(a == b for a, b in zip(references, hypotheses, strict=True))

    def merge(self, other: Self, /) -> None:
        """Take in all that another one has."""
        self.examples += other.examples
        self.right += other.right

    def compute(self) -> dict[str, float]:
        """{"exact_match": from 0 to 1}. Raises ValueError where nothing was taken in."""
        if not self.examples:
            raise ValueError("examples: expected at least one; got none")
        return {"exact_match": self.right / self.examples}


class Translation(ExactMatch):
    """bleu, chrf and exact_match of texts, each with one reference.

    tokenize: how BLEU cuts texts into words: "13a" (the default; languages with blanks between
        words), "intl", "zh", "char" and others of sacrebleu's.

    Raises MissingSacrebleuError where sacrebleu is absent, ValueError for a name that it does not
    know.
    """

    def __init__(self, tokenize: str = "13a") -> None:
        super().__init__()
        try:
            from sacrebleu.metrics import BLEU, CHRF
        except ImportError as error:
            raise MissingSacrebleuError(
                f"bleu and chrf need sacrebleu ({error}): pip install sacrebleu"
            ) from error
        if tokenize not in BLEU.TOKENIZERS:
            known = ", ".join(BLEU.TOKENIZERS)
            raise ValueError(f"tokenize: expected one of {known}; got {tokenize!r:.80}")
        self.tokenize = tokenize
        self._bleu, self._chrf = BLEU(tokenize=tokenize), CHRF()
        self._references: list[str] = []
        self._hypotheses: list[str] = []

    def update(self, references: Sequence[str], hypotheses: Sequence[str], /) -> None:
        """As `ExactMatch`. Raises TypeError for what is no text; nothing is taken in then."""
        check_count(references, hypotheses)
        for name, texts in (("references", references), ("hypotheses", hypotheses)):
            for number, text in enumerate(texts):
                if not isinstance(text, str):
                    raise TypeError(
                        f"{name}[{number}]: expected a text; got {type(text).__name__} {text!r:.80}"
                    )
        super().update(references, hypotheses)
        self._references += references
        self._hypotheses += hypotheses

    def merge(self, other: Self, /) -> None:
        """Take in all that another one has. Raises ValueError for other words in BLEU."""
        if other.tokenize != self.tokenize:
            raise ValueError(f"tokenize: expected {self.tokenize!r}; got {other.tokenize!r:.80}")
        super().merge(other)
        self._references += other._references
        self._hypotheses += other._hypotheses

    def compute(self) -> dict[str, float]:
        """The three numbers by name. Raises ValueError where nothing was taken in."""
        exact = super().compute()
        found = {
            name: float(metric.corpus_score(self._hypotheses, [self._references]).score)
            for name, metric in self._metrics.items()
        }
        return {**found, **exact}

    @property
    def signatures(self) -> dict[str, str]:
        """What sacrebleu calls the way in which each was computed, by name; after `compute`."""
        return {name: str(metric.get_signature()) for name, metric in self._metrics.items()}

    @property
    def _metrics(self) -> Mapping[str, Any]:
        return {"bleu": self._bleu, "chrf": self._chrf}


def check_count(references: Sequence[Any], hypotheses: Sequence[Any]) -> None:
    for name, values in (("references", references), ("hypotheses", hypotheses)):
        if isinstance(values, str):
            raise TypeError(f"{name}: expected a list of texts; got one text")
    if len(references) != len(hypotheses):
        raise ValueError(
            f"hypotheses: expected {len(references)}, one for each reference; got {len(hypotheses)}"
        )
