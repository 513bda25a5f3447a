"""Inputs with their targets and what stands beside them, and their batches."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields, replace
from itertools import chain
from typing import Any

import numpy as np

from pyrnn.data import Packed, RaggedBatches

CHUNK = 1 << 16  # steps that a digest takes at once


@dataclass(frozen=True)
class Examples(Sequence[Any]):
    """N examples; as a sequence, it is that of their inputs.

    inputs: (N,). targets: (N,), or None where they are to be predicted.
    static: N rows of the numbers and categories beside a sequence, or None.
    groups: (N,), what is held out whole, or None. names: (N,), what a file calls each, or None.
    places: (N,), where each stands in a file, for error messages, or None.
    """

    inputs: Sequence[Any]
    targets: Sequence[Any] | None = None
    static: Sequence[Any] | None = None
    groups: Sequence[Any] | None = None
    names: Sequence[Any] | None = None
    places: Sequence[str] | None = None

    def __len__(self) -> int:
        return len(self.inputs)

    def __getitem__(self, number: Any) -> Any:
        return self.inputs[number]

    def __iter__(self) -> Iterator[Any]:
        return iter(self.inputs)

    def some(self, numbers: np.ndarray) -> Examples:
        """Those of these numbers, int64 (M,)."""
        parts = {field.name: getattr(self, field.name) for field in fields(self)}
        return replace(self, **{name: _some(part, numbers) for name, part in parts.items()})


def _some(part: Any, numbers: np.ndarray) -> Any:
    if part is None:
        return None
    if hasattr(part, "some"):  # it lies in a file, perhaps
        return part.some(numbers)
    return [part[k] for k in numbers.tolist()]


@dataclass(frozen=True)
class ExampleBatch:
    """B sequences with their targets.

    inputs: (T, B, ...), time first, zeros past each length. lengths: int64 (B,).
    targets: (B, ...), or (T, B, ...) where each step has one; or None.
    numbers: int64 (B,): which example each row is. static: (B, S), or None.
    weights: of the classes in the loss, or None where all weigh the same. smoothing: of the labels.
    """

    inputs: np.ndarray
    lengths: np.ndarray
    targets: np.ndarray | None
    numbers: np.ndarray
    static: np.ndarray | None = None
    weights: np.ndarray | None = None
    smoothing: float = 0.0

    @property
    def sequences(self) -> int:
        """The number of sequences, B."""
        return len(self.numbers)


class ExampleBatches(RaggedBatches):
    """Sequences with their targets, in batches by length.

    sequences: (N_k, ...) each. targets: (N, ...), or (N_k, ...) for each where its steps have them;
    or None. static: (N, S), or None. weights, smoothing: see `ExampleBatch`.
    batch_size, how: see `RaggedBatches`.
    """

    examples: Packed

    def __init__(
        self,
        sequences: Packed,
        targets: np.ndarray | Packed | None,
        batch_size: int,
        *,
        static: np.ndarray | None = None,
        **how: Any,
    ) -> None:
        self.targets, self.static = targets, static
        self.weights: np.ndarray | None = None
        self.smoothing = 0.0
        super().__init__(sequences, batch_size, lengths=sequences.lengths, **how)

    def _batch(self, numbers: np.ndarray) -> ExampleBatch:
        inputs, lengths = self.examples.padded(numbers)
        static = None if self.static is None else self.static[numbers]
        targets = self._targets(numbers)
        return ExampleBatch(inputs, lengths, targets, numbers, static, self.weights, self.smoothing)

    def _targets(self, numbers: np.ndarray) -> np.ndarray | None:
        if isinstance(self.targets, Packed):
            return self.targets.padded(numbers)[0]
        return None if self.targets is None else self.targets[numbers]

    def fingerprint(self) -> str:
        """A digest of all sequences, their lengths, their targets and what stands beside them."""
        digest = hashlib.sha256()
        for part in (self.lengths, self.examples, self.targets, self.static):
            if part is None:
                continue
            for array in _arrays(part):
                for first in range(0, len(array), CHUNK):
                    digest.update(_little(array[first : first + CHUNK]))
        return f"{len(self.examples)}:{digest.hexdigest()}"


def packed(sequences: Iterable[Any]) -> Packed:
    """Sequences as they come, in one store; of the dtype and the shape of a step of the first one
    that has steps."""
    source = map(np.asarray, sequences)
    begin = [next(source)]
    while not len(begin[-1]) and (more := next(source, None)) is not None:
        begin.append(more)
    every = (each if len(each) else each.reshape(0) for each in chain(begin, source))
    return Packed.gather(every, begin[-1].dtype, begin[-1].shape[1:])


def _arrays(part: Any) -> Iterable[np.ndarray]:
    """What stands in a part, one after the other."""
    if not isinstance(part, Packed):
        return (part,)
    if part.numbers is None:
        return (part.values,)
    return (part[k] for k in range(len(part)))  # some of a store, in an order of their own


def _little(array: np.ndarray) -> Any:
    """The bytes of numbers, the same on every machine and in every width of whole ones."""
    if array.dtype.kind in "iu":
        array = array.astype(np.int64)
    little = array.astype(array.dtype.newbyteorder("<"), copy=False)
    return np.ascontiguousarray(little).data
