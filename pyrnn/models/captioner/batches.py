"""Vectors and classes with their texts, in batches by the length of the texts."""

from __future__ import annotations

from typing import Any

from pyrnn.data import Packed
from pyrnn.models.writing.batches import WrittenBatches


class CaptionBatches(WrittenBatches):
    """See `WrittenBatches`. An input is a sequence of one step, its vector; its classes stand
    beside it, int64 (N, K)."""

    def __init__(self, sequences: Packed, targets: Any, batch_size: int, **how: Any) -> None:
        super().__init__(sequences, targets, batch_size, **how)
        if isinstance(targets, Packed):
            self.lengths = targets.lengths
