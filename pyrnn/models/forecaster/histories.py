"""Several series and which of their rows are forecast: the data of a forecaster."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import numpy as np

from pyrnn.data.readers import is_frame
from pyrnn.data.series import (
    ForecastColumns,
    Panel,
    Series,
    Step,
    TimeForm,
    Windows,
    cuts_by_time,
    infer_step,
    joined,
    read_series,
)
from pyrnn.files.strict_json import shortened
from pyrnn.models.by_position import by_position

WANTED = "numbers (N,) or (N, K), a Series, a Panel, or a list of series"
ISO = "%Y-%m-%dT%H:%M:%S"


@dataclass(frozen=True, eq=False)
class Histories(Sequence[Series]):
    """The series of a panel; as a sequence, it is theirs.

    begin: int64 (S,), the first row of each that is forecast in training or evaluation; what lies
        before it is context. None: as early as a context allows.
    """

    panel: Panel
    begin: np.ndarray | None = None

    def __len__(self) -> int:
        return len(self.panel.series)

    def __getitem__(self, number: Any) -> Any:
        return self.panel.series[number]

    def __iter__(self) -> Iterator[Series]:
        return iter(self.panel.series)

    @property
    def step(self) -> Step | None:
        """That of their times."""
        return self.panel.step

    @property
    def names(self) -> list[Any] | None:
        """What a file calls each; None where it calls them nothing."""
        return None if self.panel.id is None else [each.name for each in self]

    @property
    def longest(self) -> int:
        """The rows of the longest stretch without a gap."""
        return max((each.longest for each in self), default=0)

    def room(self, horizon: int) -> int:
        """The longest context of a window; less than 1 where there is none."""
        most = 0
        for number, each in enumerate(self):
            begins, origins = each.runs[:, 0], each.runs[:, 1] - horizon  # the last one of each
            first = 0 if self.begin is None else self.begin[number]
            most = max(most, int((origins - begins)[origins >= first].max(initial=0)))
        return most

    def windows(
        self, context: int, horizon: int, stride: int = 1, *, measured: bool = False
    ) -> Windows:
        """All windows whose horizons are to be forecast. measured: but those whose horizons hold a
        number that was filled in, which nobody measured."""
        found = Windows.over(self, context, horizon, stride=stride)
        if self.begin is not None:
            found = found.select(found.origin >= self.begin[found.series])
        if measured and len(found):
            found = found.select(found.measured(joined([each.filled for each in self])))
        return found

    def parted(self, share: float, horizon: int) -> tuple[Histories, Histories]:
        """The rows before a cut, to train on, and all of them, to forecast those behind it."""
        cuts = cuts_by_time(self.panel.series, share, horizon)
        before = tuple(each.until(cut) for each, cut in zip(self, cuts.tolist(), strict=True))
        return Histories(replace(self.panel, series=before)), Histories(self.panel, cuts)


def histories(value: Any, name: str = "series", like: Panel | None = None) -> Histories:
    """One series or several, as a caller gives them.

    value: numbers (N,) or (N, K), a `Series`, a list of such, or a `Panel`, as `read_series` gives
        it. A series of pandas with an index of dates has those as its times.
    like: what the model was trained on, if it was.
    Raises TypeError, ValueError for anything else, and for series of unlike columns.
    """
    if isinstance(value, Histories):
        return value
    if isinstance(value, Panel):
        return Histories(value)
    if is_frame(value) and not isinstance(value, list | tuple):
        raise TypeError(
            f"{name}: expected {WANTED}; got a table, {type(value).__name__}: "
            "model.series(table, ...) reads it"
        )
    if _is_dated(value):
        return Histories(_of_dates(value, name, like))
    if not isinstance(value, Series):
        value = by_position(value, name)
    listed = hasattr(value, "__len__") and hasattr(value, "__getitem__")
    if isinstance(value, str | bytes | Mapping) or not (listed or isinstance(value, Series)):
        raise TypeError(f"{name}: expected {WANTED}; got {type(value).__name__}")
    if isinstance(value, Series) or _is_one(value):
        return Histories(_panel([_series(value, name)]))
    series = [_series(each, f"{name}[{k}]") for k, each in enumerate(value)]
    for number, each in enumerate(series):
        _check_alike(series[0], each, f"{name}[{number}]")
    return Histories(_panel(series))


def _is_dated(value: Any) -> bool:
    """Whether it is a series of pandas with an index of dates, or of periods."""
    index = getattr(value, "index", None)
    if callable(index) or not hasattr(value, "tolist") or not hasattr(index, "__len__"):
        return False
    return len(index) > 0 and (isinstance(index[0], date) or hasattr(index[0], "to_timestamp"))


def _of_dates(value: Any, name: str, like: Panel | None) -> Panel:
    """A series of pandas with its dates, read as a table of two columns is."""
    named = value.name if isinstance(value.name, str) else "y"
    time = value.index.name if isinstance(value.index.name, str) else "time"
    time = f"{time}_index" if time == named else time
    columns = ForecastColumns(time=time, target=(named,), missing=("empty",))
    try:
        return read_series({time: list(value.index), named: value.tolist()}, columns, like=like)
    except ValueError as error:
        raise ValueError(f"{name}: {str(error).removeprefix('the table: ')}") from None


def _is_one(value: Any) -> bool:
    """Whether a list or an array is a single series: its entries are numbers, or rows of them."""
    if isinstance(value, np.ndarray):
        return value.ndim < 3 and value.dtype != object
    return len(value) > 0 and isinstance(value[0], int | float | np.number)


def _series(value: Any, name: str) -> Series:
    if isinstance(value, Series):
        return value
    if _is_dated(value):
        return _of_dates(value, name, None).series[0]
    if isinstance(value, str | bytes | Mapping) or not hasattr(value, "__len__"):
        raise TypeError(
            f"{name}: expected numbers (N,) or (N, K), or a Series; got {type(value).__name__} "
            f"{shortened(value)}"
        )
    if isinstance(value, np.ma.MaskedArray):
        raise ValueError(
            f"{name}: expected numbers without a mask, NaN for what is missing; got a masked array"
        )
    try:
        return Series(by_position(value, name))
    except (TypeError, ValueError) as error:
        raise type(error)(f"{name}: {str(error).removeprefix('series: y: ')}") from None


def _check_alike(first: Series, other: Series, place: str) -> None:
    for part, words in (("y", "targets"), ("past", "columns of the past"), ("known", "known ones")):
        wanted, found = (getattr(each, part).shape[1] for each in (first, other))
        if wanted != found:
            raise ValueError(f"{place}: expected {wanted} {words}, as the first has; got {found}")
    for part in ("static", "times"):
        wanted, found = (_count(getattr(each, part)) for each in (first, other))
        if wanted != found:
            raise ValueError(f"{place}: expected {part} as the first has; got others")


def _count(part: Any) -> int:
    return -1 if part is None else len(part) if isinstance(part, tuple) else 0


def _panel(series: Sequence[Series]) -> Panel:
    """Series of the caller's own; their columns have no names but these."""
    step = form = None
    if series and series[0].times is not None:
        step, form = infer_step([each.times for each in series], True), TimeForm(ISO)  # type: ignore[misc]
    names = {part: _numbered(part, getattr(series[0], part)) if series else ()
             for part in ("past", "known")}  # fmt: skip
    static = tuple(f"static_{k}" for k, _ in enumerate(series[0].static, 1)) if series else ()
    targets = _numbered("y", series[0].y) if series else ("y",)
    named = "series" if any(each.name is not None for each in series) else None
    time = None if form is None else "time"
    return Panel(tuple(series), targets, **names, static=static, time=time, id=named, form=form,
                 step=step)  # fmt: skip


def _numbered(name: str, rows: np.ndarray) -> tuple[str, ...]:
    """Names of columns: y, or y_1, y_2 ..."""
    width = rows.shape[1]
    return (name,) if width == 1 else tuple(f"{name}_{k}" for k in range(1, width + 1))
