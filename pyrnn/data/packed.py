"""Many sequences in one flat array, in memory or, where they are large, in a file.

Python's own lists take 8 bytes an entry and an object each: a list of arrays or texts takes some
100 bytes a sequence beside what it holds. Here N sequences take the values' own bytes and 8 each;
text takes one byte a character (ASCII; up to 4 for others) and 8 a text.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, overload

import numpy as np
from numpy.typing import DTypeLike

from pyrnn.data.spool import Spool
from pyrnn.kernels.scalars import integer

LIMIT = 2**28  # bytes that stay in memory


class Packed(Sequence[np.ndarray]):
    """N sequences of steps of one shape.

    values: (sum N_k, ...), all steps. offsets: int64 (N + 1,), where each sequence begins, then
        the end of the last.
    numbers: int64 (M,): which of the sequences are meant, in which order; default None, all.
    `packed[k]` is a read-only view (N_k, ...), nothing is copied. What comes out of pickle lies in
    memory, wherever it was before.
    Raises TypeError, ValueError for other arrays than these.
    """

    def __init__(
        self, values: np.ndarray, offsets: np.ndarray, numbers: np.ndarray | None = None
    ) -> None:
        if not isinstance(values, np.ndarray) or not values.ndim:
            raise TypeError(f"values: expected an array (sum N_k, ...); got {values!r:.80}")
        self.values = values.view()
        self.values.flags.writeable = False
        self.offsets = _whole("offsets", offsets)
        if not len(self.offsets) or self.offsets[0] != 0 or self.offsets[-1] != len(values):
            raise ValueError(f"offsets: expected 0 to {len(values)}; got {self.offsets!r:.80}")
        if (np.diff(self.offsets) < 0).any():
            raise ValueError("offsets: expected rising ones; got one below that before it")
        self.numbers = None if numbers is None else _within(numbers, len(self.offsets) - 1)

    @classmethod
    def gather(
        cls,
        sequences: Iterable[Any],
        dtype: DTypeLike,
        shape: Sequence[int] = (),
        *,
        limit: int = LIMIT,
        folder: str | Path | None = None,
    ) -> Packed:
        """Sequences that are read once, one by one, and packed.

        sequences: arrays (N_k, *shape), or what NumPy makes them of; an empty list is of length 0.
        dtype: of the values: whole numbers, floats or truth values. Whole numbers must fit
            exactly (in float32 up to 2^24); floats are rounded to a shorter type.
        shape: of a step; default (), as ids have it; (I,) for frames.
        limit: bytes of values that may lie in memory; beyond, they lie in a temporary file, which
            nobody else sees and which goes with the object. Default 256 MiB.
        folder: where that file is; default the system's folder for such (TMPDIR names another: on
            some systems the default lies in memory itself).
        Memory: at most `limit` and an eighth of it, 2 MiB, 8 bytes a sequence, and twice the
        longest sequence.
        Raises TypeError, ValueError for a sequence that does not fit, naming its place, and OSError
        where the disk is full. No file is left behind.
        """
        step, kind = tuple(shape), np.dtype(dtype)
        if kind.kind not in "iufb":
            raise TypeError(f"dtype: expected one of numbers; got {kind}")
        ends = array("q", [0])
        with closing(Spool(limit, folder)) as spool:
            for place, sequence in enumerate(sequences):
                found = _converted(sequence, kind, step, f"sequences[{place}]")
                spool.write(found)
                ends.append(ends[-1] + len(found))
            values = np.frombuffer(spool.content(), kind).reshape(ends[-1], *step)
        return cls(values, np.frombuffer(ends, np.int64))

    @property
    def lengths(self) -> np.ndarray:
        """The lengths, int64 (N,)."""
        lengths = np.diff(self.offsets)
        return lengths if self.numbers is None else lengths[self.numbers]

    def some(self, numbers: Any) -> Packed:
        """The sequences of these numbers, int64 (M,), in this order, over the same values."""
        chosen = _within(numbers, len(self))
        return Packed(
            self.values, self.offsets, chosen if self.numbers is None else self.numbers[chosen]
        )

    def padded(self, numbers: Any) -> tuple[np.ndarray, np.ndarray]:
        """The sequences of these numbers, int64 (B,), as `pad` makes one array of them, without an
        object for each: of 600 words' characters in a thirtieth of the time.

        Returns (array, lengths): (T, B, ...) with T the longest length, zeros past each, int64 for
        whole numbers; int64 (B,). Raises ValueError for no numbers, and others than there are.
        """
        chosen = _within(numbers, len(self))
        if not len(chosen):
            raise ValueError("numbers: expected at least one; got none")
        if self.numbers is not None:
            chosen = self.numbers[chosen]
        first = self.offsets[chosen]
        lengths = self.offsets[chosen + 1] - first  # (B,)
        steps = np.arange(lengths.max())[:, None]  # (T, 1)
        there = steps < lengths  # (T, B)
        found = self.values[np.where(there, first + steps, 0)]  # (T, B, ...)
        found[~there] = 0
        kind = found.dtype if found.dtype.kind == "f" else np.dtype(np.int64)
        return found.astype(kind, copy=False), lengths

    def __len__(self) -> int:
        return len(self.offsets) - 1 if self.numbers is None else len(self.numbers)

    @overload
    def __getitem__(self, number: int) -> np.ndarray: ...
    @overload
    def __getitem__(self, number: slice) -> Sequence[np.ndarray]: ...
    def __getitem__(self, number: Any) -> Any:
        k = integer("number", number)  # a slice is a TypeError: `some` takes numbers
        if not -len(self) <= k < len(self):
            raise IndexError(f"number: expected less than {len(self)}; got {k}")
        k = k % len(self) if self.numbers is None else self.numbers[k]
        return self.values[self.offsets[k] : self.offsets[k + 1]]

    def __reduce__(self) -> tuple[Any, ...]:
        return Packed, (self.values, self.offsets, self.numbers)

    def __repr__(self) -> str:
        shape = ", ".join(str(n) for n in ("N_k", *self.values.shape[1:]))
        return f"Packed({len(self)} sequences ({shape}) of {self.values.dtype})"


class PackedTexts(Sequence[str]):
    """N texts in one array of bytes. `texts[k]` decodes one; any str comes back as it was.

    packed: of uint8, the texts in UTF-8; half of a surrogate pair, which UTF-8 has no bytes for, in
        the three that it would take.
    """

    def __init__(self, packed: Packed) -> None:
        if not isinstance(packed, Packed):
            raise TypeError(f"packed: expected a Packed; got {type(packed).__name__}")
        if packed.values.dtype != np.uint8 or packed.values.ndim != 1:
            raise ValueError(f"packed: expected uint8 (sum N_k,); got {packed!r}")
        self.packed = packed

    @classmethod
    def gather(
        cls, texts: Iterable[str], *, limit: int = LIMIT, folder: str | Path | None = None
    ) -> PackedTexts:
        """Texts that are read once, one by one. limit, folder, memory, errors: as `Packed.gather`.

        Raises TypeError for a text that is none.
        """
        if isinstance(texts, str):
            raise TypeError(f"texts: expected a list of texts; got one, {texts!r:.80}")
        return cls(Packed.gather(_in_bytes(texts), np.uint8, limit=limit, folder=folder))

    def some(self, numbers: Any) -> PackedTexts:
        """The texts of these numbers, int64 (M,), in this order, over the same bytes."""
        return PackedTexts(self.packed.some(numbers))

    def __len__(self) -> int:
        return len(self.packed)

    @overload
    def __getitem__(self, number: int) -> str: ...
    @overload
    def __getitem__(self, number: slice) -> Sequence[str]: ...
    def __getitem__(self, number: Any) -> Any:
        return str(self.packed[number].data, "utf-8", "surrogatepass")

    def __repr__(self) -> str:
        return f"PackedTexts({len(self)} texts)"


def _in_bytes(texts: Iterable[str]) -> Iterable[np.ndarray]:
    for place, text in enumerate(texts):
        if not isinstance(text, str):
            raise TypeError(
                f"texts: expected strings; got {type(text).__name__} {text!r:.80} at position "
                f"{place}"
            )
        yield np.frombuffer(text.encode("utf-8", "surrogatepass"), np.uint8)


def _converted(sequence: Any, kind: np.dtype, step: tuple[int, ...], name: str) -> np.ndarray:
    """A sequence as an array (N, *step) of another type, whole numbers exactly."""
    try:
        given = np.asarray(sequence)
    except ValueError as error:
        raise ValueError(f"{name}: expected steps of one shape; got others") from error
    if given.dtype == kind and given.ndim == 1 + len(step) and given.shape[1:] == step:
        return given  # as nearly all are
    if given.shape == (0,):  # an empty list has neither a type nor steps of a shape
        return np.zeros((0, *step), kind)
    if given.ndim != 1 + len(step) or given.shape[1:] != step:
        shape = ", ".join(str(n) for n in ("N", *step))
        raise ValueError(f"{name}: expected shape ({shape}); got {given.shape}")
    if given.dtype.kind not in ("f" if kind.kind == "f" else "") + "iub":
        raise TypeError(f"{name}: expected numbers that {kind} can hold; got {given.dtype}")
    if given.dtype.kind != "f" and given.size:
        least, most = _range(kind)
        for extreme in (int(given.min()), int(given.max())):
            if not least <= extreme <= most:
                raise ValueError(f"{name}: expected {least} to {most} for {kind}; got {extreme}")
    with np.errstate(over="ignore"):  # the next lines find it
        found = given.astype(kind, copy=False)
    if found is not given and kind.kind == "f":
        lost = np.isinf(found) & np.isfinite(given)
        if lost.any():
            raise ValueError(f"{name}: expected numbers that {kind} can hold; got {given[lost][0]}")
    return found


def _range(kind: np.dtype) -> tuple[int, int]:
    """The least and the most of the whole numbers that a type holds exactly, one and all."""
    if kind.kind == "b":
        return 0, 1
    if kind.kind == "f":
        most = 2 ** (np.finfo(kind).nmant + 1)
        return -most, most
    limits = np.iinfo(kind)
    return int(limits.min), int(limits.max)


def _whole(name: str, value: Any) -> np.ndarray:
    """Whole numbers as a read-only int64 array of one axis."""
    found = np.asarray(value)
    if found.size == 0:
        found = found.astype(np.int64)
    if found.dtype.kind not in "iu":
        raise TypeError(f"{name}: expected whole numbers; got {found.dtype}")
    if found.ndim != 1:
        raise ValueError(f"{name}: expected shape (M,); got {found.shape}")
    found = found.astype(np.int64, copy=False).view()
    found.flags.writeable = False
    return found


def _within(numbers: Any, count: int) -> np.ndarray:
    found = _whole("numbers", numbers)
    if found.size and not 0 <= found.min() <= found.max() < count:
        raise ValueError(f"numbers: expected 0 to {count - 1}; got {found.min()} to {found.max()}")
    return found
