"""Files and data frames as series."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np

from pyrnn.data.layouts.long import same
from pyrnn.data.readers.numbers import number_of
from pyrnn.data.series.columns import ForecastColumns
from pyrnn.data.series.form import TimeForm
from pyrnn.data.series.gaps import Rows, closed
from pyrnn.data.series.gathering import Table
from pyrnn.data.series.panel import Panel
from pyrnn.data.series.series import Series
from pyrnn.data.series.step import IrregularError, Step, infer_step
from pyrnn.data.series.times import read_times
from pyrnn.data.static_features import StaticFeatures


def read_series(
    source: Any,
    columns: ForecastColumns | None = None,
    *,
    like: Panel | None = None,
    static: StaticFeatures | None = None,
    **named: Any,
) -> Panel:
    """The series of a file or a table in memory, a row a step.

    source: as in `pyrnn.data.readers.read_rows`; a file whose name says nothing is a table.
    columns, named: what each column is; see `ForecastColumns`.
    like: series read before: their step and the form of their times hold for these too. A file of
        one row has no step of its own.
    static: static features as they were learnt, which say what is a number among them.

    Rows are sorted by time. A warning says where they were not in order, how many gaps there are
    and where the first is, and how many repeats were made one.
    Raises ValueError, naming file and line, for what is no time and no number; for times without a
    common step, unless gaps="join"; for two rows of a series at one time, unless `repeats` says
    what is done; for static columns that change within a series; and for a file without rows.
    """
    columns = ForecastColumns.of(columns, **named)
    return _Reading(Table(source, columns), like).panel(static)


class _Reading:
    """A table on its way to series."""

    def __init__(self, table: Table, like: Panel | None) -> None:
        self.table, self.columns, self.like = table, table.columns, like
        if not len(table):
            raise ValueError(f"{table.name}: expected rows below the header; got none")
        self.names, self.ids = self._series()
        self.times: np.ndarray | None = None
        self.form: TimeForm | None = None
        order = np.argsort(self.ids, kind="stable")
        if self.columns.time is not None:
            self.times, self.form = read_times(
                table.cells[self.columns.time],
                self.columns.time_format,
                self.columns.timezone,
                like=None if like is None else like.form,
                groups=self.ids,
                place=lambda row: table.place(row, self.columns.time),
            )
            order = self._sorted(order)
        names = (*table.targets, *table.features, *table.future)
        numbers = np.stack([table.numbers[name] for name in names], axis=1)[order]
        self.order, self.numbers = order, numbers  # (N,), (N, columns)
        if self.times is not None:
            self._one_a_time()
        ends = np.flatnonzero(np.diff(self.ids[self.order])) + 1
        self.parts = [*zip((0, *ends), (*ends, len(self.order)), strict=True)]  # by series

    def _series(self) -> tuple[list[Any], np.ndarray]:
        """The names of the series, and the number of each row's."""
        if self.columns.id is None:
            return [None], np.zeros(len(self.table), np.int64)
        numbers: dict[Any, int] = {}
        found = np.empty(len(self.table), np.int64)
        for row, cell in enumerate(self.table.cells[self.columns.id]):
            name = cell.strip() if isinstance(cell, str) else cell
            if name is None or name == "" or name != name:
                place = self.table.place(row, self.columns.id)
                raise ValueError(f"{place}: expected the name of a series; got an empty cell")
            found[row] = numbers.setdefault(name, len(numbers))
        return list(numbers), found

    def _sorted(self, order: np.ndarray) -> np.ndarray:
        """The rows by series and by time. Warns where they are not in that order."""
        assert self.times is not None
        back = (np.diff(self.times[order]) < 0) & (np.diff(self.ids[order]) == 0)
        if back.any():
            row = int(order[1:][back].min())
            warnings.warn(
                f"{self.table.place(row, self.columns.time)}: the time is before that of the row "
                f"above it, and so in {back.sum()} rows: they are sorted",
                stacklevel=5,
            )
        return np.lexsort((self.times, self.ids))

    def _one_a_time(self) -> None:
        """Make rows of one time one, as the policy has it. Raises ValueError where that is none."""
        assert self.times is not None
        times, ids = self.times[self.order], self.ids[self.order]
        fresh = np.concatenate([[True], (np.diff(times) != 0) | (np.diff(ids) != 0)])
        if fresh.all():
            return
        again = int(np.argmin(fresh))
        place = self.table.place(int(self.order[again]), self.columns.time)
        cell = self.table.cells[self.columns.time or ""][self.order[again]]
        if self.columns.repeats == "error":
            raise ValueError(
                f"{place}: expected one row for each time{self._of(ids[again])}; got {cell!s:.80} "
                f"again, as in {self.table.line(int(self.order[again - 1]))} "
                f"({self._hint(times)}repeats='mean' or 'last' makes them one)"
            )
        warnings.warn(f"{place}: {(~fresh).sum()} rows repeat the time of another; of each such "
                      f"time {_KEPT[self.columns.repeats]}", stacklevel=5)  # fmt: skip
        begin = np.flatnonzero(fresh)
        if self.columns.repeats == "mean":
            known = ~np.isnan(self.numbers)
            count = np.add.reduceat(known, begin, axis=0, dtype=np.int64)
            total = np.add.reduceat(np.where(known, self.numbers, 0), begin, axis=0)
            self.numbers = np.where(count > 0, total / np.maximum(count, 1), np.nan)
        else:
            end = np.append(begin[1:], len(fresh)) - 1
            self.numbers, begin = self.numbers[end], end
        self.order = self.order[begin]

    def _hint(self, times: np.ndarray) -> str:
        """What repeats may be where the form has a time of day, no offset and no timezone."""
        if self.form is None or self.form.timezone is not None:
            return ""
        if {"z", "H", "I"} & set(self.form.letters) in ({"H"}, {"I"}):
            return "timezone= tells apart the hour that comes twice when clocks are set back; "
        return "id= names the column of several series; " if self.columns.id is None else ""

    def _of(self, series: int) -> str:
        return "" if self.columns.id is None else f" of {self.names[series]!r:.80}"

    def panel(self, known: StaticFeatures | None) -> Panel:
        """All of it."""
        table = self.table
        ahead = [self._ahead(begin, end) for begin, end in self.parts]
        step, places = self._step()
        static = self._static(known)
        found, gaps = [], []
        for part, (begin, end) in enumerate(self.parts):
            rows = closed(
                self.numbers[begin:end],
                self.order[begin:end],
                places[begin:end],
                ahead[part],
                self.columns.gaps,
            )
            self._check_ahead(part, rows)
            gaps += self._gaps(places[begin:end], self.numbers[begin : end - ahead[part]], begin)
            found.append(self._made(part, rows, step, static))
        if gaps:
            self._warn_of(gaps)
        return Panel(
            tuple(found),
            table.targets,
            table.features,
            table.future,
            table.static,
            self.columns.time,
            self.columns.id,
            self.form,
            step,
        )

    def _step(self) -> tuple[Step | None, np.ndarray]:
        """The step, and how many of them each row lies after the first of its series."""
        if self.times is None or self.form is None:
            return None, np.concatenate([np.arange(end - begin) for begin, end in self.parts])
        times = [self.times[self.order[begin:end]] for begin, end in self.parts]
        step = None if self.like is None else self.like.step
        if step is None and max(map(len, times)) > 1:
            step = self._inferred(times)
        if step is None or self.columns.gaps == "join":
            return step, np.concatenate([np.arange(len(each)) for each in times])
        places = []
        for (begin, _), each in zip(self.parts, times, strict=True):
            place, off = step.places(each)
            if off.any():
                row = int(self.order[begin + int(np.argmax(off))])
                raise ValueError(
                    f"{self.table.place(row, self.columns.time)}: expected a time some steps of "
                    f"{step} after {self._cell(int(self.order[begin]))}; got {self._cell(row)}"
                )
            places.append(place)
        return step, np.concatenate(places)

    def _inferred(self, times: Sequence[np.ndarray]) -> Step:
        assert self.form is not None
        calendar = self.form.has_calendar
        try:
            return infer_step(times, calendar, self.form.timezone)
        except IrregularError as error:
            if self.columns.gaps == "join":
                return Step("fixed" if calendar else "number", error.commonest)
            longer = [k for k, each in enumerate(times) if len(each) > 1]
            row = int(self.order[self.parts[longer[error.series]][0] + error.row])
            zone = "" if self.form.timezone or "z" not in self.form.letters else (
                "timezone= names the clock whose days have 23 and 25 hours; ")  # fmt: skip
            raise ValueError(
                f"{self.table.place(row, self.columns.time)}: {error} before {self._cell(row)} "
                f"({zone}gaps='join' takes each row as a step)"
            ) from None

    def _cell(self, row: int) -> str:
        return f"{self.table.cells[self.columns.time or ''][row]!s:.80}"

    def _ahead(self, begin: int, end: int) -> int:
        """How many rows at a series' end have no targets. Raises ValueError for an empty cell that
        is elsewhere, and not declared as missing."""
        if not self.table.future:
            return 0
        targets = len(self.table.targets)
        known = ~np.isnan(self.numbers[begin:end, :targets]).all(axis=1)
        ahead = int(np.argmax(known[::-1])) if known.any() else end - begin
        before = self.order[begin : end - ahead]
        for name, empty in self.table.empty.items():
            if empty[before].any():
                row = int(before[np.argmax(empty[before])])
                raise ValueError(
                    f"{self.table.place(row, name)}: expected a number; got an empty cell, which "
                    "is not declared as missing, before the end of its series"
                )
        return ahead

    def _check_ahead(self, part: int, rows: Rows) -> None:
        """Raise ValueError for rows to come that are not all there."""
        if not rows.ahead:
            return
        apart = np.diff(rows.place[-rows.ahead - 1 :])
        columns = np.arange(rows.numbers.shape[1]) >= len(self.table.targets + self.table.features)
        gone = np.isnan(rows.numbers[-rows.ahead :, columns])
        if (apart != 1).any() or gone.any():
            wrong = gone.any(axis=1)
            wrong[len(wrong) - len(apart) :] |= apart != 1
            row = int(rows.row[len(rows.row) - rows.ahead + int(np.argmax(wrong))])
            raise ValueError(
                f"{self.table.place(row)}: expected the numbers of {', '.join(self.table.future)} "
                f"for each step to come{self._of(part)}; got a gap"
            )

    def _gaps(self, places: np.ndarray, numbers: np.ndarray, begin: int) -> list[tuple[int, int]]:
        """(row before, how many steps) of each gap in a series; 0 steps for missing numbers."""
        apart = np.diff(places)
        missing = np.isnan(numbers).any(axis=1)
        found = [
            (int(self.order[begin + k]), int(apart[k]) - 1) for k in np.flatnonzero(apart != 1)
        ]
        return found + [(int(self.order[begin + k]), 0) for k in np.flatnonzero(missing)]

    def _warn_of(self, gaps: Sequence[tuple[int, int]]) -> None:
        done = {
            "split": "no window crosses them (gaps='linear' or 'last' fills them in, 'join' passes "
            "over them)",
            "linear": "they are filled in on straight lines",
            "last": "they are filled in with the last numbers before",
            "join": "the rows around them follow one another",
        }[self.columns.gaps]
        steps = [gap for gap in gaps if gap[1]]
        said = []
        if steps:
            row, length = steps[0]
            said.append(
                f"{len(steps)} gaps between times, {sum(gap[1] for gap in steps)} steps in all, "
                f"first {length} after {self._cell(row)} ({self.table.line(row)})"
            )
        if rest := len(gaps) - len(steps):
            row = next(gap[0] for gap in gaps if not gap[1])
            said.append(f"{rest} rows with missing numbers, first {self.table.line(row)}")
        warnings.warn(f"{self.table.name}: {' and '.join(said)}: {done}", stacklevel=4)

    def _made(
        self, part: int, rows: Rows, step: Step | None, static: Sequence[Sequence[Any]]
    ) -> Series:
        targets, past = len(self.table.targets), len(self.table.features)
        times = None
        if self.times is not None:
            first = int(self.order[self.parts[part][0]])
            times = self.times[np.maximum(rows.row, 0)]
            if step is not None and (gone := rows.row < 0).any():
                times[gone] = step.after(self.times[first], rows.place[gone])
        return Series(
            rows.numbers[:, :targets],
            self.names[part],
            past=rows.numbers[:, targets : targets + past],
            known=rows.numbers[:, targets + past :],
            static=[column[part] for column in static],
            times=times,
            ahead=rows.ahead,
            runs=rows.runs,
            filled=rows.filled,
        )

    def _static(self, known: StaticFeatures | None) -> list[list[Any]]:
        """What the static columns say of each series; numbers where all of a column are."""
        found = []
        for k, name in enumerate(self.table.static):
            cells = self.table.cells[name]
            first = [int(self.order[begin]) for begin, _ in self.parts]
            for (begin, end), row in zip(self.parts, first, strict=True):
                for other in self.order[begin:end].tolist():
                    if not same(cells[other], cells[row]):
                        raise ValueError(
                            f"{self.table.place(other, name)}: expected {cells[row]!r:.80} as in "
                            f"{self.table.line(row)}, of the same series; got {cells[other]!r:.80}"
                        )
            found.append(self._as_numbers([cells[row] for row in first], first, k, known))
        return found

    def _as_numbers(
        self, cells: list[Any], rows: Sequence[int], k: int, known: StaticFeatures | None
    ) -> list[Any]:
        numeric = None if known is None else known.numeric[k]
        if numeric is False:
            return cells
        found = []
        for cell, row in zip(cells, rows, strict=True):
            try:
                found.append(number_of(cell, self.columns.decimal, self.columns.missing_cells))
            except (TypeError, ValueError) as error:
                if numeric:
                    place = self.table.place(row, self.table.static[k])
                    raise ValueError(f"{place}: {error}") from None
                return cells
        return found


_KEPT = {"mean": "the mean is kept", "last": "the last is kept"}
