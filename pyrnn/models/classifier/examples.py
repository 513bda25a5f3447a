"""Texts with labels, and their batches."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from pyrnn.data import RaggedBatches, pad


class LabelledTexts(NamedTuple):
    """N texts, and their labels, (N,); without labels they are to be predicted."""

    texts: Sequence[str]
    labels: Sequence[Any] | None = None

    def some(self, numbers: np.ndarray) -> LabelledTexts:
        """Those of these numbers."""
        chosen = numbers.tolist()
        labels = self.labels
        return LabelledTexts(
            [self.texts[k] for k in chosen],
            None if labels is None else [labels[k] for k in chosen],
        )


@dataclass(frozen=True)
class LabelledBatch:
    """B sequences.

    inputs: int64 (T, B), time first, zeros past each length. lengths: int64 (B,).
    targets: int64 (B,), the classes, or None. numbers: int64 (B,): which example each row is.
    weights: float64 (C,), of the classes in the loss, or None where all weigh the same.
    """

    inputs: np.ndarray
    lengths: np.ndarray
    targets: np.ndarray | None
    numbers: np.ndarray
    weights: np.ndarray | None = None

    @property
    def sequences(self) -> int:
        """The number of sequences, B."""
        return len(self.numbers)


class LabelledBatches(RaggedBatches):
    """Sequences of ids with their classes, in batches by length.

    sequences: int64 (N_k,) each. targets: int64 (N,), or None. weights: see `LabelledBatch`.
    batch_size, how: see `RaggedBatches`.
    """

    def __init__(
        self,
        sequences: Sequence[np.ndarray],
        targets: np.ndarray | None,
        batch_size: int,
        weights: np.ndarray | None = None,
        **how: Any,
    ) -> None:
        self.targets, self.weights = targets, weights
        lengths = np.fromiter(map(len, sequences), np.int64, len(sequences))
        super().__init__(sequences, batch_size, lengths=lengths, collate=self._collate, **how)

    def _collate(self, items: list[tuple[int, np.ndarray]]) -> LabelledBatch:
        numbers = np.array([number for number, _ in items], np.int64)
        inputs, lengths = pad([ids for _, ids in items])
        targets = None if self.targets is None else self.targets[numbers]
        return LabelledBatch(inputs, lengths, targets, numbers, self.weights)

    def fingerprint(self) -> str:
        """A digest of all ids, their lengths and their classes."""
        digest = hashlib.sha256()
        targets = [] if self.targets is None else [self.targets]
        for part in (self.lengths, *self.examples, *targets):
            digest.update(part.astype("<i8").tobytes())
        return f"{len(self.examples)}:{digest.hexdigest()}"


def shortened(ids: np.ndarray, most: int | None, keep: str) -> np.ndarray:
    """The last, or the first, `most` ids."""
    if most is None or len(ids) <= most:
        return ids
    return ids[-most:] if keep == "last" else ids[:most]
