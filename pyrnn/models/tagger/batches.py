"""Sequences with a label a step, in batches that hold each of their different words once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from pyrnn.data import IGNORED
from pyrnn.functional.lengths import within
from pyrnn.models.examples import ExampleBatch, ExampleBatches
from pyrnn.models.sequence.inputs.words import PackedWords, Words


@dataclass(frozen=True)
class TagBatch(ExampleBatch):
    """See `ExampleBatch`; targets are int64 (T, B), IGNORED past each length.

    inputs: frames (T, B, I); or, for words, int64 (T, B), which of `words` each step is.
    words: the different ones of the batch, None for frames. given: the inputs as they were given.
    """

    words: Words | None = None
    given: Sequence[Any] = ()


class TagBatches(ExampleBatches):
    """See `ExampleBatches`.

    given: the inputs as they were given, one for each sequence.
    """

    given: Sequence[Any] = ()

    def _batch(self, numbers: np.ndarray) -> TagBatch:
        found = super()._batch(numbers)
        parts = {field.name: getattr(found, field.name) for field in fields(found)}
        there = within(found.lengths, len(found.inputs))  # (T, B)
        if found.targets is not None:
            parts["targets"] = np.where(there, found.targets, IGNORED)
        if isinstance(self.examples, PackedWords):
            words, places = np.unique(found.inputs[there], return_inverse=True)
            parts["inputs"] = np.zeros(there.shape, np.int64)
            parts["inputs"][there] = places
            parts["words"] = self.examples.words(words)
        given = [self.given[number] for number in numbers.tolist()] if self.given else ()
        return TagBatch(**parts, given=given)

    def fingerprint(self) -> str:
        """See `ExampleBatches.fingerprint`; with the words themselves."""
        words = self.examples
        more = f":{words.fingerprint()}" if isinstance(words, PackedWords) else ""
        return super().fingerprint() + more
