"""The last share in time held out: what came later is never seen by what is trained."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pyrnn.data.series.series import Series
from pyrnn.data.series.windows import Windows
from pyrnn.kernels.scalars import integer, real


def cuts_by_time(series: Sequence[Series], share: float, horizon: int = 1) -> np.ndarray:
    """The first row of each series that is held out, int64 (S,); its length where none is.

    With times, one moment cuts all series: the latest one from which on at least the share of all
    rows is held out, and at least `horizon` rows of some series. Without, each is cut at its own
    row.
    share: above 0, below 1. horizon: h, the rows that are forecast at once.
    Raises ValueError where nothing would be left to train on.
    """
    share = real("share", share, above=0, below=1)
    horizon = integer("horizon", horizon, least=1)
    lengths = np.array([len(each) for each in series], np.int64)
    if not lengths.sum():
        raise ValueError("series: expected rows; got none")
    # 1e-9: 0.145 * 100 is a little less than 14.5 in binary
    held = np.maximum((lengths * share + 0.5 + 1e-9).astype(np.int64), horizon)
    if any(each.times is None for each in series):
        cuts = np.maximum(lengths - held, 0)
    else:
        times = [each.times[: len(each)] for each in series]  # type: ignore[index]
        cuts = _at_one_moment(times, share, horizon)
    if not cuts.any():
        raise ValueError(
            f"series: expected more rows than a horizon of {horizon}, so that some are left to train "
            f"on beside what is held out; got {lengths.max()} in the longest"
        )
    return cuts


def _at_one_moment(times: Sequence[np.ndarray], share: float, horizon: int) -> np.ndarray:
    """The rows of all series at which one moment cuts them."""
    every = np.sort(np.concatenate(list(times)))
    moment = every[len(every) - max(1, int(len(every) * share + 0.5 + 1e-9))]
    latest = max((each[-horizon] for each in times if len(each) >= horizon), default=every[0])
    moment = min(moment, latest)
    return np.array([np.searchsorted(each, moment) for each in times], np.int64)


def hold_out_last(windows: Windows, cuts: np.ndarray) -> tuple[Windows, Windows]:
    """(training, held out): windows whose horizons end before the cuts, and those whose begin at
    or after them. The origins between, whose horizons would look across, are in neither.

    The contexts of those held out may reach back into the training rows, as they do in use.
    """
    cut = np.asarray(cuts)[windows.series]
    training = windows.origin + windows.horizon <= cut
    return windows.select(training), windows.select(windows.origin >= cut)
