"""Files and data frames as series."""

from __future__ import annotations

import warnings
from collections.abc import Hashable, Sequence
from typing import Any

import numpy as np

from pyrnn.data.series.columns import ForecastColumns
from pyrnn.data.series.form import TimeForm
from pyrnn.data.series.gaps import Rows, closed, over_holidays
from pyrnn.data.series.gathering import Table
from pyrnn.data.series.panel import Panel
from pyrnn.data.series.remarks import counted, of_gaps, of_holidays
from pyrnn.data.series.repeats import made_one
from pyrnn.data.series.series import Series
from pyrnn.data.series.statics import static_values
from pyrnn.data.series.step import IrregularError, Step, infer_step
from pyrnn.data.series.times import read_times
from pyrnn.data.static_features import StaticFeatures

MERGED = {"mean": "rows of one time become their mean", "last": "the last row of a time counts"}


def read_series(
    source: Any,
    columns: ForecastColumns | None = None,
    *,
    like: Panel | None = None,
    learnt: StaticFeatures | None = None,
    **named: Any,
) -> Panel:
    """The series of a file or a table in memory, a row a step.

    source: as in `pyrnn.data.readers.read_rows`; a file whose name says nothing is a table.
    columns: what each column is. named: its settings by name, in its place; see `ForecastColumns`.
    like: series read before: their step and the form of their times hold for these too. A file of
        one row has no step of its own.
    learnt: static features as training had them, which say what is a number among them.

    Rows are sorted by time. A warning, which is among the panel's remarks too, says where they were
    not in order, how many gaps there are and where the first is, and how many repeats were made
    one.
    Raises ValueError, naming file and line, for what is no time and no number; for times without a
    common step, unless gaps="join"; for two rows of a series at one time, unless `repeats` says
    what is done; for static columns that change within a series; and for a file without rows.
    """
    if columns is not None and named:
        raise TypeError(
            "columns: expected ForecastColumns, or its settings by name; got it and "
            f"{', '.join(named)} (what was learnt of static features is called learnt)"
        )
    columns = ForecastColumns.of(columns, **named)
    panel = _Reading(Table(source, columns), like).panel(learnt)
    for remark in panel.remarks:
        warnings.warn(remark, stacklevel=2)
    return panel


