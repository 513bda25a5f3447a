"""Scoring a text, and what it gives."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from pyrnn.data import Corpus, EncodedText, TextTooShortError, Tokenizer
from pyrnn.data.tokenizer import expect_text
from pyrnn.metrics import Perplexity
from pyrnn.models.language_model.network import LanguageNetwork
from pyrnn.models.language_model.reading import log_likelihoods


@dataclass(frozen=True, repr=False)
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
    def evaluation(self) -> Perplexity:
        """The same in the terms of training: loss, perplexity, bits per character."""
        return Perplexity(-self.total, len(self.tokens), self.characters)

    @property
    def perplexity(self) -> float:
        """exp(-mean)."""
        return self.evaluation.perplexity

    def __repr__(self) -> str:
        count, perplexity = len(self.tokens), self.perplexity
        return f"Score({count:,} tokens: {self.mean:.4f} nats a token, perplexity {perplexity:.4g})"

    @property
    def bits_per_character(self) -> float | None:
        """-total / ln 2 for each character."""
        return self.evaluation.bits_per_character


def scored(
    network: LanguageNetwork, tokenizer: Tokenizer, text: str | Corpus, context: str | None
) -> Score:
    """What `LanguageModel.score` gives."""
    corpus = text if isinstance(text, Corpus) else Corpus.of(expect_text(text))
    encoded = EncodedText.of(corpus, tokenizer)
    before = tokenizer.encode(context or "")
    unscored = max(1, len(before))
    every = np.concatenate([before, encoded.ids]) if len(before) else encoded.ids
    if len(every) <= unscored:
        least = 1 if len(before) else 2
        raise TextTooShortError(
            f"text: expected at least {least} tokens to score; got {len(encoded.ids)}"
        )
    resets = encoded.resets + len(before)
    likelihoods = log_likelihoods(network, every, resets)[unscored - 1 :]
    names = tuple(tokenizer.token(int(i)) for i in every[unscored:])
    characters = len(corpus) if len(before) else characters_after_first(tokenizer, corpus)
    return Score(names, likelihoods, characters)


def characters_after_first(tokenizer: Tokenizer, text: Corpus) -> int:
    """The characters of a text after its first token, as they stand there, known or not."""
    beginning = ""
    for piece in tokenizer.recut(text.pieces()):
        beginning += piece
        if len(tokenizer.lookup(piece)):
            break
    return len(text) - tokenizer.first_end(beginning)
