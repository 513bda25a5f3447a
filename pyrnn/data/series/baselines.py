"""Forecasts that cost nothing: the last value, and that of a season ago."""

from __future__ import annotations

import numpy as np

from pyrnn.kernels.scalars import integer


def last_value(past: np.ndarray, horizon: int) -> np.ndarray:
    """ŷ_{t+k} = y_t for k = 1 .. h.

    past: (c, ...), c at least 1. Returns (h, ...).
    """
    return seasonal(past, horizon, 1)


def seasonal(past: np.ndarray, horizon: int, season: int) -> np.ndarray:
    """ŷ_{t+k} = y_{t+k-m⌈k/m⌉}: the season m before, or the last one that there is.

    past: (c, ...). Returns (h, ...). Raises ValueError where c is less than the season.
    """
    season = integer("season", season, least=1)
    horizon = integer("horizon", horizon, least=0)
    if len(past) < season:
        raise ValueError(f"past: expected at least a season of {season} rows; got {len(past)}")
    return past[len(past) - season + np.arange(horizon) % season]
