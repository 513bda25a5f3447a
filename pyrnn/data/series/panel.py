"""Several series of the same columns and step, as they were read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from pyrnn.data.series.form import TimeForm
from pyrnn.data.series.series import Series
from pyrnn.data.series.step import Step


@dataclass(frozen=True)
class Panel:
    """S series, and what their columns are called.

    series: in the order of their first rows.
    targets, past, known, static: names of the K, P, F and S' columns.
    time, id: the names of those columns; None where there are none.
    form: how times are written. step: from one row to the next; None without times, and of one row.
    remarks: what there is to say of how they were read.
    """

    series: tuple[Series, ...]
    targets: tuple[str, ...]
    past: tuple[str, ...] = ()
    known: tuple[str, ...] = ()
    static: tuple[str, ...] = ()
    time: str | None = None
    id: str | None = None
    form: TimeForm | None = None
    step: Step | None = None
    remarks: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.series)

    def __iter__(self) -> Iterator[Series]:
        return iter(self.series)

    @property
    def season(self) -> int:
        """That of the step; 1 where there is none."""
        return 1 if self.step is None else self.step.season

    def times_after(self, series: Series, origin: int, steps: int) -> list[Any]:
        """The times of the rows origin, origin + 1, ... of a series, as its file writes them.

        origin: from 1 on; the rows need not be there. Without times they are the rows' numbers.
        """
        if series.times is None or self.form is None:
            return list(range(origin, origin + steps))
        there = series.times[origin : origin + steps]
        rest = np.arange(1, steps - len(there) + 1)
        if not len(rest):
            return self.form.write(there)
        if self.step is None:
            raise ValueError("times: expected two rows of a series, to tell its step; got one")
        last = there[-1] if len(there) else series.times[origin - 1]
        return self.form.write(np.concatenate([there, self.step.after(last, rest)]))
