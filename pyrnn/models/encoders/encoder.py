"""What an encoder is, and the one that a config names."""

from __future__ import annotations

from importlib import import_module
from typing import Any, NamedTuple, Protocol

import numpy as np

from pyrnn.autograd import Tensor
from pyrnn.models.encoders.settings import ENCODERS, EncoderConfig


class Reads(NamedTuple):
    """What an encoder is to read.

    tokens: V, the number of different ids, 0 for frames. features: I, the numbers of a frame, 0 for
    ids. static: S, the numbers beside a sequence, 0 for none.
    """

    tokens: int = 0
    features: int = 0
    static: int = 0


class Encoder(Protocol):
    """A module that reads sequences, of ids or of frames.

    width: what it gives for a sequence: as many numbers as the family has outputs where it is
        `linear`, and no output layer follows; else a vector for an output layer.
    """

    linear: bool
    width: int

    def __call__(
        self,
        inputs: np.ndarray,
        lengths: np.ndarray,
        static: np.ndarray | None = None,
        numbers: np.ndarray | None = None,
    ) -> Tensor:
        """ids int64 (T, B) or frames (T, B, I), lengths int64 (B,), static (B, S), the examples'
        numbers int64 (B,) -> (B, width)."""
        ...

    def prepare(self, sequence: np.ndarray) -> np.ndarray:
        """What it reads of a sequence of ids (N,) or of frames (N, I)."""
        ...

    def in_short(self) -> str:
        """What it is, in some words."""
        ...


def encoder_for(config: EncoderConfig, reads: Reads, outputs: int, rng: np.random.Generator) -> Any:
    """The encoder that a config names."""
    module, _, name = ENCODERS[config.encoder].place.partition(":")
    return getattr(import_module(module), name)(config, reads, outputs, rng)
