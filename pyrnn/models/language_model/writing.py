"""What a trained network writes: a prompt is read, then chosen tokens are fed back."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from itertools import islice

import numpy as np

from pyrnn.data import Tokenizer
from pyrnn.decoding import Choice, continuation
from pyrnn.models.language_model.network import LanguageNetwork
from pyrnn.models.language_model.reading import read, step


def write(
    network: LanguageNetwork, tokenizer: Tokenizer, prompt: str, length: int, choose: Choice
) -> Iterator[str]:
    """`length` tokens after the prompt, each as a piece of text.

    The prompt is read at the call, the tokens are written as they are asked for. Raises ValueError
    for an empty prompt where the vocabulary has no newline.
    """
    logits, state = read(network, prompt_ids(tokenizer, prompt))
    written = continuation(partial(step, network), logits, state, choose)
    chosen = (int(ids[0]) for ids in islice(written, length))
    return tokenizer.pieces(chosen, after=prompt)


def prompt_ids(tokenizer: Tokenizer, prompt: str, name: str = "prompt") -> np.ndarray:
    """The ids to begin with, int64 (N,), N >= 1: an empty prompt stands for a newline.

    name: what an error message calls it.
    """
    ids = tokenizer.encode(prompt)
    if len(ids):
        return ids
    if tokenizer.newline_id is None:
        raise ValueError(
            f"{name}: expected a beginning, since the vocabulary has no newline to stand for an "
            "empty one; got none"
        )
    return np.array([tokenizer.newline_id], dtype=np.int64)
