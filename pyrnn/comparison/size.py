"""The hidden size that gives one cell as many parameters as another."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import replace
from functools import cache, partial

from pyrnn.models import LanguageModelConfig, LanguageNetwork


@cache
def parameter_count(vocabulary_size: int, config: LanguageModelConfig) -> int:
    """The parameters of a language model with so many tokens, shared ones once.

    Counted on a network that is built for it, so that whatever a network has is in the count.
    """
    cheap = replace(config, init="torch", dtype="float32")  # orthogonal matrices take their time
    return sum(parameter.size for parameter in LanguageNetwork(vocabulary_size, cheap).parameters())


def of_equal_size(
    config: LanguageModelConfig, reference: LanguageModelConfig, vocabulary_size: int
) -> LanguageModelConfig:
    """`config` with the hidden size that brings its parameters nearest to the reference's.

    The embedding has the reference's width, since what is compared is what stands above it. The
    smallest size is 1, so a cell may end above a tiny reference.
    """
    config = replace(config, embedding_size=reference.embedding)
    wanted = parameter_count(vocabulary_size, reference)
    count = partial(_count_of_size, config, vocabulary_size)
    highest = reference.hidden_size
    while count(highest) < wanted:
        highest *= 2
    above = 1 + bisect_left(range(1, highest), wanted, key=count)  # the first that has as many
    nearest = min(
        (size for size in (above - 1, above) if size), key=lambda h: abs(count(h) - wanted)
    )
    return replace(config, hidden_size=nearest)


def _count_of_size(config: LanguageModelConfig, vocabulary_size: int, hidden_size: int) -> int:
    return parameter_count(vocabulary_size, replace(config, hidden_size=hidden_size))
