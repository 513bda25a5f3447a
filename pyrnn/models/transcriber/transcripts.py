"""From the outputs of the network to symbols."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from pyrnn import functional
from pyrnn.autograd import Tensor
from pyrnn.decoding import Language, Transcript, greedy, prefix_beam
from pyrnn.models.transcriber.network import BLANK
from pyrnn.models.transcriber.settings import TranscriberDecoding


def transcripts(
    z: np.ndarray,
    lengths: np.ndarray,
    decoding: TranscriberDecoding,
    language: Language | None = None,
) -> Sequence[Sequence[Transcript]]:
    """What is read in each of B sequences, best first; its score by the likeliest path is that of
    the path. z: (T, B, C). lengths: int64 (B,)."""
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


def scored(
    z: Tensor,
    lengths: np.ndarray,
    decoding: TranscriberDecoding,
    language: Language | None = None,
) -> Sequence[Sequence[Transcript]]:
    """The same; the score is ln p of the text, of all its paths."""
    found = transcripts(z.numpy(), lengths, decoding, language)
    if decoding.beam > 1:
        return found
    texts = [list(one.ids) for (one,) in found]
    losses = (
        functional.ctc_loss(z, texts, lengths, blank=BLANK, impossible="infinite").numpy().tolist()
    )
    return [[replace(one, score=0.0 - loss)] for (one,), loss in zip(found, losses, strict=True)]
