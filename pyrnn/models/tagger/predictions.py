"""What a tagger says of one input."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from pyrnn.data.schemes import Span
from pyrnn.models.tagger.sentence import Sentence


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
            return cls(span.label, None, span.first, span.last)
        first, last = words.places[span.first][0], words.places[span.last - 1][1]
        return cls(span.label, words.text[first:last], first, last)

    def to_json(self) -> dict[str, Any]:
        """All of it by name."""
        said = self._asdict()
        return {name: value for name, value in said.items() if value is not None}


@dataclass(frozen=True)
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

    def conll(self) -> str:
        """A line for each step, its word and its label with a tab between, and an empty one.

        Raises ValueError for a word that such a line cannot hold.
        """
        tokens: Sequence[str] = self.tokens if self.tokens is not None else ()
        wrong = next((token for token in tokens if not token.isprintable() or " " in token), None)
        if wrong is not None:
            raise ValueError(
                f"tokens: expected words without blanks for CoNLL's columns; got {wrong!r:.80}, "
                "which JSON can hold"
            )
        columns = [tokens] if self.tokens is not None else []
        rows = zip(*columns, map(str, self.labels), strict=True)
        return "".join("\t".join(row) + "\n" for row in rows)

    def to_json(self) -> dict[str, Any]:
        """All that there is, by name."""
        said: dict[str, Any] = {}
        if self.tokens is not None:
            said = {"text": self.text, "tokens": list(self.tokens)}
        said["labels"] = list(self.labels)
        if self.spans is not None:
            said["spans"] = [span.to_json() for span in self.spans]
        return {**said, "confidence": list(self.confidence)}
