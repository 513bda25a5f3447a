"""Forecaster: a series to its future."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar

import numpy as np

from pyrnn import functional
from pyrnn.autograd import Tensor, no_grad
from pyrnn.data import StaticFeatures
from pyrnn.data.series import Series, Windows, joined
from pyrnn.files.content import Content
from pyrnn.metrics import Forecasts
from pyrnn.models.evaluation import check_list
from pyrnn.models.family import settings_of
from pyrnn.models.forecaster.choices import chosen
from pyrnn.models.forecaster.forecast import Forecast
from pyrnn.models.forecaster.network import ForecastNetwork, Widths, middle
from pyrnn.models.forecaster.panel import Panel, panel_of
from pyrnn.models.forecaster.rows import ForecastBatch, Rows, WindowBatches
from pyrnn.models.forecaster.scales import Scales
from pyrnn.models.forecaster.settings import ForecasterConfig, ForecasterOptions, ForecastMeasures
from pyrnn.models.model import Model
from pyrnn.models.report import Report
from pyrnn.training import Loss

BATCH = 256  # windows that are forecast at once