class _Reading:
    """A table on its way to series.

    ids: (N,), which series a row belongs to; names: of the series. times: (N,), or None.
    order: (M,), rows by series and time, one of each time; numbers: (M, columns), of these.
    parts: (begin, end) of each series in that order.
    """

    def __init__(self, table: Table, like: Panel | None) -> None:
        self.table, self.columns, self.like = table, table.columns, like
        self.remarks: list[str] = []
        self.names, self.ids = self._series()
        self.times: np.ndarray | None = None
        self.form: TimeForm | None = None
        names = (*table.targets, *table.features, *table.future)
        numbers = np.stack([table.numbers[name] for name in names], axis=1)
        self.order = np.argsort(self.ids, kind="stable")
        if self.columns.time is not None:
            self.times, self.form = read_times(
                table.cells[self.columns.time],
                self.columns.time_format,
                self.columns.timezone,
                like=None if like is None else like.form,
                groups=self.ids,
                place=self._place,
            )
            self._sort()
        self.numbers = numbers[self.order]
        if self.times is not None:
            self._one_a_time()
        ends = np.flatnonzero(np.diff(self.ids[self.order])) + 1
        self.parts = [*zip((0, *ends), (*ends, len(self.order)), strict=True)]

    def _series(self) -> tuple[list[Any], np.ndarray]:
        """The names of the series, and the number of each row's."""
        if self.columns.id is None:
            return [None], np.zeros(len(self.table), np.int64)
        numbers: dict[Any, int] = {}
        found = np.empty(len(self.table), np.int64)
        for row, cell in enumerate(self.table.cells[self.columns.id]):
            name = cell.strip() if isinstance(cell, str) else cell
            empty = name is None or (isinstance(name, str) and not name)
            if empty or not isinstance(name, Hashable) or name != name:
                place = self.table.place(row, self.columns.id)
                got = "an empty cell" if empty else f"{name!r:.80}"
                raise ValueError(f"{place}: expected the name of a series; got {got}")
            found[row] = numbers.setdefault(name, len(numbers))
        return list(numbers), found

    def _place(self, row: int) -> str:
        return self.table.place(row, self.columns.time)

    def _cell(self, row: int) -> str:
        """The time of a row, as it stands there."""
        return f"{self.table.cells[self.columns.time or ''][row]!s:.80}"

    def _of(self, series: int) -> str:
        return "" if self.columns.id is None else f" of {self.names[series]!r:.80}"

    def _sort(self) -> None:
        """Put the rows in the order of time."""
        assert self.times is not None
        back = (np.diff(self.times[self.order]) < 0) & (np.diff(self.ids[self.order]) == 0)
        if back.any():
            row = int(self.order[1:][back].min())
            self.remarks.append(
                f"{self._place(row)}: the time lies before that of the row above "
                f"({counted(int(back.sum()), 'such row')}): the rows are sorted by time"
            )
        self.order = np.lexsort((self.times, self.ids))

    def _one_a_time(self) -> None:
        """Make rows of one time one, as the policy has it. Raises ValueError where that is none."""
        assert self.times is not None
        times, ids = self.times[self.order], self.ids[self.order]
        fresh = np.concatenate([[True], (np.diff(times) != 0) | (np.diff(ids) != 0)])
        if fresh.all():
            return
        again = int(np.argmin(fresh))
        row, before = int(self.order[again]), int(self.order[again - 1])
        if self.columns.repeats == "error":
            raise ValueError(
                f"{self._place(row)}: expected one row for each time{self._of(ids[again])}; got "
                f"{self._cell(row)} again, as in {self.table.line(before)} "
                f"({self._hint()}repeats='mean' or 'last' makes them one)"
            )
        self.remarks.append(
            f"{self._place(row)}: the time is that of {self.table.line(before)} "
            f"({counted(int((~fresh).sum()), 'such row')}): {MERGED[self.columns.repeats]}"
        )
        self.numbers, kept = made_one(self.numbers, fresh, self.columns.repeats)
        self.order = self.order[kept]

    def _hint(self) -> str:
        """What repeats may come from."""
        assert self.form is not None
        letters = set(self.form.letters)
        if letters & {"H", "I"} and "z" not in letters and self.form.timezone is None:
            return "timezone= tells apart the hour that comes twice when clocks are set back; "
        return "id= names the column of several series; " if self.columns.id is None else ""

    def panel(self, known: StaticFeatures | None) -> Panel:
        """All of it."""
        table = self.table
        ahead = [self._ahead(begin, end) for begin, end in self.parts]
        step, places = self._step()
        static = static_values(table, [self.order[slice(*part)] for part in self.parts], known)
        found, gaps = [], []
        for part, (begin, end) in enumerate(self.parts):
            rows = closed(
                self.numbers[begin:end],
                self.order[begin:end],
                places[begin:end],
                ahead[part],
                self.columns.gaps,
                self._place,
                known=len(self.table.targets + self.table.features),
            )
            rows = self._without_gaps_ahead(part, rows)
            gaps += self._gaps(places[begin:end], self.numbers[begin : end - ahead[part]], begin)
            found.append(self._made(part, rows, step, static[part]))
        if gaps:
            said = of_gaps(gaps, self.columns.gaps, self._cell, self.table.line)
            self.remarks.append(f"{table.name}: {said}")
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
            tuple(self.remarks),
        )

    def _step(self) -> tuple[Step | None, np.ndarray]:
        """The step, and how many of them each row lies after the first of its series."""
        if self.times is None:
            return None, np.concatenate([np.arange(end - begin) for begin, end in self.parts])
        times = [self.times[self.order[begin:end]] for begin, end in self.parts]
        step = None if self.like is None else self.like.step
        if step is None and max(map(len, times)) > 1:
            step = self._inferred(times)
        if step is None or self.columns.gaps == "join":
            return step, np.concatenate([np.arange(len(each)) for each in times])
        if self.like is not None and self.like.step is not None:
            self._check_apart(step, times)
        places, holidays = [], []
        for (begin, _), each in zip(self.parts, times, strict=True):
            place, off = step.places(each)
            if off.any():
                row = int(self.order[begin + int(np.argmax(off))])
                raise ValueError(
                    f"{self._place(row)}: expected a time that lies whole steps ({step}) behind "
                    f"{self._cell(int(self.order[begin]))}; got {self._cell(row)}"
                )
            if step.unit == "weekday" and self.columns.gaps == "auto":
                place, before = over_holidays(place, step.season)
                holidays += self.order[begin + before].tolist()
            places.append(place)
        if holidays:
            said = of_holidays(holidays, self._cell, self.table.line)
            self.remarks.append(f"{self.table.name}: {said}")
        return step, np.concatenate(places)

    def _check_apart(self, step: Step, times: Sequence[np.ndarray]) -> None:
        """Raise ValueError for rows of another step than those before, of which none lies one
        behind another."""
        if any((step.after(each[:-1], 1) == each[1:]).any() for each in times):
            return
        assert self.form is not None
        try:
            own = infer_step(times, self.form.has_calendar, self.form.timezone)
        except ValueError:
            return
        if str(own) != str(step):
            raise ValueError(
                f"{self.table.name}: expected rows {step} apart, as in training; got rows {own} "
                "apart"
            )

    def _inferred(self, times: Sequence[np.ndarray]) -> Step:
        assert self.form is not None
        calendar = self.form.has_calendar
        try:
            return infer_step(times, calendar, self.form.timezone)
        except IrregularError as error:
            if self.columns.gaps == "join":
                step = Step("fixed" if calendar else "number", error.usual)
                self.remarks.append(
                    f"{self.table.name}: the times have no common step: each row is taken as one, "
                    f"and times to come are {step} apart, as rows usually are"
                )
                return step
            row = int(self.order[self.parts[error.series][0] + error.row])
            zone = ""
            if self.form.timezone is None and "z" in self.form.letters:
                zone = "timezone= names the clock whose days have 23 and 25 hours; "
            raise ValueError(
                f"{self._place(row)}: {error} before {self._cell(row)} ({zone}gaps='join' takes "
                "each row as a step)"
            ) from None

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

    def _without_gaps_ahead(self, part: int, rows: Rows) -> Rows:
        """The rows to come up to a gap among them."""
        if not rows.ahead:
            return rows
        known = rows.numbers[-rows.ahead :, len(self.table.targets + self.table.features) :]
        wrong = np.isnan(known).any(axis=1)
        apart = np.diff(rows.place[-rows.ahead - 1 :])  # none before the first where all are ahead
        wrong[len(wrong) - len(apart) :] |= apart != 1
        if not wrong.any():
            return rows
        gone = rows.ahead - int(np.argmax(wrong))
        row = int(rows.row[-gone])
        self.remarks.append(
            f"{self.table.place(row)}: expected {', '.join(self.table.future)} of each step to "
            f"come{self._of(part)}, one after another; got a gap: from there on none is read "
            f"({counted(gone, 'row')})"
        )
        return rows.until(len(rows.row) - gone)

    def _gaps(self, places: np.ndarray, numbers: np.ndarray, begin: int) -> list[tuple[int, int]]:
        """(row before, how many steps) of each gap in a series; 0 steps for missing numbers."""
        apart = np.diff(places)
        missing = np.isnan(numbers).any(axis=1)
        rows = self.order[begin:]
        found = [(int(rows[k]), int(apart[k]) - 1) for k in np.flatnonzero(apart != 1)]
        return found + [(int(rows[k]), 0) for k in np.flatnonzero(missing)]

    def _made(self, part: int, rows: Rows, step: Step | None, static: tuple[Any, ...]) -> Series:
        targets, past = len(self.table.targets), len(self.table.features)
        times = None
        if self.times is not None:
            times = self.times[np.maximum(rows.row, 0)]
            if step is not None and (gone := rows.row < 0).any():
                first = int(self.order[self.parts[part][0]])
                times[gone] = step.after(self.times[first], rows.place[gone])
        return Series(
            rows.numbers[:, :targets],
            self.names[part],
            past=rows.numbers[:, targets : targets + past],
            known=rows.numbers[:, targets + past :],
            static=static,
            times=times,
            ahead=rows.ahead,
            runs=rows.runs,
            filled=rows.filled,
        )
