"""From the outputs of the network to symbols."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pyrnn.decoding import Language, Transcript, greedy, prefix_beam
from pyrnn.models.transcriber.network import BLANK
from pyrnn.models.transcriber.settings import TranscriberDecoding


def transcripts(
    z: np.ndarray,
    lengths: np.ndarray,
    decoding: TranscriberDecoding,
    language: Language | None = None,
) -> Sequence[Sequence[Transcript]]:
    """What is read in each of B sequences, best first. z: (T, B, C). lengths: int64 (B,)."""
    if decoding.beam == 1:
        return [[one] for one in greedy(z, lengths, blank=BLANK)]
    return prefix_beam(
        z,
        lengths,
        best=decoding.nbest,
        blank=BLANK,
        width=decoding.beam,
        language=language,
        weight=0.0 if language is None else decoding.language_weight,
        bonus=decoding.symbol_bonus,
    )
