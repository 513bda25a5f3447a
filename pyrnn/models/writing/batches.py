"""Inputs with the texts that are written for them, in batches."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from pyrnn.data import Packed
from pyrnn.models.examples import ExampleBatch, ExampleBatches

STEPS = 1 << 16  # of a batch that nothing is learnt from


@dataclass(frozen=True)
class WrittenBatch(ExampleBatch):
    """B inputs with their targets; see `ExampleBatch`.

    targets: int64 (U, B), ids with the end behind each, zeros past it; or None.
    target_lengths: int64 (B,), the end counted. sources: (B,), the inputs as they were given; where
    nothing is trained. forced: bool (U, B), whether the decoder reads a target's own token before
    step u; None where it always does.
    """

    target_lengths: np.ndarray | None = None
    sources: Sequence[Any] | None = None
    forced: np.ndarray | None = None


class WrittenBatches(ExampleBatches):
    """See `ExampleBatches`; batches are of about one length on both sides.

    share: epochs -> the share of tokens that are forced; None for all. given: the inputs as they
    were given, where nothing is trained. rows: where nothing is trained, the most sequences of a
    batch, which are fewer where they or their targets are long.
    """

    share: Callable[[float], float] | None = None
    given: Sequence[Any] | None = None
    rows: int | None = None

    def _batch(self, numbers: np.ndarray) -> WrittenBatch:
        inputs, lengths = self.examples.padded(numbers)
        static = None if self.static is None else self.static[numbers]
        targets = target_lengths = None
        if isinstance(self.targets, Packed):
            targets, target_lengths = self.targets.padded(numbers)
        sources = None if self.given is None else [self.given[k] for k in numbers.tolist()]
        return WrittenBatch(
            inputs, lengths, targets, numbers, static, None, self.smoothing,
            target_lengths, sources,
        )  # fmt: skip

    def _in_rows(self, most: int) -> Iterator[WrittenBatch]:
        """All of them by rising length, in batches of so many, fewer where they are long."""
        order, sizes = np.argsort(self.lengths, kind="stable"), self.lengths
        if isinstance(self.targets, Packed):
            sizes = np.maximum(sizes, self.targets.lengths)
        first = 0
        while first < len(order):
            count = min(most, len(order) - first)
            while count > 1 and count * int(sizes[order[first : first + count]].max()) > STEPS:
                count = -(-count // 2)
            yield self._batch(order[first : first + count])
            first += count

    def _batches(self, number: int, start: int) -> Iterator[Any]:
        if self.rows is not None:
            yield from self._in_rows(self.rows)
            return
        every = super()._batches(number, start)
        if self.share is None:
            yield from every
            return
        for k, batch in enumerate(every, start):
            share = self.share(number + k / self.length(number))
            draw = np.random.default_rng((self.seed, 1, number, k)).random(batch.targets.shape)
            yield WrittenBatch(**{**vars(batch), "forced": draw < share})
