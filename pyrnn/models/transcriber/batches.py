"""Sequences of frames with the symbols of their texts, in batches; both are ragged."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from pyrnn.data import Packed
from pyrnn.models.examples import ExampleBatch, ExampleBatches


@dataclass(frozen=True)
class TranscriptBatch(ExampleBatch):
    """See `ExampleBatch`; targets are int64 (B, L), zeros past each text's end.

    target_lengths: int64 (B,), the symbols of each text; None without targets. possible: bool (B,),
    whether the steps have room for it; None where all do.
    """

    target_lengths: np.ndarray | None = None
    possible: np.ndarray | None = None

    @property
    def symbols(self) -> int:
        """Those of all texts that there is room for, of which an empty one counts as one."""
        assert self.target_lengths is not None
        counts = np.maximum(self.target_lengths, 1)
        return int((counts if self.possible is None else counts[self.possible]).sum())


class TranscriptBatches(ExampleBatches):
    """See `ExampleBatches`. possible: bool (N,), see `TranscriptBatch`; or None."""

    possible: np.ndarray | None = None

    def _batch(self, numbers: np.ndarray) -> TranscriptBatch:
        found = super()._batch(numbers)
        parts: dict[str, Any] = {field.name: getattr(found, field.name) for field in fields(found)}
        lengths = None
        if isinstance(self.targets, Packed):
            parts["targets"] = np.ascontiguousarray(parts["targets"].T)
            lengths = self.targets.lengths[numbers]
        possible = None if self.possible is None else self.possible[numbers]
        return TranscriptBatch(**parts, target_lengths=lengths, possible=possible)
