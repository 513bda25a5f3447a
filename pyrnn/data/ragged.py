"""Batches of sequences of unequal length, drawn so that neighbours in a batch are about as long."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from pyrnn.data.padding import pad
from pyrnn.data.streams import fingerprint
from pyrnn.kernels.scalars import integer


@dataclass(frozen=True)
class RaggedBatch:
    """B sequences, as the collation that is the default makes them.

    inputs: (T, B, ...), time first, zeros past each length.
    lengths: int64 (B,).
    numbers: int64 (B,): which example each row is.
    """

    inputs: np.ndarray
    lengths: np.ndarray
    numbers: np.ndarray

    @property
    def sequences(self) -> int:
        """The number of sequences, B."""
        return len(self.numbers)


def padded(items: list[tuple[int, Any]]) -> RaggedBatch:
    """The batch of (number, sequence) pairs: the sequences padded to the longest of them."""
    inputs, lengths = pad([example for _, example in items])
    return RaggedBatch(inputs, lengths, np.array([number for number, _ in items], np.int64))


class RaggedBatches:
    """Examples in batches of sequences of unequal length.

    A kernel's work follows the sum of lengths, yet rows of about one length share its tiles best,
    and padding takes memory. So each epoch shuffles the examples, cuts their order into pools of
    `bucket * batch_size`, sorts each pool by length, cuts it into batches, and shuffles these.

    examples: read by number only (`len`, `[k]`), so they may lie in a file.
    batch_size: B; the last batch cut has what is left, unless `drop_last`.
    lengths: int64 (N,), of the examples; default len(example), which reads each of them once.
    bucket: the batches of one pool, at least 1; default 50. More of them: less padding, and batches
        that differ less from epoch to epoch. 1: the lengths do not decide which examples share a
        batch.
    seed: of the shuffling, at least 0.
    shuffle: False for evaluation: all examples by rising length, equal ones in their own order, the
        same in every epoch. The batches' `numbers` say where each belongs.
    drop_last: leave out, at random, the examples that fill no batch; only beside `shuffle`.
    collate: list of (number, example) -> batch, with `sequences` (B) and, for what must follow an
        example through batches, `numbers` (B,); default `padded`.
    Batch k of epoch e depends on (seed, e, k) and the lengths alone.
    Raises TypeError, ValueError: no examples, fewer than a batch with `drop_last`, or lengths that
        are not N whole numbers of at least 0.
    """

    def __init__(
        self,
        examples: Sequence[Any],
        batch_size: int,
        *,
        lengths: np.ndarray | Sequence[int] | None = None,
        bucket: int = 50,
        seed: int = 0,
        shuffle: bool = True,
        drop_last: bool = False,
        collate: Callable[[list[tuple[int, Any]]], Any] = padded,
    ) -> None:
        self.examples = examples
        self.batch_size = integer("batch_size", batch_size, least=1)
        self.bucket = integer("bucket", bucket, least=1)
        self.seed = integer("seed", seed, least=0)
        if drop_last and not shuffle:  # in order of length, it would leave out the longest
            raise ValueError("drop_last: expected False beside shuffle=False; got True")
        self.shuffle = shuffle
        self.drop_last = drop_last
        self.collate = collate
        least = self.batch_size if drop_last else 1
        if len(examples) < least:
            raise ValueError(f"examples: expected at least {least}; got {len(examples)}")
        self.lengths = _lengths(examples, lengths)

    def length(self, epoch: int) -> int:
        """The batches of an epoch."""
        whole, rest = divmod(len(self.examples), self.batch_size)
        return whole + (rest > 0 and not self.drop_last)

    def epoch(self, number: int, start: int = 0) -> Iterator[Any]:
        """The batches of epoch `number` (from 0), from batch `start` on.

        TypeError, ValueError: at the call, unless both are integers of at least 0.
        """
        number = integer("number", number, least=0)
        start = integer("start", start, least=0)
        return self._batches(number, start)

    def __iter__(self) -> Iterator[Any]:
        """The batches of epoch 0."""
        return self.epoch(0)

    def _batches(self, number: int, start: int) -> Iterator[Any]:
        order, cuts = self._order(number)
        for cut in cuts[start:].tolist():
            yield self._batch(order[cut : cut + self.batch_size])

    def _batch(self, numbers: np.ndarray) -> Any:
        """The examples of these numbers, int64 (B,), as a batch."""
        return self.collate([(k, self.examples[k]) for k in numbers.tolist()])

    def _order(self, epoch: int) -> tuple[np.ndarray, np.ndarray]:
        """The examples of an epoch, (N,), and the place in it where each batch begins, (K,)."""
        if not self.shuffle:
            cuts = np.arange(self.length(epoch)) * self.batch_size
            return np.argsort(self.lengths, kind="stable"), cuts
        rng = np.random.default_rng((self.seed, epoch))
        order = rng.permutation(len(self.lengths))
        if self.drop_last:  # before the sorting: else it would always be the longest
            order = order[: self.length(epoch) * self.batch_size]
        pools = np.arange(len(order)) // (self.bucket * self.batch_size)
        order = order[np.lexsort((self.lengths[order], pools))]  # stable, by pool, then by length
        return order, rng.permutation(self.length(epoch)) * self.batch_size

    def waste(self, epoch: int) -> float:
        """The share of padding in an epoch's batches, 0 to 1, each padded to its longest."""
        order, cuts = self._order(epoch)
        cuts = np.sort(cuts)
        lengths = self.lengths[order]
        rows = np.diff(np.append(cuts, len(order)))
        places = int((np.maximum.reduceat(lengths, cuts) * rows).sum())
        return 1 - int(lengths.sum()) / places if places else 0.0

    def fingerprint(self) -> str:
        """A digest of the lengths, on which the batches depend."""
        return fingerprint(self.lengths)


def _lengths(examples: Sequence[Any], lengths: Any) -> np.ndarray:
    if lengths is None:
        lengths = [len(examples[k]) for k in range(len(examples))]
    found = np.array(lengths)
    if found.dtype.kind not in "iu":
        raise TypeError(f"lengths: expected whole numbers; got {found.dtype}")
    if found.shape != (len(examples),):
        raise ValueError(
            f"lengths: expected one for each of {len(examples)} examples; got shape {found.shape}"
        )
    if (found < 0).any():
        raise ValueError(f"lengths: expected at least 0; got {found.min()}")
    found = found.astype(np.int64)
    found.flags.writeable = False
    return found
