"""A long text as batches of parallel streams, for truncated backpropagation through time.

A text of N ids has N - 1 targets: each id but the first is to be told from those before it. The
text is cut into B streams that are read side by side, `steps` ids a batch; the state that a stream
ends a batch with is the one it begins the next with, but for a reset: where a document begins, the
network starts anew.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from pyrnn.kernels.scalars import integer

IGNORED = -100  # a target that is not scored
KINDS = tuple(map(np.dtype, (np.int64, np.uint8, np.uint16, np.uint32)))  # of ids
BLOCK = 1 << 20  # ids digested at once


class TextTooShortError(ValueError):
    """A text has fewer tokens than what is asked of it needs."""


@dataclass(frozen=True)
class StreamBatch:
    """One piece of every stream.

    inputs: int64 (T, B), C-contiguous, time first.
    targets: int64 (T, B): the id that follows each input, or IGNORED.
    reset: bool (T, B): which inputs are read from zeros, without a state; None for none.
    """

    inputs: np.ndarray
    targets: np.ndarray
    reset: np.ndarray | None = None

    @property
    def sequences(self) -> int:
        """The number of streams, B."""
        return self.inputs.shape[1]

    @property
    def tokens(self) -> int:
        """The number of targets that are scored."""
        return int(np.count_nonzero(self.targets != IGNORED))


class TrainingStreams:
    """The training text in B streams of equal length.

    ids: int64 (N,), or of a shorter unsigned type; it may be mapped from a file.
    batch_size: B, the number of streams. Fewer than B targets at the end of the text are not used.
    steps: T, the ids of one stream in one batch. The last batch of an epoch may be shorter.
    shift: None (the default), or a seed: each epoch then starts a random number, 0 to steps - 1, of
        ids into the text, so that the cuts between batches fall elsewhere from epoch to epoch.
    resets: int64 (D,), rising: the places of ids that are read without a state; None (the default)
        for none.
    Batch k of epoch e depends on these and (e, k) alone: a pair of numbers is
    all that a checkpoint needs.
    Raises TextTooShortError for a text of fewer than B + 1 ids (B + steps with `shift`).
    """

    def __init__(
        self,
        ids: np.ndarray,
        batch_size: int,
        steps: int,
        *,
        shift: int | None = None,
        resets: np.ndarray | None = None,
    ) -> None:
        _check(ids, batch_size, steps)
        if shift is not None:
            integer("shift", shift, least=0)
        least = batch_size + (1 if shift is None else steps)
        if len(ids) < least:
            shifted = "" if shift is None else f", shifted by up to {steps},"
            raise TextTooShortError(
                f"the training text has {len(ids)} tokens; batch_size={batch_size}{shifted} "
                f"needs at least {least}"
            )
        self.ids = ids
        self.batch_size = batch_size
        self.steps = steps
        self.shift = shift
        self._resets = Resets(resets, len(ids))

    def length(self, epoch: int) -> int:
        """The batches of an epoch."""
        return -(-self._length(self._offset(epoch)) // self.steps)

    def _length(self, offset: int) -> int:
        """The targets of one stream."""
        return (len(self.ids) - 1 - offset) // self.batch_size

    def _offset(self, epoch: int) -> int:
        if self.shift is None:
            return 0
        return int(np.random.default_rng((self.shift, epoch)).integers(self.steps))

    def epoch(self, number: int, start: int = 0) -> Iterator[StreamBatch]:
        """The batches of epoch `number` (from 0), from batch `start` on.

        TypeError, ValueError: at the call, unless both are integers of at least 0.
        """
        integer("number", number, least=0)
        integer("start", start, least=0)
        return self._batches(number, start)

    def _batches(self, number: int, start: int) -> Iterator[StreamBatch]:
        offset = self._offset(number)
        length = self._length(offset)
        end = offset + length * self.batch_size
        # (length, B), views: stream b reads the ids from offset + b * length on
        inputs = self.ids[offset:end].reshape(self.batch_size, -1).T
        targets = self.ids[offset + 1 : end + 1].reshape(self.batch_size, -1).T
        first = offset + np.arange(self.batch_size) * length  # (B,)
        for t in range(start * self.steps, length, self.steps):
            piece = slice(t, min(t + self.steps, length))
            yield StreamBatch(
                np.ascontiguousarray(inputs[piece], np.int64),
                np.ascontiguousarray(targets[piece], np.int64),
                self._resets.among(first + t, piece.stop - t),
            )

    def fingerprint(self) -> str:
        """A digest of the ids and the resets, by which a resumed run knows its text."""
        return fingerprint(self.ids) + self._resets.fingerprint()


class EvaluationStreams:
    """A text in B streams, with each of its N - 1 targets scored exactly once.

    A stream that begins in the middle of the text first reads the `context` ids before its own
    part, unscored, so that its first targets are not guessed from an empty state. Streams thus
    overlap by `context` inputs, and the last is filled up with IGNORED targets.

    ids, resets: as in `TrainingStreams`, N >= 2.
    batch_size: B at most; a short text gets fewer streams, so that each scores at least `context`.
    steps: T, the ids of one stream in one batch.
    Raises TextTooShortError for a single id or none.
    """

    def __init__(
        self,
        ids: np.ndarray,
        batch_size: int,
        steps: int,
        context: int = 128,
        *,
        resets: np.ndarray | None = None,
    ) -> None:
        _check(ids, batch_size, steps)
        if len(ids) < 2:
            raise TextTooShortError(
                f"a text to evaluate: expected at least 2 tokens; got {len(ids)}"
            )
        integer("context", context, least=0)
        targets = len(ids) - 1
        self.ids = ids
        self.steps = steps
        self.context = context
        self._resets = Resets(resets, len(ids))
        self.batch_size = max(1, min(batch_size, targets // max(1, 2 * context)))

    def __iter__(self) -> Iterator[StreamBatch]:
        rows, context, targets = self.batch_size, self.context, len(self.ids) - 1
        # The first stream scores all its inputs, every other all but its first `context`:
        # rows * length - (rows - 1) * context >= targets
        length = -(-(targets + (rows - 1) * context) // rows)
        first = np.arange(rows) * (length - context)  # (B,)
        for t in range(0, length, self.steps):
            places = np.arange(t, min(t + self.steps, length))[:, None] + first  # (T, B)
            beyond = places >= targets
            places[beyond] = 0  # any id will do: nothing after the end of the text is scored
            inputs = self.ids[places].astype(np.int64, copy=False)
            following = self.ids[places + 1].astype(np.int64, copy=False)
            following[beyond] = IGNORED
            following[: max(0, context - t), 1:] = IGNORED
            yield StreamBatch(inputs, following, self._resets.among(first + t, len(places)))

    def fingerprint(self) -> str:
        """A digest of the ids and the resets."""
        return fingerprint(self.ids) + self._resets.fingerprint()


class Resets:
    """Which of N ids are read without a state.

    places: int64 (D,), rising, from 0 to N - 1; None for none.
    """

    def __init__(self, places: np.ndarray | None, count: int) -> None:
        self._places = np.zeros(0, np.int64) if places is None else places
        if not isinstance(self._places, np.ndarray):
            raise TypeError(f"resets: expected an array; got {type(places).__name__}")
        if self._places.ndim != 1 or self._places.dtype != np.int64:
            raise ValueError(f"resets: expected int64 of shape (D,); got {self._places!r:.80}")
        inside = (self._places >= 0) & (self._places < count)
        if not inside.all() or (np.diff(self._places) <= 0).any():
            raise ValueError(
                f"resets: expected rising places from 0 to {count - 1}; got {self._places!r:.80}"
            )

    def among(self, first: np.ndarray, steps: int) -> np.ndarray | None:
        """Those of B streams that go on from `first`, int64 (B,), for so many steps: bool (T, B);
        None where there are none."""
        begins, ends = np.searchsorted(self._places, [first, first + steps])  # (B,)
        if (begins == ends).all():
            return None
        mask = np.zeros((steps, len(first)), dtype=bool)
        for row in np.flatnonzero(begins < ends).tolist():
            mask[self._places[begins[row] : ends[row]] - first[row], row] = True
        return mask

    def fingerprint(self) -> str:
        """A digest, empty where there are none."""
        return f"+{fingerprint(self._places)}" if len(self._places) else ""


def fingerprint(ids: np.ndarray) -> str:
    """A digest of ids: their number and the SHA-256 of their bytes as little-endian int64."""
    digest = hashlib.sha256()
    for first in range(0, len(ids), BLOCK):
        digest.update(np.ascontiguousarray(ids[first : first + BLOCK], "<i8").data)
    return f"{len(ids)}:{digest.hexdigest()}"


def _check(ids: np.ndarray, batch_size: int, steps: int) -> None:
    if not isinstance(ids, np.ndarray):
        raise TypeError(f"ids: expected an int64 array (N,); got {type(ids).__name__}")
    if ids.ndim != 1 or ids.dtype not in KINDS:
        raise ValueError(
            "ids: expected int64 (or uint8, uint16, uint32) of shape (N,); got "
            f"{ids.dtype} of shape {ids.shape}"
        )
    integer("batch_size", batch_size, least=1)
    integer("steps", steps, least=1)
