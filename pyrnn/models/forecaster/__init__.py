"""A series to its future.

model.py      Forecaster: fit, evaluate, predict
settings.py   what it is made of, how it is trained, how its forecasts are measured
histories.py  several series, and which of their rows are forecast
choices.py    what the data decide: season, context, residual
calendar.py   the time of day, the day of the week, the time of year, as numbers
scales.py     what is learnt of the numbers
rows.py       windows as batches
network.py    the layers
forecast.py   a prediction
"""

from __future__ import annotations

from pyrnn.models.forecaster.forecast import Forecast
from pyrnn.models.forecaster.histories import Histories
from pyrnn.models.forecaster.model import Forecaster
from pyrnn.models.forecaster.settings import (
    ForecasterConfig,
    ForecasterOptions,
    ForecastMeasures,
)

__all__ = [
    "Forecaster",
    "ForecasterConfig",
    "ForecasterOptions",
    "ForecastMeasures",
    "Forecast",
    "Histories",
]
