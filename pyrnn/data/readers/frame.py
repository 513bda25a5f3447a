"""Data frames and columns in memory, by what they offer: no library of them is imported."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from pyrnn.data.readers.columns import chosen, chosen_names
from pyrnn.data.readers.row import Row

NAME = "data frame"  # in error messages
MISSING = {"NAType", "NaTType"}  # pandas's own values, by the names of their types


def is_frame(source: Any) -> bool:
    """Whether something has named columns, or is a list of objects that have names."""
    if isinstance(source, Mapping):
        return True
    if isinstance(source, list | tuple):
        return all(isinstance(row, Mapping) for row in source)
    if isinstance(source, np.ndarray):
        return source.dtype.names is not None
    return hasattr(source, "columns") and hasattr(source, "__getitem__")


def read_frame(source: Any, columns: Sequence[str] | None = None) -> Iterator[Row]:
    """The rows of columns in memory.

    source: a data frame of pandas or polars, a table of pyarrow, a dict of columns (lists or
        arrays, whose first axis goes over the rows), a list of dicts, or a structured array (N,).
    columns: the names wanted; default None, all.
    What is missing (None, pandas's NA and NaT, NaN beside text) is None. Cells that are lists or
    arrays stay such; NumPy's numbers become Python's. Names that are integers count as their
    digits. Rows are numbered from 0.
    Raises TypeError for what is no frame, ValueError, naming the column, for one that is not
    there or there twice, and for columns of unequal length.
    """
    if not is_frame(source):
        raise TypeError(
            "source: expected a data frame, a dict of columns or a list of dicts; got "
            f"{type(source).__name__}"
        )
    if isinstance(source, list | tuple):
        return _rows_of_dicts(source, columns)
    return _rows_of_columns(_columns(source), columns)


def _rows_of_dicts(
    rows: Sequence[Mapping[Any, Any]], columns: Sequence[str] | None
) -> Iterator[Row]:
    texts = {str(key) for row in rows for key, cell in row.items() if isinstance(cell, str)}
    for k, row in enumerate(rows):
        place = f"{NAME}: row {k}"
        cells = {
            name: _cell(row[key], name in texts) for name, key in _by_name(list(row), place).items()
        }
        yield Row(k, chosen(cells, columns, place), unit="row")


def _columns(source: Any) -> dict[str, tuple[Any, Any]]:
    """Where each column is, by its name: (frame, key)."""
    if isinstance(source, Mapping):
        found = list(source)
    elif isinstance(source, np.ndarray):
        if source.ndim != 1:
            raise ValueError(f"{NAME}: expected a structured array (N,); got {source.shape}")
        found = list(source.dtype.names or ())
    else:  # a table of pyarrow has columns, too, which are not their names
        found = list(source.column_names if hasattr(source, "column_names") else source.columns)
    return {name: (source, key) for name, key in _by_name(found, NAME).items()}


def _by_name(keys: Sequence[Any], place: str) -> dict[str, Any]:
    """The keys of columns by what they are called."""
    found: dict[str, Any] = {}
    for key in keys:
        if not isinstance(key, str | int | np.integer):
            raise ValueError(f"{place}: expected names of columns that are text; got {key!r:.80}")
        name = str(key)
        if name in found:
            raise ValueError(
                f"{place}: expected different names of columns; got {name!r:.80} twice"
            )
        found[name] = key
    return found


def _rows_of_columns(
    found: dict[str, tuple[Any, Any]], columns: Sequence[str] | None
) -> Iterator[Row]:
    names = chosen_names(list(found), columns, NAME)
    cells = [_cells(_listed(*found[name], name)) for name in names]
    for name, column in zip(names, cells, strict=True):
        if len(column) != len(cells[0]):
            raise ValueError(
                f"{NAME}: expected columns of one length; got {len(cells[0])} in {names[0]!r:.80} "
                f"and {len(column)} in {name!r:.80}"
            )
    for k, values in enumerate(zip(*cells, strict=True)):
        yield Row(k, dict(zip(names, values, strict=True)), unit="row")


def _listed(source: Any, key: Any, name: str) -> list[Any]:
    """A column as a list of its cells."""
    column = source[key]
    if isinstance(column, np.ndarray):
        return list(column) if column.ndim else _refused(column, name)
    if isinstance(column, list | tuple):
        return list(column)
    for method in ("to_pylist", "to_list", "tolist"):
        if callable(found := getattr(column, method, None)):
            cells = found()
            return cells if isinstance(cells, list) else _refused(column, name)
    return _refused(column, name)


def _refused(column: Any, name: str) -> list[Any]:
    raise ValueError(
        f"{NAME}: column {name!r:.80}: expected a list or an array; got {type(column).__name__}"
    )


def _cells(column: list[Any]) -> list[Any]:
    text = any(isinstance(cell, str) for cell in column)
    return [_cell(cell, text) for cell in column]


def _cell(cell: Any, text: bool) -> Any:
    """A cell of a column, a missing one as None; text: whether texts are in the column."""
    if isinstance(cell, np.floating | np.integer | np.bool_ | np.str_):
        cell = cell.item()
    if isinstance(cell, float):
        return None if text and cell != cell else cell
    if type(cell).__name__ in MISSING:
        return None
    return None if isinstance(cell, np.datetime64 | np.timedelta64) and np.isnat(cell) else cell
