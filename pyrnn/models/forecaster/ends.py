"""Where series end: the windows from which their future is forecast."""

from __future__ import annotations

import numpy as np

from pyrnn.data.series import Series, Windows
from pyrnn.models.forecaster.histories import Histories


def ends(data: Histories, context: int, horizon: int, known: int) -> Windows:
    """One window a series, whose horizon begins behind its last row.

    known: F. Raises ValueError where a context is not whole, or known columns do not reach over the
    horizon.
    """
    for number, series in enumerate(data):
        place = f"inputs[{number}]" if len(data) > 1 else "the series"
        place = place if series.name is None else f"series {series.name!r:.80}"
        whole = 0
        if len(series.runs) and series.runs[-1, 1] == len(series):
            whole = int(series.runs[-1, 1] - series.runs[-1, 0])
        if whole < context:
            raise ValueError(
                f"{place}: expected at least {context} rows without a gap at its end, from which "
                f"the model forecasts; got {whole}"
            )
        if known and (found := _ahead(series, horizon)) < horizon:
            raise ValueError(
                f"{place}: expected {horizon} rows behind the last one with a target, which hold "
                f"what is known of the steps to come; got {found}"
            )
    offsets = np.cumsum([0, *(len(each.y) for each in data)], dtype=np.int64)
    origin = np.array([len(each) for each in data], np.int64)
    return Windows(context, horizon, np.arange(len(data)), origin, offsets)


def _ahead(series: Series, horizon: int) -> int:
    """The rows to come that are known, at most a horizon."""
    rows = series.known[len(series) :][:horizon]
    gone = np.isnan(rows).any(axis=1)
    return int(np.argmax(gone)) if gone.any() else len(rows)
