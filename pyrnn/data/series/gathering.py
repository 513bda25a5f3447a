"""The rows of a table as columns: numbers as arrays, other cells as they are."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from itertools import islice
from typing import Any

import numpy as np

from pyrnn.data.layouts.names import expanded, header_of
from pyrnn.data.readers import is_frame, read_rows, read_table
from pyrnn.data.readers.numbers import number_of
from pyrnn.data.readers.source import name_of
from pyrnn.data.series.columns import ForecastColumns

MOST = 1e150  # in size: squared distances are still numbers
ROWS = 16384  # that are cells at once: 8 columns of text are 8 MB


class Table:
    """The columns of a file that series are made of.

    targets, features, future, static: their names, with x0:x9 written out.
    numbers: {column: float64 (N,)} of the first three; NaN for what is missing.
    cells: {column: N cells} of times, ids and static ones.
    empty: {column: (N,)} of targets and features, True for an empty cell that is not declared
        missing. Only where there are columns of the future: it may stand in rows to come.
    """

    def __init__(self, source: Any, columns: ForecastColumns) -> None:
        self.name = "the table" if is_frame(source) else name_of(source)
        self.columns = columns
        self._lines, self._unit = array("q"), "row"
        how: dict[str, Any] = {"otherwise": read_table, "plain": read_table}
        header = header_of(source, **how)
        if header is None:
            raise ValueError(f"{self.name}: expected rows below the header; got none")
        self.features = expanded(columns.features or (), header, self.name)
        self.future = expanded(columns.future or (), header, self.name)
        self.static = expanded(columns.static or (), header, self.name)
        kept = [name for name in (columns.time, columns.id, *self.static) if name is not None]
        targets = columns.target
        if targets is None:
            rest = [name for name in header if name not in (*kept, *self.features, *self.future)]
            targets = (rest[0],) if len(rest) == 1 else ("y",)
        self.targets = expanded(targets, header, self.name)
        self._numeric = (*self.targets, *self.features, *self.future)
        self._check_roles((*kept, *self._numeric))
        self.cells: dict[str, list[Any]] = {name: [] for name in kept}
        self.numbers: dict[str, np.ndarray] = {}
        self.empty: dict[str, np.ndarray] = {}
        self._read(read_rows(source, (*kept, *self._numeric), **how))

    def __len__(self) -> int:
        return len(self._lines)

    def place(self, row: int, column: str | None = None) -> str:
        """Where a row stands, for error messages."""
        named = "" if column is None else f", column {column!r:.80}"
        return f"{self.name}: {self.line(row)}{named}"

    def line(self, row: int) -> str:
        """The number of a row's line."""
        return f"{self._unit} {self._lines[row]}"

    def _check_roles(self, names: Sequence[str]) -> None:
        twice = next((name for k, name in enumerate(names) if name in names[:k]), None)
        if twice is not None:
            raise ValueError(
                f"{self.name}: expected each column to be one thing; got {twice!r:.80} twice"
            )

    def _read(self, rows: Any) -> None:
        parts: dict[str, list[np.ndarray]] = {name: [] for name in self._numeric}
        empty: dict[str, list[np.ndarray]] = {
            name: [] for name in (*self.targets, *self.features) if self.future
        }
        while chunk := list(islice(rows, ROWS)):
            begin = len(self._lines)
            self._unit = chunk[0].unit
            self._lines.extend(row.line for row in chunk)
            values = [row.values for row in chunk]
            for name, cells in self.cells.items():
                cells.extend([row[name] for row in values])
            for name in self._numeric:
                cells = [row[name] for row in values]
                blank = np.zeros(len(cells), bool)
                parts[name].append(self._numbers(cells, name, begin, blank, name in empty))
                if name in empty:
                    empty[name].append(blank)
        none = [np.empty(0)]
        self.numbers = {name: np.concatenate(found or none) for name, found in parts.items()}
        self.empty = {name: np.concatenate(found) for name, found in empty.items() if found}

    def _numbers(
        self, cells: list[Any], name: str, begin: int, blank: np.ndarray, may_be_empty: bool
    ) -> np.ndarray:
        """The numbers in cells; the fast way where nothing is special about any of them, which
        reads a number in 0.1 µs, the careful one in 0.6."""
        missing, decimal = self.columns.missing_cells, self.columns.decimal
        if decimal == "." and not any(map(_is_number, missing)):
            try:
                found = np.array([float(cell) for cell in cells])
                if (np.abs(found) <= MOST).all() and not _has_underscore(cells):
                    return found
            except (TypeError, ValueError, OverflowError):
                pass
        found = np.empty(len(cells))
        for k, cell in enumerate(cells):
            if may_be_empty and "" not in missing and _is_empty(cell):
                found[k], blank[k] = np.nan, True
                continue
            try:
                found[k] = number_of(cell, decimal, missing)
                if abs(found[k]) > MOST:
                    raise ValueError(f"expected a number of at most {MOST:g} in size; got {cell!r}")
            except (TypeError, ValueError) as error:
                raise ValueError(f"{self.place(begin + k, name)}: {error}") from None
        return found


def _is_empty(cell: Any) -> bool:
    if isinstance(cell, str):
        return not cell.strip()
    return cell is None or (isinstance(cell, float) and cell != cell)


def _is_number(word: str) -> bool:
    try:
        float(word)
    except ValueError:
        return False
    return True


def _has_underscore(cells: list[Any]) -> bool:
    """Whether Python would read a number that is none to others, 1_000."""
    return any(isinstance(cell, str) and "_" in cell for cell in cells)
