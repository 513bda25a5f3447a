"""Scoring a text, and what it gives."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from pyrnn.data import TextTooShortError, Tokenizer
from pyrnn.models.language_model.network import LanguageNetwork
from pyrnn.models.language_model.reading import log_likelihoods
from pyrnn.training import Loss
from pyrnn.training.records import perplexity


@dataclass(frozen=True)
class Evaluation:
    """How well a model predicts a text.

    nats: the negative log-likelihood, in sum. tokens: the predicted tokens.
    characters: the characters that they stand for, or None where there are none.
    """

    nats: float
    tokens: int
    characters: int | None = None

    @property
    def loss(self) -> float:
        """Nats per token."""
        return self.nats / self.tokens

    @property
    def perplexity(self) -> float:
        """exp(loss)."""
        return perplexity(self.loss)

    @property
    def bits_per_character(self) -> float | None:
        """nats / ln 2 for each character."""
        return self.nats / math.log(2) / self.characters if self.characters else None

    def metrics(self) -> dict[str, float]:
        """All of it by name."""
        found = {"loss": self.loss, "perplexity": self.perplexity}
        bits = self.bits_per_character
        return found if bits is None else {**found, "bits_per_character": bits}


class TextMetric:
    """Evaluates a model batch by batch. characters: those that all scored tokens stand for."""

    def __init__(self, characters: int) -> None:
        self.characters = characters
        self._nats, self._tokens = 0.0, 0

    def update(self, batch: Any, found: Loss) -> None:
        """found.output: -ln p of each target (T, B)."""
        self._nats += float(found.output.sum(dtype=np.float64))
        self._tokens += found.items

    def compute(self) -> dict[str, float]:
        """loss, perplexity, bits_per_character."""
        return Evaluation(self._nats, self._tokens, self.characters).metrics()


@dataclass(frozen=True)
class Score:
    """The log-likelihood of a text, token by token.

    tokens: the scored tokens in readable form, N of them.
    log_likelihoods: float64 (N,): ln p(token | all tokens before it), in nats, each at most 0.
    characters: the characters that the scored tokens stand for.
    """

    tokens: tuple[str, ...]
    log_likelihoods: np.ndarray
    characters: int

    @property
    def total(self) -> float:
        """The log-likelihood of the whole text, in nats: the sum."""
        return float(math.fsum(self.log_likelihoods))

    @property
    def mean(self) -> float:
        """The log-likelihood per token, in nats."""
        return self.total / len(self.tokens)

    @property
    def evaluation(self) -> Evaluation:
        """The same in the terms of training: loss, perplexity, bits per character."""
        return Evaluation(-self.total, len(self.tokens), self.characters)

    @property
    def perplexity(self) -> float:
        """exp(-mean)."""
        return self.evaluation.perplexity

    @property
    def bits_per_character(self) -> float | None:
        """-total / ln 2 for each character."""
        return self.evaluation.bits_per_character


def scored(network: LanguageNetwork, tokenizer: Tokenizer, text: str, context: str | None) -> Score:
    """What `LanguageModel.score` gives."""
    ids = tokenizer.encode(text)
    before = ids[:0] if not context else tokenizer.encode(context)
    unscored = max(1, len(before))
    every = np.concatenate([before, ids])
    if len(every) <= unscored:
        raise TextTooShortError(
            f"text: expected at least {1 if len(before) else 2} tokens to score; got {len(ids)}"
        )
    likelihoods = log_likelihoods(network, every)[unscored - 1 :]
    names = tuple(tokenizer.token(int(i)) for i in every[unscored:])
    characters = len(text) if len(before) else characters_after_first(tokenizer, text)
    return Score(names, likelihoods, characters)


def characters_after_first(tokenizer: Tokenizer, text: str) -> int:
    """The characters of a text after its first token, as they stand there, known or not."""
    return len(text) - tokenizer.first_end(text)
