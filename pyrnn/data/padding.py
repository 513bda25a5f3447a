"""Sequences of unequal length as one array and their lengths, and back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from pyrnn.kernels.scalars import real


def pad(
    sequences: Sequence[Any], dtype: DTypeLike | None = None, *, batch_first: bool = False
) -> tuple[np.ndarray, np.ndarray]:
    """B sequences as one array, filled up with zeros behind the end of each, and their lengths.

    sequences: ids (N,) or frames (N, I), or steps of any one shape (N, ...), each with an N of its
        own, which may be 0; arrays, or what NumPy makes arrays of.
    dtype: of the array; default int64 for whole numbers, else the type of the sequences.
    Returns (array, lengths): (T, B, ...) with T the longest length, or (B, T, ...) with
        `batch_first`; int64 (B,).
    Raises TypeError for what is no sequence of numbers, ValueError for no sequence at all and for
        steps of different shapes; the message says which sequence it is.
    """
    arrays = [_array(sequence, place) for place, sequence in enumerate(sequences)]
    if not arrays:
        raise ValueError("sequences: expected at least one; got none")
    arrays = _of_one_shape(arrays)
    kind = np.dtype(dtype) if dtype is not None else _type(arrays)
    lengths = np.array([len(array) for array in arrays], np.int64)  # (B,)
    padded = np.zeros((int(lengths.max()), len(arrays), *arrays[0].shape[1:]), kind)  # (T, B, ...)
    for b, array in enumerate(arrays):
        if not np.can_cast(array.dtype, kind, "same_kind"):
            raise TypeError(
                f"sequences: expected numbers that {kind} can hold; got {array.dtype} at position "
                f"{b}"
            )
        padded[: len(array), b] = array
    return (np.ascontiguousarray(padded.swapaxes(0, 1)) if batch_first else padded), lengths


def unpad(array: Any, *, value: float = 0, side: str = "before") -> list[np.ndarray]:
    """The sequences of an array that was padded: N views of it, without the padding.

    array: ids (N, T) or frames (N, T, I), a row a sequence.
    value: what the padding holds, NaN included; default 0.
    side: "before" (default, as Keras' `pad_sequences` does it) or "after".
    All steps at that side are padding that hold nothing but the value: what is a real step of such
    numbers there goes with the padding, since nothing tells them apart. Of frames a step is padding
    only where all its features are the value. Steps further in stay, whatever they hold. A row of
    nothing but padding gives a sequence of length 0.
    Raises TypeError for what holds no numbers, ValueError for another shape or side.
    """
    if side not in ("before", "after"):
        raise ValueError(f"side: expected before or after; got {side!r:.80}")
    value = real("value", value)
    try:
        padded = np.asarray(array)
    except ValueError as error:
        raise ValueError("array: expected rows of one length; got others") from error
    if padded.dtype.kind not in "iufb":
        raise TypeError(f"array: expected numbers; got {padded.dtype}")
    if padded.ndim < 2:
        raise ValueError(
            f"array: expected shape (N, T) or (N, T, I), a row a sequence; got {padded.shape}"
        )
    blank = np.isnan(padded) if np.isnan(value) else padded == value
    blank = blank.all(axis=tuple(range(2, padded.ndim)))  # (N, T)
    if side == "after":
        blank = blank[:, ::-1]
    counts = np.logical_and.accumulate(blank, axis=1).sum(axis=1).tolist()  # (N,)
    return [
        row[count:] if side == "before" else row[: len(row) - count]
        for row, count in zip(padded, counts, strict=True)
    ]


def _array(sequence: Any, place: int) -> np.ndarray:
    try:
        array = np.asarray(sequence)
    except ValueError as error:
        raise ValueError(
            f"sequences: expected steps of one shape within a sequence; got others at position "
            f"{place}"
        ) from error
    if array.ndim == 0:
        raise TypeError(
            "sequences: expected a list of sequences, ids (N,) or frames (N, I); got "
            f"{type(sequence).__name__} {sequence!r:.80} at position {place}"
        )
    if array.dtype.kind not in "iufb":
        raise TypeError(
            f"sequences: expected numbers; got {array.dtype} at position {place} (a vectorizer "
            "makes ids of texts)"
        )
    # An empty list has no type, though NumPy gives it one: ids beside it stay ids
    return array if array.size or array.ndim > 1 else array.astype(np.bool_)


def _of_one_shape(arrays: list[np.ndarray]) -> list[np.ndarray]:
    """The same arrays; empty ones, whose steps have no shape, take that of the others."""
    first = max(range(len(arrays)), key=lambda k: (len(arrays[k]) > 0, arrays[k].ndim))
    step = arrays[first].shape[1:]
    for place, array in enumerate(arrays):
        if len(array) and array.shape[1:] != step:
            raise ValueError(
                f"sequences: expected steps of shape {step} as at position {first}; got "
                f"{array.shape[1:]} at position {place}"
            )
    return [array if len(array) else np.zeros((0, *step), array.dtype) for array in arrays]


def _type(arrays: list[np.ndarray]) -> np.dtype:
    kind = np.result_type(*{array.dtype for array in arrays})
    return kind if kind.kind == "f" else np.dtype(np.int64)
