"""Several series of one kind: the data of a forecaster."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from pyrnn.data.readers import is_frame
from pyrnn.data.series import Series, Windows, cuts_by_time
from pyrnn.files.strict_json import shortened


@dataclass(frozen=True, eq=False)
class Panel(Sequence[Series]):
    """S series; as a sequence, it is theirs.

    step: of their times; None where rows are all that is known of time.
    begin: int64 (S,), the first row of each that is forecast in training or evaluation; what lies
        before it is context. None: as early as a context allows.
    remarks: what there is to say of how they were read, a line each.
    """

    series: tuple[Series, ...]
    step: Any = None
    begin: np.ndarray | None = None
    remarks: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.series)

    def __getitem__(self, number: Any) -> Any:
        return self.series[number]

    def __iter__(self) -> Iterator[Series]:
        return iter(self.series)

    @property
    def names(self) -> list[Any] | None:
        """What a file calls each; None where it calls them nothing."""
        found = [each.name for each in self.series]
        return None if all(name is None for name in found) else found

    def windows(self, context: int, horizon: int, stride: int = 1) -> Windows:
        """All windows whose horizons are to be forecast."""
        found = Windows.over(self.series, context, horizon, stride=stride)
        return found if self.begin is None else found.select(self._ahead(found))

    def _ahead(self, windows: Windows) -> np.ndarray:
        assert self.begin is not None
        return windows.origin >= self.begin[windows.series]

    def parted(self, share: float, horizon: int) -> tuple[Panel, Panel]:
        """The rows before a cut, to train on, and all of them, to forecast those behind it."""
        cuts = cuts_by_time(self.series, share, horizon)
        before = tuple(map(cut, self.series, cuts.tolist()))
        return replace(self, series=before), replace(self, begin=cuts, remarks=())


def cut(series: Series, rows: int) -> Series:
    """The first rows of a series."""
    known = {name: getattr(series, name)[:rows] for name in ("y", "past", "known")}
    times = None if series.times is None else series.times[:rows]
    runs = np.minimum(series.runs, rows)
    return replace(series, **known, times=times, ahead=0, runs=runs[runs[:, 0] < runs[:, 1]])


def panel_of(value: Any, name: str = "series") -> Panel:
    """One series or several, as a caller gives them.

    value: numbers (N,) or (N, K), a `Series`, or a list of such; a Panel as it is. Raises
    TypeError, ValueError for anything else.
    """
    if isinstance(value, Panel):
        return value
    wanted = "numbers (N,) or (N, K), a Series, or a list of such"
    if is_frame(value):
        raise TypeError(
            f"{name}: expected {wanted}; got a table, {type(value).__name__}: "
            "model.series(table, ...) reads it"
        )
    if isinstance(value, str | bytes | Mapping) or not (
        isinstance(value, Series) or (hasattr(value, "__len__") and hasattr(value, "__getitem__"))
    ):
        raise TypeError(f"{name}: expected {wanted}; got {type(value).__name__}")
    if isinstance(value, Series) or _is_one(value):
        return Panel((_series(value, name),))
    return Panel(tuple(_series(each, f"{name}[{k}]") for k, each in enumerate(value)))


def _is_one(value: Any) -> bool:
    """Whether a list or an array is a single series: its first entry is a number."""
    if isinstance(value, np.ndarray):
        return value.ndim < 3 and value.dtype != object
    return len(value) > 0 and np.ndim(value[0]) == 0 and isinstance(value[0], int | float)


def _series(value: Any, name: str) -> Series:
    if isinstance(value, Series):
        return value
    if isinstance(value, str | bytes | Mapping) or not hasattr(value, "__len__"):
        raise TypeError(
            f"{name}: expected numbers (N,) or (N, K), or a Series; got {type(value).__name__} "
            f"{shortened(value)}"
        )
    try:
        return Series(value)
    except (TypeError, ValueError) as error:
        raise type(error)(f"{name}: {error}") from error
