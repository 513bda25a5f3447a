"""Inputs with their targets, and their batches."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from pyrnn.data import RaggedBatches, pad


class Pairs(NamedTuple):
    """N inputs, and their targets (N,); without targets they are to be predicted."""

    inputs: Sequence[Any]
    targets: Sequence[Any] | None = None

    def some(self, numbers: np.ndarray) -> Pairs:
        """Those of these numbers, int64 (M,)."""
        chosen, targets = numbers.tolist(), self.targets
        return Pairs(
            [self.inputs[k] for k in chosen],
            None if targets is None else [targets[k] for k in chosen],
        )


@dataclass(frozen=True)
class PairBatch:
    """B sequences with their targets.

    inputs: (T, B, ...), time first, zeros past each length. lengths: int64 (B,).
    targets: (B, ...), or None. numbers: int64 (B,): which example each row is.
    weights: of the classes in the loss, or None where all weigh the same.
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


class PairBatches(RaggedBatches):
    """Sequences with their targets, in batches by length.

    sequences: arrays (N_k, ...). targets: (N, ...), or None. weights: see `PairBatch`.
    batch_size, how: see `RaggedBatches`.
    """

    def __init__(
        self,
        sequences: Sequence[np.ndarray],
        targets: np.ndarray | None,
        batch_size: int,
        *,
        weights: np.ndarray | None = None,
        **how: Any,
    ) -> None:
        self.targets, self.weights = targets, weights
        lengths = np.fromiter(map(len, sequences), np.int64, len(sequences))
        super().__init__(sequences, batch_size, lengths=lengths, collate=self._collate, **how)

    def _collate(self, items: list[tuple[int, np.ndarray]]) -> PairBatch:
        numbers = np.array([number for number, _ in items], np.int64)
        inputs, lengths = pad([sequence for _, sequence in items])
        targets = None if self.targets is None else self.targets[numbers]
        return PairBatch(inputs, lengths, targets, numbers, self.weights)

    def fingerprint(self) -> str:
        """A digest of all sequences, their lengths and their targets."""
        digest = hashlib.sha256()
        targets = [] if self.targets is None else [self.targets]
        for part in (self.lengths, *self.examples, *targets):
            little = part.astype(part.dtype.newbyteorder("<"), copy=False)
            digest.update(np.ascontiguousarray(little).data)
        return f"{len(self.examples)}:{digest.hexdigest()}"
