"""Forecaster: a series to its future."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from pyrnn import functional
from pyrnn.autograd import no_grad
from pyrnn.data.series import ForecastColumns, Series, Windows, read_series
from pyrnn.files.content import Content
from pyrnn.metrics import Forecasts
from pyrnn.models.evaluation import check_list
from pyrnn.models.family import settings_of
from pyrnn.models.forecaster.choices import check_lag, with_context, with_residual
from pyrnn.models.forecaster.ends import ends, no_windows, warn_of_short
from pyrnn.models.forecaster.forecast import Forecast
from pyrnn.models.forecaster.histories import Histories, histories
from pyrnn.models.forecaster.learnt import Learnt
from pyrnn.models.forecaster.network import ForecastNetwork, middle
from pyrnn.models.forecaster.report import Rolling
from pyrnn.models.forecaster.rows import (
    ForecastBatch,
    Rows,
    WindowBatches,
)
from pyrnn.models.forecaster.settings import ForecasterConfig, ForecasterOptions, ForecastMeasures
from pyrnn.models.forecaster.streamed import windowed
from pyrnn.models.model import Model
from pyrnn.models.report import Report
from pyrnn.training import Loop, Loss

BATCH = 256  # windows that are forecast at once


class Forecaster(Model):
    """A series, or several of one kind, to its future.

    config, settings: see `ForecasterConfig`.

    A series is numbers in equal steps of time: (N,), or (N, K) for K targets; a
    `pyrnn.data.series.Series` has what else is known of it: times, other columns of the past,
    columns that are known ahead, static features. Several stand in a list. Training windows are all
    stretches of context and horizon that cross neither series nor gaps.

    >>> import numpy as np
    >>> from pyrnn.models import Forecaster
    >>> wave = np.sin(np.arange(400) * 2 * np.pi / 20)
    >>> model = Forecaster(horizon=10)
    >>> model.fit(wave[:300], epochs=10).reason
    'epochs'
    >>> bool(np.abs(model.predict(wave[:350])[0].values[:, 0] - wave[350:360]).max() < 0.1)
    True
    """

    family = "forecast"
    title = "forecaster"
    reads = "series: their future"
    Config = ForecasterConfig
    Options = ForecasterOptions
    Columns = ForecastColumns
    Decoding = ForecastMeasures
    monitors: ClassVar = dict.fromkeys(("loss", "mae", "rmse", "mse", "mase", "pinball"), "min")

    from_files: ClassVar = (
        ("The next 24 hours", "oil.csv", "--time date --target OT --horizon 24"),
        (
            "Several series, with prices known ahead, and how sure the forecast is",
            "sales.csv",
            "--time day --target sold --id shop --future price --quantiles 0.1,0.5,0.9",
        ),
    )

    def __init__(self, config: ForecasterConfig | None = None, **settings: Any) -> None:
        super().__init__(config, **settings)
        self._learnt: Learnt | None = None

    @property
    def units(self) -> str:
        """Windows."""
        return "windows"

    @property
    def learnt(self) -> Learnt:
        """What it knows of the training series. Raises ValueError before the model is built."""
        if self._learnt is None:
            self.network  # noqa: B018  # it says what to do
        assert self._learnt is not None
        return self._learnt

    # data

    def read(self, *data: Any, **named: Any) -> Histories:
        """One series or several, see `histories`."""
        if len(data) + len(named) != 1 or not set(named) <= {"series"}:
            more = f" and {', '.join(named):.80}" if named else ""
            raise TypeError(
                f"series: expected one series, or a list of them; got {len(data)} arguments{more}"
            )
        like = None if self._learnt is None else self._learnt.like
        found = histories(data[0] if data else named["series"], like=like)
        if not len(found):
            raise ValueError("series: expected at least one; got none")
        if self._network is not None:
            self.learnt.check(found, "series")
            self.learnt.warn_of_strangers(found, "series")
        return found

    def training(self, *data: Any, **arguments: Any) -> Loop:
        """See `Model.training`; the data may be given by their name, series, too."""
        if "series" in arguments:
            data = (*data, arguments.pop("series"))
        return super().training(*data, **arguments)

    def hold_out(self, data: Histories, share: float, seed: int) -> tuple[Histories, Histories]:
        """The end of the series, by time."""
        return data.parted(share, self.config.horizon)

    def learn(self, train: Histories, held: Histories | None) -> None:
        """Context, season and residual where they are not given; scales; static features."""
        self.config = config = with_context(self.config, train, held)
        self._learnt = Learnt.fit(train, config)
        windows, z = self._windows(train), self._learnt.rows(train).z
        warn_of_short(train, windows)
        self.config = config = with_residual(config, z, windows)
        check_lag(config)
        self._learnt = self._learnt.with_spreads(config, z, windows)
        if held is not None:
            self._learnt.check(held, "valid: series")

    def parts(self) -> dict[str, Any]:
        """What was learnt of the series."""
        return {"series": self.learnt.to_json()}

    def take(self, parts: Mapping[str, Any]) -> None:
        """All of it out of a file."""
        config = self.config
        if config.context is None or config.season is None or config.residual == "auto":
            raise ValueError("config: expected a context, a season and a residual; got none")
        check_lag(config)
        self._learnt = Learnt.from_json(parts["series"], config)

    def build(self, rng: np.random.Generator) -> ForecastNetwork:
        """Encoder, decoder where there is something to read, output layer, linear part."""
        return ForecastNetwork(self.config, self.learnt.widths(self.config), rng)

    def _windows(self, data: Histories, stride: int = 1, *, measured: bool = False) -> Windows:
        """Those of series. Raises ValueError where there are none."""
        context, horizon = self.config.context, self.config.horizon
        found = data.windows(context, horizon, stride, measured=measured)
        if not len(found):
            raise no_windows(data, context, horizon)
        return found

    def batches(
        self, data: Histories, options: Any, *, train: bool, stride: int = 1
    ) -> WindowBatches:
        """All windows of the series; to evaluate, those whose truth was measured."""
        windows = self._windows(data, stride, measured=not train)
        rows = self.learnt.rows(data, None if train else windows)
        size = options.batch_size or BATCH
        return self._batches(rows, windows, size, seed=options.seed, shuffle=train)

    def _batches(self, rows: Rows, windows: Windows, size: int, **how: Any) -> WindowBatches:
        return WindowBatches(rows, windows, self.config, self.learnt.scales, size, **how)

    def suited(
        self, options: ForecasterOptions, data: Histories, held: Histories | None
    ) -> ForecasterOptions:
        """A batch size, a rate and an end, where nothing is said of them."""
        config = with_context(self.config, data, held)
        assert config.context is not None
        return options.suited(len(data.windows(config.context, config.horizon)))

    # training

    def loss(self, batch: ForecastBatch, state: Any = None) -> Loss:
        """The error of scaled targets, the mean over steps and targets: squared, absolute, or the
        pinball loss of the quantiles."""
        said, targets = self.network(batch), batch.targets
        assert targets is not None
        spread = self.learnt.scales.residual.astype(targets.dtype)
        quantiles = self.config.quantiles
        with np.errstate(over="ignore"):  # who asks sees to a loss that is not finite
            if quantiles is None:
                off = (said - targets) * spread
                error = abs(off) if self.config.error == "absolute" else off * off
            else:
                off = (targets[..., None] - said) * spread[:, None]
                level = np.array(quantiles, targets.dtype)
                error = functional.maximum(off * level, off * (level - 1))
            count = float(np.prod(error.shape[1:]))
            return Loss(error.sum() / count, batch.sequences, None, said)

    def forecast(self, batch: ForecastBatch, said: np.ndarray) -> tuple[np.ndarray, Any]:
        """What the network says of a batch in the targets' own units, float64: numbers (B, h, K),
        and quantiles (B, h, K, Q) or None."""
        spread, quantiles = self.learnt.scales.residual, self.config.quantiles
        if quantiles is None:
            return batch.in_units(batch.base + said * spread), None
        levels = [batch.in_units(batch.base + said[..., q] * spread) for q in range(len(quantiles))]
        return levels[middle(quantiles)], np.stack(levels, axis=-1)

    def metrics(self, data: Any) -> Forecasts:
        """mae, rmse, mse, mase, pinball, coverage."""
        return Forecasts(self.config.horizon, self.learnt.scales.targets, self.config.quantiles)

    def monitored(self) -> Mapping[str, Any]:
        """Those of `monitors` that the data have."""
        without = {"pinball"} if self.config.quantiles is None else set()
        if not self.learnt.scales.has_mase:
            without.add("mase")
        return {name: how for name, how in self.monitors.items() if name not in without}

    def measure(self, metric: Forecasts, batch: ForecastBatch, found: Loss) -> None:
        """In the targets' own units."""
        with np.errstate(over="ignore", invalid="ignore"):  # beyond all numbers
            values, levels = self.forecast(batch, found.output.numpy())
            metric.update(batch.truth, values, quantiles=levels, scale=batch.mase)

    def measured(self, data: Any, batches: Any) -> dict[str, float]:
        """What `monitors` names, over batches, where it is defined."""
        return {k: v for k, v in super().measured(data, batches).items() if not np.isnan(v)}

    # use

    def report(self, *data: Any, decoding: Any = None, **named: Any) -> Report:
        """The metrics of forecasts from all origins, one after the other, beside those of the last
        value and of a season ago; by step; and some of the forecasts.

        decoding: see `ForecastMeasures`.
        """
        self.network  # noqa: B018  # the error comes first
        measures = settings_of("decoding", ForecastMeasures, decoding, {})
        found = self.read(*data, **named)
        batches = self.batches(found, self.Options(), train=False, stride=measures.stride)
        warn_of_short(found, batches.windows)
        return Rolling(self, found, batches).report()

    def predict(self, inputs: Any, decoding: Any = None) -> list[Forecast]:
        """What each series is to be in the `horizon` steps behind its last row.

        inputs: a series, or a list of them, see the class; the last `context` rows of each are
            read. Where there are known columns, a `Series` has them `ahead` as well.
        One of several from which none can be made, too short a one or one without known columns
        over the horizon, has a forecast of no steps, and a warning says why.
        Raises TypeError, ValueError for what is none, and where no series has a forecast.
        """
        measures = settings_of("decoding", ForecastMeasures, decoding, {})
        if measures != ForecastMeasures():
            raise ValueError("stride: expected it for an evaluation; got a prediction")
        if not isinstance(inputs, Series):
            check_list("inputs", inputs, "a list of inputs")
        config, network = self.config, self.network
        data = histories(inputs, "inputs", self.learnt.like)
        self.learnt.check(data, "inputs")
        self.learnt.warn_of_strangers(data, "inputs")
        if not len(data):
            return []
        if network.training:
            network.eval()
        windows = ends(data, config.context, config.horizon, len(self.learnt.like.known))
        rows = self.learnt.rows(data, windows)
        found: list[Any] = []
        for batch in self._batches(rows, windows, BATCH, targets=False, shuffle=False):
            with no_grad(), np.errstate(over="ignore", invalid="ignore"):
                values, levels = self.forecast(batch, network(batch).numpy())
            found += zip(values, [None] * len(values) if levels is None else levels, strict=True)
        forecasts = [self.blank() for _ in data]
        for number, one in zip(windows.series.tolist(), found, strict=True):
            forecasts[number] = self._forecast(data, number, *one)
        return forecasts

    def _forecast(self, data: Histories, number: int, values: Any, levels: Any) -> Forecast:
        series, like = data[number], self.learnt.like
        times: dict[str, Any] = {"times": list(range(1, len(values) + 1))}
        if like.step is not None and series.times is not None:
            panel = replace(data.panel, step=like.step)
            times = {"times": panel.times_after(series, len(series), len(values))}
            times["time"] = like.time
        quantiles = self.config.quantiles or ()
        return Forecast(values, like.targets, **times, quantiles=levels, levels=quantiles)

    def streamed(self) -> list[Any]:
        """What `pyrnn.Stream(model)` runs, see `streamed`: an observation a step, its output the
        forecast from the last `context` of them, in the targets' own units.

        ValueError for a model with columns that are known ahead, with static features, and for one
        that scales several series by their own rows.
        """
        return [windowed(self)]

    def blank(self) -> Forecast:
        """No steps."""
        like, levels = self.learnt.like, self.config.quantiles or ()
        shape = (0, len(like.targets))
        quantiles = np.empty((*shape, len(levels))) if levels else None
        named = {} if like.time is None else {"time": like.time}
        return Forecast(
            np.empty(shape), like.targets, [], **named, quantiles=quantiles, levels=levels
        )

    # files

    def series(self, source: Any, **columns: Any) -> Histories:
        """Series out of a file, or a table in memory.

        source: a path, or a table of pandas, polars or pyarrow, or a dict of columns.
        columns: see `ForecastColumns`: those that differ from the model's. A model that is not
            built yet keeps them, so that it can read other tables of the kind.
        Raises OSError as the system does, ValueError, naming the place, for what is not as the
        columns say.
        """
        chosen = ForecastColumns.of(self.columns, **columns)
        if isinstance(source, str | Path):
            source = Content.of(source)
        (found,) = self.read_file(source, chosen)
        if self._network is None:
            self.columns = chosen
        return found

    def read_file(self, file: Any, columns: Any) -> tuple[Histories]:
        """Series out of a table."""
        like = None if self._learnt is None else self._learnt.like
        static = None if self._learnt is None else self._learnt.static
        return (histories(read_series(file, columns, like=like, learnt=static)),)

    def read_inputs(self, file: Any, columns: Any) -> Histories:
        """The same, to be gone on with."""
        return self.read_file(file, columns)[0]

    def in_short(self) -> str:
        """Targets, context, horizon and layers."""
        config, names = self.config, ", ".join(self.learnt.like.targets)
        return (
            f"{names:.40}: {config.context} -> {config.horizon} steps, {config.num_layers} x "
            f"{config.hidden_size} {config.cell}"
        )
