"""Vectors and classes as the network reads them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from pyrnn.data import Labels, Standardizer, checked_labels
from pyrnn.data.frames import in_precision
from pyrnn.data.layouts.vectors import vector_of
from pyrnn.files.strict_json import shortened

SINGLE = "; a single vector stands in a list, too"
PIECE = 1 << 20  # numbers that are scaled at once
NAMED = str | bool | int | np.integer | np.bool_  # what a class may be


class Conditions:
    """What stands before a text: vectors of numbers, standardised; classes; or both.

    scaler: of the numbers, (F,); None without vectors. labels: the classes of each of K columns.
    gaps: what is done about NaN. dtype: of the numbers.
    """

    def __init__(
        self, scaler: Standardizer | None, labels: Sequence[Labels], gaps: str, dtype: str
    ) -> None:
        if scaler is None and not labels:
            raise ValueError("conditions: expected vectors or labels; got neither")
        self.scaler, self.labels, self.gaps, self.dtype = scaler, tuple(labels), gaps, dtype

    @classmethod
    def fit(
        cls, vectors: Sequence[np.ndarray] | None, labels: Sequence[Any] | None, config: Any
    ) -> Conditions:
        """Of training data: vectors (N, F), and labels, N of K each."""
        scaler = None
        if vectors is not None:
            if config.scale == "none":
                scaler = Standardizer.none(len(vectors[0]))
            else:
                try:
                    scaler = Standardizer.fit(_pieces(vectors))
                except ValueError as error:  # what the caller knows as inputs
                    raise ValueError(str(error).replace("sequences", "inputs", 1)) from error
        columns = [] if labels is None else list(zip(*labels, strict=True))
        known = [Labels.fit(column) for column in columns]
        return cls(scaler, known, config.gaps, config.dtype)

    @property
    def numbers(self) -> int:
        """F; 0 without vectors."""
        return 0 if self.scaler is None else self.scaler.size

    @property
    def classes(self) -> tuple[int, ...]:
        """How many there are in each column, (K,)."""
        return tuple(map(len, self.labels))

    def vectors(self, inputs: Sequence[np.ndarray]) -> np.ndarray:
        """Vectors as the network reads them, (N, F). Raises ValueError for numbers too large."""
        found = np.empty((len(inputs), self.numbers), self.dtype)
        if self.scaler is None:
            return found
        first = 0
        for x in _pieces(inputs):
            if self.gaps != "error":
                x = np.where(np.isnan(x), self.scaler.mean, x)
            piece = in_precision("inputs", self.scaler.transform(x), self.dtype, _number)
            found[first : first + len(x)] = piece
            first += len(x)
        return found

    def ids(self, labels: Sequence[tuple[Any, ...]]) -> np.ndarray:
        """The numbers of classes that training had, int64 (N, K)."""
        columns = zip(*labels, strict=True)
        every = zip(self.labels, columns, strict=True)
        return np.stack([known.encode(column) for known, column in every], axis=1)

    def meant(self, labels: Sequence[Any]) -> tuple[Any, ...]:
        """Classes as cells of a table have them, by their spelling: 3 for "3" where training had
        whole numbers."""
        if len(labels) != len(self.labels):
            return tuple(labels)
        return tuple(
            next((one for one in known if str(one) == label), label)
            if isinstance(label, str) and not isinstance(known.classes[0], str)
            else label
            for known, label in zip(self.labels, labels, strict=True)
        )

    def to_json(self) -> dict[str, Any]:
        """What `from_json` reads."""
        return {
            "scaler": None if self.scaler is None else self.scaler.to_json(),
            "labels": [known.to_json() for known in self.labels],
        }

    @classmethod
    def from_json(cls, content: Any, config: Any) -> Conditions:
        """Out of a file. Raises ValueError for anything else."""
        if not isinstance(content, Mapping) or not isinstance(content.get("labels"), list):
            raise ValueError(f"conditions: expected scaler and labels; got {shortened(content)}")
        scaler = content["scaler"]
        scaler = None if scaler is None else Standardizer.from_json(scaler)
        labels = [Labels.from_json(each) for each in content["labels"]]
        return cls(scaler, labels, config.gaps, config.dtype)

    def in_short(self) -> str:
        """784 numbers, 18 labels."""
        words = [f"{self.numbers:,} number{'s' if self.numbers > 1 else ''}"] * (self.numbers > 0)
        return ", ".join([*words, *(f"{count:,} labels" for count in self.classes)])


def is_label(value: Any) -> bool:
    """Whether an input is a class, or several, and no vector."""
    if isinstance(value, NAMED):
        return True
    if isinstance(value, np.ndarray):
        return value.dtype.kind == "U" or value.ndim == 0
    return isinstance(value, list | tuple) and any(isinstance(one, str) for one in value)


def checked_label(
    value: Any, name: str, known: Sequence[Labels] | None, like: Sequence[Any] = ()
) -> tuple[Any, ...]:
    """The classes of an input, (K,). known: of each column, where they are. like: else the classes
    of another input.

    Raises TypeError for what are none, or of another kind, ValueError for others than are known, or
    for another number of them.
    """
    several = not isinstance(value, NAMED) and np.ndim(value) == 1
    found = tuple(value) if several else (value,)
    if known is not None and len(found) != len(known):
        count = len(known)
        words = "a label" if count == 1 else f"{count} labels"
        raise ValueError(f"{name}: expected {words}, as the model was trained on; got {len(found)}")
    try:
        if known is None:
            kinds = [*map(type, like), *[None] * len(found)]
            return tuple(
                next(checked_labels([one], "", [name], kind))
                for one, kind in zip(found, kinds, strict=False)
            )
        return tuple(
            one.classes[int(one.encode([each], "", [name])[0])]
            for one, each in zip(known, found, strict=True)
        )
    except (TypeError, ValueError) as error:
        words = str(error).replace("labels: ", f"{name}: ", 1).removesuffix(f" in {name}")
        raise type(error)(words.replace(f" in {name}", "")) from error


def checked_vector(value: Any, name: str, size: int | None, gaps: str) -> np.ndarray:
    """A vector (F,), see `vector_of`. size: F, where it is known.

    Raises TypeError for what is none, ValueError for one of another size, for an infinite number,
    and for NaN where gaps are errors.
    """
    if isinstance(value, str | bytes | Mapping) or np.ndim(value) == 0:
        words = " ".join(shortened(value).split())
        hint = "" if isinstance(value, str | bytes | Mapping) else SINGLE
        raise TypeError(
            f"{name}: expected a vector of numbers; got {type(value).__name__} {words}{hint}"
        )
    found = vector_of(value, name)
    if size is not None and len(found) != size:
        raise ValueError(f"{name}: expected a vector of {size} numbers; got {len(found)}")
    if gaps == "error" and np.isnan(found).any():
        place = int(np.isnan(found).argmax())
        raise ValueError(
            f"{name}, number {place}: expected a number; got nan (gaps='mean' fills it; on the "
            "command line --gaps mean)"
        )
    return found


def checked_vectors(array: np.ndarray, name: str, size: int | None, gaps: str) -> np.ndarray:
    """An array of numbers (N, ...) as vectors, (N, F), float32 where that holds them, else float64.

    Raises as `checked_vector`.
    """
    found = array.reshape(len(array), -1)
    dtype = np.result_type(found.dtype, np.float32)
    if dtype not in (np.float32, np.float64):
        raise TypeError(f"{name}: expected numbers; got {array.dtype}")
    found = found.astype(dtype, copy=False)
    checked_vector(found[0], f"{name}[0]", size, "mean")
    for wrong in (np.isinf(found), np.isnan(found) if gaps == "error" else None):
        if wrong is not None and wrong.any():
            row = int(wrong.any(axis=1).argmax())
            checked_vector(found[row], f"{name}[{row}]", size, gaps)
    return found


def _number(found: np.ndarray) -> str:
    """Where the first True of (N, F) stands in its vector."""
    return f"number {int(found.argmax()) % found.shape[1]}"


def _pieces(vectors: Sequence[np.ndarray]) -> Iterator[np.ndarray]:
    """Some vectors at a time, (n, F)."""
    rows = max(1, PIECE // max(1, len(vectors[0]))) if len(vectors) else 1
    for first in range(0, len(vectors), rows):
        yield np.asarray(vectors[first : first + rows], np.float64)
