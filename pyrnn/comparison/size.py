"""The hidden size that gives one cell as many parameters as another."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import replace
from functools import cache

from pyrnn.data import Tokenizer
from pyrnn.models import LanguageModel, LanguageModelConfig


def parameter_count(tokenizer: Tokenizer, config: LanguageModelConfig) -> int:
    """The parameters of a language model with this vocabulary, shared ones once.

    Counted on a model that is built for it, so that whatever a model has is in the count.
    """
    cheap = replace(config, init="torch", dtype="float32")  # orthogonal matrices take their time
    return sum(p.size for p in LanguageModel(tokenizer, cheap).network.parameters())


def of_equal_size(
    config: LanguageModelConfig, reference: LanguageModelConfig, tokenizer: Tokenizer
) -> LanguageModelConfig:
    """`config` with the hidden size that brings its parameters nearest to the reference's.

    The embedding has the reference's width, since what is compared is what stands above it. The
    smallest size is 1, so a cell may end above a tiny reference.
    """
    config = replace(config, embedding_size=reference.embedding)
    wanted = parameter_count(tokenizer, reference)

    @cache
    def count(hidden_size: int) -> int:
        return parameter_count(tokenizer, replace(config, hidden_size=hidden_size))

    highest, width = reference.hidden_size, reference.embedding
    while count(highest) < wanted:
        highest *= 2
    # More units, more parameters; but where embedding and output share their weights, a size that
    # is the embedding's width needs no projection between them, and stands apart
    rising = [size for size in range(1, highest + 1) if size != width]
    place = bisect_left(rising, wanted, key=count)
    candidates = [width, *rising[max(place - 1, 0) : place + 1]]
    nearest = min(
        candidates, key=lambda h: (abs(count(h) - wanted), abs(h - reference.hidden_size))
    )
    return replace(config, hidden_size=nearest)
