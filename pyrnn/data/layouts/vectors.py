"""A vector a row, classes a row, or both; with a text beside them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

import numpy as np

from pyrnn.data.frames import numbers
from pyrnn.data.layouts.cells import Cells
from pyrnn.data.layouts.columns import DATA, SequenceColumns, missing_cells
from pyrnn.data.layouts.names import expanded, header_of
from pyrnn.data.readers import Row, is_frame, read_rows, read_table
from pyrnn.data.readers.source import name_of
from pyrnn.settings import Settings, like, names, string

VECTOR, LABEL, TEXT = "vector", "label", "text"


@dataclass(frozen=True)
class VectorColumns(Settings):
    """Which columns hold vectors, classes and texts.

    Without vector and label, those of the columns 'vector' and 'label' that a file has.

    Raises ValueError for a column that is named twice.
    """

    ranges: ClassVar[tuple[str, ...]] = ("vector", "label")

    vector: tuple[str, ...] | None = names(
        None,
        "The columns of a vector: of numbers, e.g. x0:x49, or one of arrays or lists.",
        note="a:b means all columns from a to b. An array of several axes is read row by row.",
        section=DATA,
    )
    label: tuple[str, ...] | None = names(
        None, "The column of a class, or several of them.", section=DATA
    )
    text: str = string(TEXT, "The column of texts.", section=DATA)
    split_by: str | None = like(SequenceColumns, "split_by")
    missing: tuple[str, ...] | None = like(SequenceColumns, "missing")
    decimal: str = like(SequenceColumns, "decimal")

    def check(self) -> None:
        """Whether they go together. Raises ValueError."""
        given = [*(self.vector or ()), *(self.label or ()), self.text]
        twice = next((name for k, name in enumerate(given) if name in given[:k]), None)
        if twice is not None:
            raise ValueError(f"text: expected each column once; got {twice!r:.80} twice")

    @property
    def missing_cells(self) -> frozenset[str]:
        """The texts that stand for a missing number."""
        return missing_cells(self.missing)

    @property
    def name_column(self) -> str:
        """What the names of inputs are called: by the columns of their classes."""
        return " ".join(self.label or (LABEL,))


class VectorRow(NamedTuple):
    """What stands in a row.

    place: for error messages. vector: (F,), NaN where a number is missing, or None.
    labels: of the columns of classes, (K,), or none. text, group: where they are asked for.
    """

    place: str
    vector: np.ndarray | None
    labels: tuple[Any, ...]
    text: str = ""
    group: Any = None


def vectors(source: Any, columns: VectorColumns, *, texts: bool) -> Iterator[VectorRow]:
    """The rows of a file or a table in memory, see `read_rows`; a file whose name says nothing is
    read as CSV.

    texts: whether texts and groups are wanted.
    Raises ValueError, naming the place, for what is not as the columns say.
    """
    name = "the table" if is_frame(source) else name_of(source)
    header = header_of(source, otherwise=read_table)
    if header is None:  # no rows; but a header may lack what is asked for
        given = (*(columns.vector or ()), *(columns.label or ()))
        named = [each for each in given if ":" not in each]
        next(read_rows(source, named, otherwise=read_table), None)
        return
    vector, label = _columns(columns, header, name)
    if columns.text in (*vector, *label):
        raise ValueError(
            f"{name}: expected a text in a column of its own; got {columns.text!r:.80} among those "
            "that it is written from"
        )
    cells = Cells(name, None, columns)
    wanted = [*vector, *label]
    if texts:
        wanted += [columns.text, *([columns.split_by] if columns.split_by else ())]
    for row in read_rows(source, tuple(dict.fromkeys(wanted)), otherwise=read_table):
        place = cells.place(row)
        yield VectorRow(
            place,
            _vector(row, vector, cells) if vector else None,
            tuple(_named(row, column, place, "a label") for column in label),
            _text(row, columns.text, place) if texts else "",
            _named(row, columns.split_by, place, "a group") if texts and columns.split_by else None,
        )


def _columns(
    columns: VectorColumns, header: Sequence[str], name: str
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Those of the vector and of the classes."""
    vector, label = columns.vector, columns.label
    if vector is None and label is None:
        vector, label = ((each,) if each in header else None for each in (VECTOR, LABEL))
        if vector is None and label is None:
            known = ", ".join(f"{each!r:.40}" for each in header[:20])
            raise ValueError(
                f"{name}: expected vector or label to say which columns hold what a text is "
                f"written from; got neither, and the columns {known}"
            )
    return expanded(vector or (), header, name), expanded(label or (), header, name)


def _vector(row: Row, columns: Sequence[str], cells: Cells) -> np.ndarray:
    """The numbers of cells, one after the other, (F,)."""
    parts = []
    for column in columns:
        cell = row.values[column]
        if isinstance(cell, str) and cell.lstrip().startswith("["):
            cell = _listed(cell)
        if isinstance(cell, np.ndarray | list | tuple):
            place = f"{cells.place(row)}, column {column!r:.80}"
            parts.append(vector_of(cell, place))
        else:
            parts.append(np.array([cells.number(row, column)]))
    return np.concatenate(parts)


def _listed(cell: str) -> Any:
    """The list in a cell of text, as data frames write them; the text itself where it is none."""
    try:
        return json.loads(cell)
    except (ValueError, RecursionError):
        return cell


def vector_of(value: Any, name: str) -> np.ndarray:
    """An array, or lists, of numbers as a vector (F,), row by row where there are several axes:
    float32 where that holds numbers of their dtype, else float64. None is NaN.

    Raises ValueError for anything else, and for infinite numbers; name: what to call it.
    """
    if isinstance(value, np.ma.MaskedArray):
        value = np.ma.filled(value.astype(np.float64), np.nan)
    try:
        array = np.asarray(value)
        if array.dtype == object:  # None among numbers; of anything else an error
            array = np.array([np.nan if x is None else x for x in array.ravel().tolist()])
        found = numbers(name, array).ravel()
    except (TypeError, ValueError, OverflowError) as error:
        if "infinite" in str(error) or "finite number" in str(error):
            raise
        raise ValueError(
            f"{name}: expected a vector of numbers; got {type(value).__name__} {value!r:.80}"
        ) from error
    if not found.size:
        raise ValueError(f"{name}: expected a vector of at least one number; got none")
    return found.astype(np.result_type(array.dtype, np.float32), copy=False)


def _named(row: Row, column: str, place: str, words: str) -> str | int | bool:
    """A class or a group: a text, a whole number or a truth value."""
    cell = row.values[column]
    if isinstance(cell, str) and cell.strip():
        return cell.strip()
    if isinstance(cell, int):
        return cell
    empty = cell is None or cell != cell or isinstance(cell, str)
    got = "an empty cell" if empty else f"{type(cell).__name__} {cell!r:.80}"
    raise ValueError(f"{place}, column {column!r:.80}: expected {words}; got {got}")


def _text(row: Row, column: str, place: str) -> str:
    cell = row.values[column]
    if isinstance(cell, str):
        return cell
    raise ValueError(
        f"{place}, column {column!r:.80}: expected a text; got {type(cell).__name__} {cell!r:.80}"
    )
