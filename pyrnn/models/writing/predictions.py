"""What was written for one input."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

SHOWN = 60  # characters of a text in a repr


@dataclass(frozen=True)
class WrittenText:
    """A text.

    text: what was written. tokens: the same, token by token, without the end.
    score: what it was chosen by: ln p of the tokens and the end, over the length penalty.
    finished: whether it came to its end; if not, it has as many tokens as were allowed.
    alternatives: the next best, or the other samples, where several were asked for.
    """

    text: str
    score: float
    tokens: tuple[str, ...]
    finished: bool
    alternatives: tuple[Self, ...] = ()

    def __str__(self) -> str:
        every = (self.text, *(one.text for one in self.alternatives))
        return " ||| ".join(" ".join(text.splitlines()) for text in every)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({shown(self.text)!r}, score {self.score:.4f})"

    def to_json(self) -> dict[str, Any]:
        """All of it by name, but for arrays."""
        content: dict[str, Any] = {
            "text": self.text,
            "score": self.score,
            "tokens": list(self.tokens),
            "finished": self.finished,
        }
        if self.alternatives:
            content["alternatives"] = [one.to_json() for one in self.alternatives]
        return content


def shown(text: str) -> str:
    """A text in a few words."""
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}..."
