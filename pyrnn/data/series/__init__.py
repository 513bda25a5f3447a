"""Series of numbers in time: read, checked, cut into windows.

clock.py        moments and what clocks show then
form.py         how times are written; formats.py: those that are told
times.py        cells as times
step.py         what lies between one row and the next
columns.py      what each column of a table is to a series
gathering.py    tables as columns of numbers and cells
repeats.py      rows of one time made one
gaps.py         what is missing: kept apart, filled in or passed over
statics.py      what is said of a whole series
reading.py      files and data frames as series
panel.py        several series of the same columns and step
series.py       a series, and its stretches without gaps
windows.py      contexts and the horizons that follow them
splits.py       the last share in time held out
scaling.py      mean 0 and deviation 1, by series or over all
baselines.py    the last value, and that of a season ago
"""

from __future__ import annotations

from pyrnn.data.series.baselines import last_value, seasonal
from pyrnn.data.series.clock import Clock
from pyrnn.data.series.columns import ForecastColumns
from pyrnn.data.series.form import TimeForm
from pyrnn.data.series.panel import Panel
from pyrnn.data.series.reading import read_series
from pyrnn.data.series.scaling import SCALES, scaler_of, scalers
from pyrnn.data.series.series import Series, stretches
from pyrnn.data.series.splits import cuts_by_time, hold_out_last
from pyrnn.data.series.step import IrregularError, Step, infer_step
from pyrnn.data.series.times import Times, read_times
from pyrnn.data.series.windows import Windows, joined

__all__ = [
    "ForecastColumns",
    "read_series",
    "Panel",
    "Series",
    "stretches",
    "Times",
    "TimeForm",
    "read_times",
    "Clock",
    "Step",
    "infer_step",
    "IrregularError",
    "Windows",
    "joined",
    "cuts_by_time",
    "hold_out_last",
    "SCALES",
    "scalers",
    "scaler_of",
    "last_value",
    "seasonal",
]
