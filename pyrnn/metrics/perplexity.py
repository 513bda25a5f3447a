"""How well a language model predicts a text."""

from __future__ import annotations

import math
from dataclasses import dataclass

from pyrnn.kernels.scalars import integer, real


def perplexity(loss: float) -> float:
    """exp(loss), infinite where that overflows; loss in nats per token."""
    try:
        return math.exp(loss)
    except OverflowError:
        return math.inf


@dataclass
class Perplexity:
    """loss, perplexity and, where characters are known, bits_per_character.

    nats: the negative log-likelihood, in sum. tokens: the predicted tokens.
    characters: the characters that they stand for, or None where there are none.
    """

    nats: float = 0.0
    tokens: int = 0
    characters: int | None = None

    def update(self, tokens: int, nats: float, characters: int | None = None, /) -> None:
        """Take in predicted tokens, their nats in sum, and the characters that they stand for."""
        tokens = integer("tokens", tokens, least=0)
        nats = real("nats", nats)
        if characters is not None:
            self.characters = (self.characters or 0) + integer("characters", characters, least=0)
        self.tokens += tokens
        self.nats += nats

    def merge(self, other: Perplexity, /) -> None:
        """Take in all that another one has."""
        self.update(other.tokens, other.nats, other.characters)

    @property
    def loss(self) -> float:
        """Nats per token. Raises ValueError where there are no tokens."""
        if not self.tokens:
            raise ValueError("tokens: expected at least one; got none")
        return self.nats / self.tokens

    @property
    def perplexity(self) -> float:
        """exp(loss)."""
        return perplexity(self.loss)

    @property
    def bits_per_character(self) -> float | None:
        """nats / ln 2 for each character, None where there are none."""
        return self.nats / math.log(2) / self.characters if self.characters else None

    def compute(self) -> dict[str, float]:
        """The numbers by name. Raises ValueError where there are no tokens."""
        numbers = {"loss": self.loss, "perplexity": self.perplexity}
        bits = self.bits_per_character
        return numbers if bits is None else {**numbers, "bits_per_character": bits}
