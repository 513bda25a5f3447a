"""How pyrnn stands over all rows: the mean ratio, one sequence alone, and where it is behind."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from statistics import geometric_mean
from typing import Any

from benchmarks.kernels.table import Row, place, rivals_in

MEAN_RIVAL = "torch"


def lines(rows: Sequence[Row]) -> Iterator[str]:
    """What is told at the end."""
    mean = mean_ratio(rows)
    if mean is not None:
        yield f"geometric mean of the ratio to {MEAN_RIVAL} over the table of shapes: {mean:.2f}"
    for cell, ratio, row, rival in single(rows):
        yield f"one sequence, {cell}, training: at least {ratio:.2f} x {rival} ({place(row)})"
    slow = behind(rows)
    yield f"behind in {len(slow)} contests" + ":" * bool(slow)
    for ratio, row, rival in slow:
        yield f"  {ratio:.3f} {rival}: {place(row)}"


def is_of_table(row: Row) -> bool:
    """Whether a row is a full batch of the table of shapes."""
    return not row["ragged"] and not row.get("odd")


def mean_ratio(rows: Sequence[Row]) -> float | None:
    """The geometric mean of the median ratios over the table; None where the two have not met.

    All cells, both tasks and every number of threads count alike.
    """
    ratios = [
        row["ratio"][MEAN_RIVAL]["median"]
        for row in rows
        if MEAN_RIVAL in row["ratio"] and is_of_table(row)
    ]
    return geometric_mean(ratios) if ratios else None


def single(rows: Sequence[Row]) -> list[tuple[str, float, Row, str]]:
    """Training on one sequence, for each cell the smallest ratio to the best rival, and where."""
    found: dict[str, tuple[str, float, Row, str]] = {}
    for row in rows:
        if row["B"] == 1 and row["task"] == "training" and not row["ragged"] and row["ratio"]:
            rival = min(row["ratio"], key=lambda name: row["ratio"][name]["median"])
            ratio = row["ratio"][rival]["median"]
            if row["cell"] not in found or ratio < found[row["cell"]][1]:
                found[row["cell"]] = (row["cell"], ratio, row, rival)
    return list(found.values())


def behind(rows: Sequence[Row]) -> list[tuple[float, Row, str]]:
    """(ratio, row, rival) of every contest in which a rival was faster, the worst first."""
    met: list[tuple[float, Any, str]] = [
        (row["ratio"][rival]["median"], row, rival)
        for row in rows
        for rival in rivals_in([row])
        if row["ratio"][rival]["median"] < 1
    ]
    return sorted(met, key=lambda one: one[0])
