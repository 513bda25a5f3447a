"""What an encoder is, and the one that a config names."""

from __future__ import annotations

from importlib import import_module
from typing import Any, Protocol

import numpy as np

from pyrnn.autograd import Tensor
from pyrnn.models.encoders.settings import ENCODERS, EncoderConfig


class Encoder(Protocol):
    """A module that reads sequences of tokens.

    width: what it gives for a sequence: as many numbers as the family has outputs where it is
        `linear`, and no output layer follows; else a vector for an output layer.
    """

    linear: bool
    width: int

    def __call__(self, inputs: np.ndarray, lengths: np.ndarray) -> Tensor:
        """ids int64 (T, B), lengths int64 (B,) -> (B, width)."""
        ...

    def prepare(self, ids: np.ndarray) -> np.ndarray:
        """What it reads of a sequence of ids int64 (N,) -> int64 (M,)."""
        ...


def encoder_for(
    config: EncoderConfig, vocabulary_size: int, outputs: int, rng: np.random.Generator
) -> Any:
    """The encoder that a config names."""
    module, _, name = ENCODERS[config.encoder].place.partition(":")
    return getattr(import_module(module), name)(config, vocabulary_size, outputs, rng)
