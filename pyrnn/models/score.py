"""What scoring a text gives."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from pyrnn.training import Evaluation


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
