"""From the outputs of the network to symbols."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pyrnn.decoding import Transcript, greedy
from pyrnn.models.transcriber.network import BLANK
from pyrnn.models.transcriber.settings import TranscriberDecoding


def transcripts(
    z: np.ndarray, lengths: np.ndarray, decoding: TranscriberDecoding
) -> Sequence[Sequence[Transcript]]:
    """What is read in each of B sequences, best first. z: (T, B, C). lengths: int64 (B,)."""
    return [[one] for one in greedy(z, lengths, blank=BLANK)]
