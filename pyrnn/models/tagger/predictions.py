"""What a tagger says of one input."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain
from typing import Any, NamedTuple

from pyrnn.data.schemes import Span
from pyrnn.models.tagger.sentence import Sentence

SHOWN = 100  # characters of a repr
BREAKS = frozenset(" \t\r\n")  # what ends a column or a line


class TaggedSpan(NamedTuple):
    """Some words that belong together, or some steps.

    label: of the span. text: what stands there, None for steps of numbers. first, last: its first
    character in the text and the one behind its last; the steps, where there is no text.
    """

    label: str
    text: str | None
    first: int
    last: int

    @classmethod
    def of(cls, span: Span, words: Sentence | None) -> TaggedSpan:
        """A span of steps, among words where there are some."""
        if words is None:
            return cls(span.label, None, span.first, span.end)
        first, last = words.places[span.first][0], words.places[span.end - 1][1]
        return cls(span.label, words.text[first:last], first, last)

    def to_json(self) -> dict[str, Any]:
        """All of it by name."""
        said = self._asdict()
        return {name: value for name, value in said.items() if value is not None}


@dataclass(frozen=True, repr=False)
class TagPrediction:
    """A label for each of N steps.

    labels: (N,). confidence: (N,), the probability of each label, whatever the others are.
    tokens: (N,), the words; None for steps of numbers. text: in which the words stand; None where
    there are none. spans: where labels have a scheme, the spans that they stand for; else None.
    """

    labels: tuple[Any, ...]
    confidence: tuple[float, ...]
    tokens: Sentence | None = None
    spans: tuple[TaggedSpan, ...] | None = None

    @property
    def text(self) -> str | None:
        """The text that the words stand in."""
        return None if self.tokens is None else self.tokens.text

    def __str__(self) -> str:
        if self.tokens is None:
            return " ".join(map(str, self.labels))
        pairs = zip(self.tokens, self.labels, strict=True)
        return " ".join(f"{token}/{label}" for token, label in pairs)

    def __repr__(self) -> str:
        said = str(self)
        return f"TagPrediction({said if len(said) <= SHOWN else said[: SHOWN - 3] + '...'})"

    def conll(self) -> str:
        """A line for each step, its word and its label with a tab between, and an empty one.

        Raises ValueError for a word that such a line cannot hold.
        """
        labels = tuple(map(str, self.labels))
        columns = (labels,) if self.tokens is None else (self.tokens, labels)
        for cell in chain(*columns):
            if not BREAKS.isdisjoint(cell) or not cell:
                raise ValueError(
                    "format: expected words and labels without blanks for CoNLL's columns; got "
                    f"{cell!r:.80}, which JSON lines can hold"
                )
        return "".join("\t".join(row) + "\n" for row in zip(*columns, strict=True))

    def to_json(self) -> dict[str, Any]:
        """All that there is, by name."""
        said: dict[str, Any] = {}
        if self.tokens is not None:
            said = {"text": self.text, "tokens": list(self.tokens)}
        said["labels"] = list(self.labels)
        if self.spans is not None:
            said["spans"] = [span.to_json() for span in self.spans]
        return {**said, "confidence": list(self.confidence)}
