"""A step a row; a column says which sequence it belongs to."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from pyrnn.data.layouts.cells import Cells
from pyrnn.data.layouts.columns import SequenceColumns
from pyrnn.data.layouts.names import expanded, header_of
from pyrnn.data.layouts.record import Beside, Record
from pyrnn.data.readers import Row, read_rows


def steps(
    source: Any, columns: SequenceColumns, beside: Beside, cells: Cells, **how: Any
) -> Iterator[Record]:
    """The sequences, in the order of their first rows; the rows of one need not be neighbours.

    All are held until the file's end: eight bytes a number.
    """
    assert columns.features is not None
    assert columns.id is not None
    header = header_of(source, **how)
    features = () if header is None else expanded(columns.features, header, cells.name)
    wanted = (columns.id, *features, *beside.constant, *beside.varying, *beside.steps)
    found: dict[Any, Steps] = {}
    for row in read_rows(source, tuple(dict.fromkeys(wanted)), **how):
        name = cells.key(row, columns.id)
        if name not in found:
            found[name] = Steps(row, beside, cells)
        found[name].add(row, features)
    for name, sequence in found.items():
        yield sequence.record(name, len(features))


class Steps:
    """The rows of a sequence, as they come."""

    def __init__(self, first: Row, beside: Beside, cells: Cells) -> None:
        self.place, self.cells, self.beside = cells.place(first), cells, beside
        self.numbers, self.varying = array("d"), array("d")
        self.constant = {column: first.values[column] for column in beside.constant}
        self.labels: dict[str, list[Any]] = {column: [] for column in beside.steps}

    def add(self, row: Row, features: Sequence[str]) -> None:
        """Take in a row. Raises ValueError where a column changes that may not."""
        for column, value in self.constant.items():
            if not same(row.values[column], value):
                raise ValueError(
                    f"{self.cells.place(row)}, column {column!r:.80}: expected {value!r:.80} as in "
                    f"{self.place}, where the same sequence begins; got {row.values[column]!r:.80}"
                )
        for column, labels in self.labels.items():
            place = f"{self.cells.place(row)}, column {column!r:.80}"
            labels.append(self.cells.label(row.values[column], place, len(labels)))
        self.numbers.extend(self.cells.numbers(row, features))
        self.varying.extend(self.cells.numbers(row, self.beside.varying))

    def record(self, name: Any, width: int) -> Record:
        """All of it."""
        numbers = np.frombuffer(self.numbers, np.float64).reshape(-1, width)
        varying = None
        if self.beside.varying:
            varying = np.frombuffer(self.varying).reshape(len(numbers), len(self.beside.varying))
        return Record(self.place, numbers, {**self.constant, **self.labels}, varying, name)


def same(one: Any, other: Any) -> bool:
    """Whether two cells hold the same; a missing number is one like another."""
    if isinstance(one, np.ndarray) and isinstance(other, np.ndarray):
        numbers = {one.dtype.kind, other.dtype.kind} <= set("iufb")
        return np.array_equal(one, other, equal_nan=numbers)
    if isinstance(one, np.ndarray) or isinstance(other, np.ndarray):
        return False
    return bool(one == other) or bool(one != one and other != other)
