"""The sequences of a file, with what stands beside them, in stores that may lie in a file."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from typing import Any

from pyrnn.data import StaticFeatures
from pyrnn.data.layouts import Record, SequenceColumns
from pyrnn.data.readers import number_of
from pyrnn.models.examples import Examples
from pyrnn.models.sequence.inputs import Kinds, input_kind
from pyrnn.models.sequence.places import Places


class Gathering:
    """Takes in records, one by one.

    columns: which of their columns are what. kinds: what the inputs may be made of. check: (input,
        place) -> the input as a model has it. target: a record -> its target; None where there are
        none. known: what a model has learnt of static features.
    """

    def __init__(
        self,
        columns: SequenceColumns,
        kinds: Kinds,
        check: Callable[[Any, str], Any],
        target: Callable[[Record], Any] | None = None,
        known: StaticFeatures | None = None,
    ) -> None:
        self.columns, self.kinds, self.check = columns, kinds, check
        self.target, self.known = target, known
        self.targets: list[Any] = []
        self.static: list[list[Any]] = []
        self.groups: list[Any] = []
        self.names: list[Any] = []
        self.places = Places()
        self._once: dict[str, str] = {}  # a label stands in many rows, and is kept once
        self.words: str | None = None  # what the inputs are, and where that was met first
        self.first = ""

    def examples(self, found: Iterable[Record]) -> Examples:
        """All of them. Raises ValueError naming the place."""
        source = iter(found)
        begin = []
        for record in source:
            begin.append(record)
            if any(kind.takes(record.input) for kind in self.kinds):
                break  # what the inputs are made of is known
        if not begin:
            return Examples([], None if self.target is None else [])
        kind = input_kind([begin[-1].input], self.kinds)
        store = kind.stored(self._inputs(chain(begin, source)))
        return Examples(
            store,
            None if self.target is None else self.targets,
            self._static_rows() if self.columns.static else None,
            self.groups or None,
            self.names if any(name is not None for name in self.names) else None,
            self.places if len(self.places) else None,
        )

    def _static_rows(self) -> list[list[Any]]:
        """Cells that are text, as numbers where all of a column are, or where it was learnt so.

        Raises ValueError for one that is no number in a column that was learnt as one of numbers,
        and for more or fewer columns than were learnt.
        """
        names, known = self.columns.static or (), self.known
        if known is not None and len(known.names) != len(names):
            raise ValueError(
                f"static: expected {', '.join(known.names)}, with which the model was trained; got "
                f"{', '.join(names)}"
            )
        for k, name in enumerate(names):
            try:
                numbers = [self._number(row[k], n, name) for n, row in enumerate(self.static)]
            except ValueError:
                if known is not None and known.numeric[k]:
                    raise
                continue  # categories
            if known is None or known.numeric[k]:
                for row, number in zip(self.static, numbers, strict=True):
                    row[k] = number
        return self.static

    def _number(self, cell: Any, row: int, column: str) -> Any:
        if not isinstance(cell, str):
            return cell
        try:
            return number_of(cell, self.columns.decimal, self.columns.missing_cells)
        except ValueError as error:
            raise ValueError(f"{self.places[row]}, column {column!r:.80}: {error}") from None

    def _inputs(self, found: Iterable[Record]) -> Iterator[Any]:
        for record in found:
            try:
                value = self.check(record.input, record.place)
            except TypeError as error:
                raise ValueError(str(error)) from error
            self._alike(value, record.place)
            self._beside(record)
            yield value

    def _alike(self, value: Any, place: str) -> None:
        """Raise ValueError for a text among frames, frames among texts, and steps of another width;
        a sequence without steps has any."""
        kind = input_kind([value], self.kinds)
        if not kind.takes(value):
            return
        words = kind.in_words(value)
        if self.words is None:
            self.words, self.first = words, place
        elif words != self.words:
            raise ValueError(f"{place}: expected {self.words}, as in {self.first}; got {words}")

    def _beside(self, record: Record) -> None:
        self.places.append(record.place)
        if self.target is not None:
            self.targets.append(self._kept_once(self.target(record)))
        if self.columns.static:
            self.static.append([_single(record, name) for name in self.columns.static])
        if self.columns.split_by is not None and self.target is not None:
            self.groups.append(self._kept_once(self._group(record)))
        self.names.append(record.name)

    def _kept_once(self, cell: Any) -> Any:
        return self._once.setdefault(cell, cell) if isinstance(cell, str) else cell

    def _group(self, record: Record) -> Any:
        column = self.columns.split_by
        cell = _single(record, column)  # type: ignore[arg-type]
        if cell is None or cell != cell or not str(cell).strip():
            raise ValueError(f"{record.place}, column {column!r:.80}: expected a group; got none")
        return cell


def _single(record: Record, column: str) -> Any:
    """What stands in a column for the whole sequence. Raises ValueError for a value a step."""
    cell = record.constant[column]
    if isinstance(cell, list | tuple):
        raise ValueError(
            f"{record.place}, column {column!r:.80}: expected one value for the sequence; got a "
            "list of them"
        )
    return cell
