"""Class labels and their numbers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np

from pyrnn.kernels.scalars import integer

Label = str | int | bool
KINDS = {str: "strings", int: "integers", bool: "truth values"}


class Labels:
    """The classes of a data set, in one order: sorted, whatever the order of the data.

    classes: strings, integers or truth values, all of one type, each once. They come back as they
        went in: integer labels 2, 9, 10 are predicted as 10, not as the index 2. "NA" is a label.
    Raises ValueError for no class, an empty one or a repeated one, TypeError for other types.
    """

    def __init__(self, classes: Iterable[Any]) -> None:
        self._classes = tuple(checked_labels(classes, "the classes"))
        if not self._classes:
            raise ValueError("classes: expected at least one; got none")
        self._ids = {label: number for number, label in enumerate(self._classes)}
        if len(self._ids) != len(self._classes):
            repeated = next(label for label, n in Counter(self._classes).items() if n > 1)
            raise ValueError(f"classes: expected each once; got {repeated!r:.80} more than once")

    @classmethod
    def fit(cls, labels: Iterable[Any], data: str = "the training data") -> Labels:
        """The labels of training data. data: what error messages call it."""
        found = set(checked_labels(labels, data))
        if not found:
            raise ValueError(f"labels: expected at least one; got none in {data}")
        return cls(sorted(found))  # all of one type: checked_labels saw to it

    @property
    def classes(self) -> tuple[Label, ...]:
        """All classes, in the order of their numbers."""
        return self._classes

    def __len__(self) -> int:
        return len(self._classes)

    def __iter__(self) -> Iterator[Label]:
        return iter(self._classes)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Labels):
            return NotImplemented
        # 1 == True: the types count, too
        return self._classes == other._classes and type(self._classes[0]) is type(other._classes[0])

    def __hash__(self) -> int:
        return hash(self._classes)

    def __repr__(self) -> str:
        shown = ", ".join(f"{label!r:.40}" for label in self._classes[:5])
        return f"Labels({len(self)}: {shown}{', ...' if len(self) > 5 else ''})"

    def encode(
        self, labels: Iterable[Any], data: str = "the data", places: Sequence[str] | None = None
    ) -> np.ndarray:
        """The numbers of N labels, int64 (N,).

        data: what error messages call it: "the validation data". places: where each label stands in
            a file, (N,); default None: messages name its row, from 0.
        Raises ValueError for a label that is not among the classes, naming it and its row.
        """
        found = list(checked_labels(labels, data, places, type(self._classes[0])))
        ids = np.fromiter((self._ids.get(label, -1) for label in found), np.int64, len(found))
        if ids.size and ids.min() < 0:
            row = int(np.argmin(ids))
            known = ", ".join(f"{label!r:.40}" for label in self._classes[:10])
            raise ValueError(
                f"labels: label {found[row]!r:.80} in {_place(row, data, places)} is not among "
                f"the training labels {known}{', ...' if len(self) > 10 else ''}"
            )
        return ids

    def decode(self, ids: Iterable[int]) -> list[Label]:
        """The labels of numbers. Raises ValueError for one outside 0 ... C - 1."""
        most = len(self) - 1
        return [self._classes[integer("id", number, least=0, most=most)] for number in ids]

    def to_json(self) -> dict[str, Any]:
        """What `from_json` reads: {"classes": [...]}, with JSON's strings, integers or booleans."""
        return {"classes": list(self._classes)}

    @classmethod
    def from_json(cls, content: Any) -> Labels:
        """The labels that `to_json` wrote. Raises ValueError for anything else."""
        classes = content.get("classes") if isinstance(content, dict) else None
        if not isinstance(classes, list):
            raise ValueError(f"labels: expected an object with a list classes; got {content!r:.80}")
        try:
            return cls(classes)
        except TypeError as error:
            raise ValueError(str(error)) from error


def class_weights(how: str, ids: np.ndarray, classes: int) -> np.ndarray:
    """The weight of each class in a loss, float64 (C,).

    how: "balanced": w_c = N / (C n_c), n_c the examples of class c: each class weighs the same in
        all, and the mean weight of an example is 1.
    ids: int64 (N,), the class of each example. classes: C.
    Raises ValueError for another `how`, and for a class without examples.
    """
    if how != "balanced":
        raise ValueError(f"class_weights: expected 'balanced'; got {how!r:.80}")
    counts = np.bincount(ids, minlength=classes)  # (C,)
    if len(counts) > classes or not counts.all():
        raise ValueError(f"ids: expected each of 0 to {classes - 1}; got other classes, or too few")
    return len(ids) / (classes * counts)


def checked_labels(
    labels: Iterable[Any],
    data: str,
    places: Sequence[str] | None = None,
    kind: type | None = None,
) -> Iterator[Label]:
    """The labels as Python's own strings, integers or truth values, all of one type."""
    if isinstance(labels, str | bytes):
        raise TypeError(f"labels: expected a list of labels; got one, {labels!r:.80}")
    for row, value in enumerate(labels):
        label = value.item() if isinstance(value, np.generic) else value
        found = next((known for known in (bool, int, str) if isinstance(label, known)), None)
        if found is None:
            raise TypeError(
                f"labels: expected strings, integers or truth values; got {type(value).__name__} "
                f"{value!r:.80} in {_place(row, data, places)}"
            )
        kind = kind or found
        if found is not kind:
            raise TypeError(
                f"labels: expected {KINDS[kind]}, as the others are; got {type(value).__name__} "
                f"{value!r:.80} in {_place(row, data, places)}"
            )
        if isinstance(label, str) and not label.strip():
            raise ValueError(
                f"labels: expected a label; got an empty one in {_place(row, data, places)}"
            )
        yield found(label)


def _place(row: int, data: str, places: Sequence[str] | None) -> str:
    return f"row {row} of {data}" if places is None else places[row]
