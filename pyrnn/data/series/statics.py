"""What static columns say of series: one value of each for all rows of a series."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from pyrnn.data.layouts.long import same
from pyrnn.data.readers.numbers import number_of
from pyrnn.data.series.gathering import Table
from pyrnn.data.static_features import StaticFeatures


def static_values(
    table: Table, series: Sequence[np.ndarray], known: StaticFeatures | None
) -> list[tuple[Any, ...]]:
    """The static features of each series, S times S'; numbers where all of a column are.

    series: the rows of each. known: features as they were learnt, which say what is a number.
    Raises ValueError for a value that changes within a series, and for what is no number where
    numbers were learnt.
    """
    if known is not None and len(known.names) != len(table.static):
        raise ValueError(
            f"static: expected {', '.join(known.names)}, with which the model was trained; got "
            f"{', '.join(table.static) or 'none'}"
        )
    columns = []
    for k, name in enumerate(table.static):
        for rows in series:
            _check_constant(table, name, rows)
        numeric = None if known is None else known.numeric[k]
        columns.append(_numbers(table, name, [int(rows[0]) for rows in series], numeric))
    return list(zip(*columns, strict=True)) if columns else [()] * len(series)


def _check_constant(table: Table, name: str, rows: np.ndarray) -> None:
    cells = table.cells[name]
    first, *others = rows.tolist()
    wrong = next((row for row in others if not same(cells[row], cells[first])), None)
    if wrong is not None:
        raise ValueError(
            f"{table.place(wrong, name)}: expected {cells[first]!r:.80} as in {table.line(first)}, "
            f"of the same series; got {cells[wrong]!r:.80}"
        )


def _numbers(table: Table, name: str, rows: Sequence[int], numeric: bool | None) -> list[Any]:
    """The cells of rows as numbers, if all are such or are to be."""
    cells = [table.cells[name][row] for row in rows]
    if numeric is False:
        return cells
    found = []
    for row, cell in zip(rows, cells, strict=True):
        try:
            found.append(number_of(cell, table.columns.decimal, table.columns.missing_cells))
        except ValueError as error:
            if numeric:
                raise ValueError(f"{table.place(row, name)}: {error}") from None
            return cells
    return found
