"""Where series end: the windows from which their future is forecast; and series that are too short
to have any."""

from __future__ import annotations

import warnings

import numpy as np

from pyrnn.data.series import Series, Windows
from pyrnn.data.series.remarks import counted
from pyrnn.models.forecaster.histories import Histories


def ends(data: Histories, context: int, horizon: int, known: int) -> Windows:
    """One window a series, whose horizon begins behind its last row.

    known: F. Of several series, one whose context is not whole, or whose known columns do not reach
    over the horizon, has none, and a warning says so; where no series has one it is a ValueError.
    """
    lacks = [_lack(each, context, horizon, known) for each in data]
    said = [f"{_place(data, k)}: {lack}" for k, lack in enumerate(lacks) if lack]
    if len(said) == len(data):
        raise ValueError(said[0])
    if said:
        more = f" (and {len(said) - 1} more)" if len(said) > 1 else ""
        warnings.warn(f"{said[0]}: no forecast is made of it{more}", stacklevel=3)
    which = np.array([k for k, lack in enumerate(lacks) if not lack], np.int64)
    offsets = np.cumsum([0, *(len(each.y) for each in data)], dtype=np.int64)
    origin = np.array([len(each) for each in data], np.int64)
    return Windows(context, horizon, which, origin[which], offsets)


def warn_of_short(data: Histories, windows: Windows) -> None:
    """Say which series have no window, and how many there are of the others."""
    without = np.setdiff1d(np.arange(len(data)), windows.series)
    if not len(without) or data.begin is not None:
        return
    first = int(without[0])
    warnings.warn(
        f"{_place(data, first)}: expected {windows.context + windows.horizon} rows without a gap, a "
        f"context of {windows.context} and a horizon of {windows.horizon}; got "
        f"{data[first].longest}: {len(without)} of {len(data)} series are left out, the others "
        f"have {counted(len(windows), 'window')}",
        stacklevel=3,
    )


def no_windows(data: Histories, context: int, horizon: int) -> ValueError:
    """The error for series of which none has a window."""
    wanted = f"{context + horizon} rows without a gap, a context of {context} and a horizon of "
    wanted += str(horizon)
    if len(data.windows(context, horizon)):
        return ValueError(
            f"series: expected {horizon} rows in turn that were measured, none of them filled in; "
            "got none"
        )
    if data.begin is None:
        return ValueError(f"series: expected at least {wanted}; got {data.longest}")
    return ValueError(
        f"valid: expected what is held out to have, with the rows before it, at least {wanted}; "
        f"got {data.room(horizon) + horizon if data.room(horizon) else 0} (a smaller context, a "
        "larger share to hold out, or another way with gaps, as gaps='linear' or timezone=, helps)"
    )


def _place(data: Histories, number: int) -> str:
    name = data[number].name
    if name is not None:
        return f"series {name!r:.80}"
    return f"inputs[{number}]" if len(data) > 1 else "the series"


def _lack(series: Series, context: int, horizon: int, known: int) -> str:
    """What keeps a series from being gone on with; empty if nothing does."""
    whole = 0
    if len(series.runs) and series.runs[-1, 1] == len(series):
        whole = int(series.runs[-1, 1] - series.runs[-1, 0])
    if whole < context:
        gone = len(series) - int(series.runs[-1, 1]) if len(series.runs) else len(series)
        why = f" (numbers are missing in its last {counted(gone, 'row')})" if gone else ""
        return (
            f"expected at least {counted(context, 'row')} without a gap at its end, from which the "
            f"model forecasts; got {whole}{why}"
        )
    if known and (found := _ahead(series, horizon)) < horizon:
        return (
            f"expected {counted(horizon, 'row')} behind the last one with a target, which hold "
            f"what is known of the steps to come; got {found}"
        )
    return ""


def _ahead(series: Series, horizon: int) -> int:
    """The rows to come that are known, at most a horizon."""
    rows = series.known[len(series) :][:horizon]
    gone = np.isnan(rows).any(axis=1)
    return int(np.argmax(gone)) if gone.any() else len(rows)
