"""A rolling-origin evaluation: forecasts from one origin after the other, beside what costs
nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from pyrnn.data.series import Windows, seasonal
from pyrnn.metrics import Forecasts
from pyrnn.models.forecaster.histories import Histories
from pyrnn.models.forecaster.rows import ForecastBatch, WindowBatches
from pyrnn.models.report import ForecastPanel, Report, Table

# panels that are drawn, of several targets one each; and the horizons of rows drawn before each
PANELS, MOST, BEFORE = 6, 12, 3
COLUMNS = ("mae", "rmse", "mse", "mase", "pinball", "coverage")


class Rolling:
    """model: a `Forecaster`. data: with the rows that are forecast. batches: of their windows."""

    def __init__(self, model: Any, data: Histories, batches: WindowBatches) -> None:
        self.model, self.data, self.batches = model, data, batches
        self.metric: Forecasts = model.metrics(data)
        seasons = {"last value": 1, f"season of {model.config.season}": model.config.season}
        self.baselines = {
            name: (m, Forecasts(self.metric.horizon, self.metric.targets))
            for name, m in seasons.items()
            if m > 1 or name == "last value"
        }
        self.pinball = dict.fromkeys(self.baselines, 0.0)
        self.before = rows_before(batches.windows, data)

    def report(self) -> Report:
        """All of it."""
        with np.errstate(over="ignore", invalid="ignore"):  # of numbers beyond all measure
            return self._report()

    def _report(self) -> Report:
        total, panels = 0.0, []
        targets = range(min(self.metric.targets, MOST))
        origins = max(1, PANELS // len(targets))
        last = len(self.batches.windows) - 1
        some = np.linspace(0, last, origins) if origins > 1 else [last]
        drawn = set(np.asarray(some).astype(int).tolist())
        for batch, found in self.model.evaluated(self.batches):
            total += float(found.value.item())
            values, levels = self.model.forecast(batch, found.output.numpy())
            self.model.measure(self.metric, batch, found)
            self._update_baselines(batch)
            for row, number in enumerate(batch.numbers.tolist()):
                if number in drawn:
                    for k in targets:
                        quantiles = None if levels is None else levels[row, :, k]
                        panels.append(self._panel(number, k, values[row, :, k], quantiles))
        every = {"loss": total / len(self.batches.windows), **self.metric.compute()}
        metrics = {name: value for name, value in every.items() if not np.isnan(value)}
        return Report(metrics, table=self._table(), steps=self._steps(), forecasts=panels)

    def _update_baselines(self, batch: ForecastBatch) -> None:
        windows, y = self.batches.windows, self.batches.rows.y
        levels = self.metric.quantiles
        for name, (season, metric) in list(self.baselines.items()):
            past = self._before(y, batch.numbers, season)
            if past is None:
                del self.baselines[name]
                continue
            said = seasonal(past, windows.horizon, season).transpose(1, 0, 2)
            metric.update(batch.truth, said, scale=batch.mase)
            if len(levels):
                off = (batch.truth - said)[..., None]
                loss = np.maximum(levels * off, (levels - 1) * off)
                self.pinball[name] += float(loss.mean(axis=(1, 2, 3)).sum())

    def _before(self, y: np.ndarray, numbers: np.ndarray, season: int) -> np.ndarray | None:
        """The last season of rows before some windows, (m, B, K); None where one lacks some, be it
        behind a gap."""
        windows = self.batches.windows
        if (self.before[numbers] < season).any():
            return None
        start = windows.offsets[windows.series[numbers]] + windows.origin[numbers]
        return np.asarray(y[start + np.arange(-season, 0)[:, None]])

    def _table(self) -> Table:
        """A row for the model and each baseline."""
        rows = [("this model", *self._cells(self.metric.compute()))]
        for name, (_, metric) in self.baselines.items():
            found = metric.compute()
            if len(self.metric.quantiles):
                found |= {"pinball": self.pinball[name] / metric.origins, "coverage": np.nan}
            rows.append((name, *self._cells(found)))
        return Table(("forecast", *self._names), rows)

    @property
    def _names(self) -> Sequence[str]:
        return COLUMNS if len(self.metric.quantiles) else COLUMNS[:4]

    def _cells(self, found: Any) -> list[float]:
        return [found[name] for name in self._names]

    def _steps(self) -> Table:
        """A row for each step of the horizon: the model's numbers, and mae of the baselines."""
        own = self.metric.per_step()
        others = {name: metric.per_step() for name, (_, metric) in self.baselines.items()}
        rows = [
            (str(k), *self._cells(found), *(each[k]["mae"] for each in others.values()))
            for k, found in own.items()
        ]
        return Table(("step", *self._names, *(f"mae of {name}" for name in others)), rows)

    def _panel(self, number: int, k: int, values: np.ndarray, quantiles: Any) -> ForecastPanel:
        """The forecast of a target from one origin, with what came before and then."""
        windows, data = self.batches.windows, self.data
        series = data[int(windows.series[number])]
        origin, horizon = int(windows.origin[number]), windows.horizon
        first = max(0, origin - BEFORE * horizon)
        at = first, origin + horizon
        times = None
        if series.times is not None:
            times = data.panel.times_after(series, first, at[1] - first) if first else None
        named = "" if series.name is None else f"{series.name}"
        start = "" if times is None else str(times[origin - first])
        return ForecastPanel(
            title=", ".join(filter(None, (named, start))) or f"from row {origin}",
            truth=series.y[first : at[1], k],
            forecast=values,
            quantiles=quantiles,
            levels=tuple(self.metric.quantiles.tolist()),
            target=data.panel.targets[k],
            step="" if data.step is None else str(data.step),
        )


def rows_before(windows: Windows, data: Histories) -> np.ndarray:
    """How many rows without a gap lie before each origin, int64 (W,)."""
    found = np.empty(len(windows), np.int64)
    for number, series in enumerate(data):
        own = windows.series == number
        begins, origin = series.runs[:, 0], windows.origin[own]
        found[own] = origin - begins[np.searchsorted(begins, origin - 1, side="right") - 1]
    return found
