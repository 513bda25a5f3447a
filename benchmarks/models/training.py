"""pyrnn's side of a contest: the loop that `fit` runs, a step at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import count
from typing import Any

import numpy as np


class PyrnnTraining:
    """`fit` of a model on data, a step at a time and without end.

    weights: what it begins with, by name. batches: those of an epoch, by its number.
    """

    def __init__(self, model: Any, data: Sequence[Any], options: Any) -> None:
        without_end = replace(
            options,
            epochs=10**6,
            log_every=10**6,
            checkpoint_every=10**9,
            checkpoint_minutes=None,
        )
        self.model = model
        loop = model.training(*data, options=without_end)
        self.batches: Any = loop.task.batches
        self.weights = {k: np.array(v) for k, v in model.network.state_dict().items()}
        self.records = iter(loop.run())

    def step(self) -> float:
        """One update; the loss before it."""
        record: Any = next(self.records)
        return float(record.loss)


def endless(batches: Any) -> Iterator[Any]:
    """The batches of epoch 0, 1, 2, ..."""
    for epoch in count():
        yield from batches.epoch(epoch)
