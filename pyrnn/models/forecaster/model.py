"""Forecaster: a series to its future."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar

import numpy as np

from pyrnn import functional
from pyrnn.autograd import no_grad
from pyrnn.data import StaticFeatures
from pyrnn.data.series import Series, Step, Windows, joined
from pyrnn.files.content import Content
from pyrnn.metrics import Forecasts
from pyrnn.models.evaluation import check_list
from pyrnn.models.family import settings_of
from pyrnn.models.forecaster.calendar import WIDTHS, calendar_of, calendar_rows
from pyrnn.models.forecaster.choices import check_lag, with_context, with_residual
from pyrnn.models.forecaster.forecast import Forecast
from pyrnn.models.forecaster.network import ForecastNetwork, Widths, middle
from pyrnn.models.forecaster.panel import Panel, panel_of
from pyrnn.models.forecaster.rows import (
    ForecastBatch,
    Rows,
    WindowBatches,
    baseline,
    differences,
)
from pyrnn.models.forecaster.scales import Scales
from pyrnn.models.forecaster.settings import ForecasterConfig, ForecasterOptions, ForecastMeasures
from pyrnn.models.model import Model
from pyrnn.training import Loss

BATCH = 256  # windows that are forecast at once
ROUGHLY = 4096  # windows from which spreads are told


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
    Decoding = ForecastMeasures
    monitors: ClassVar = dict.fromkeys(("loss", "mae", "rmse", "mse", "mase", "pinball"), "min")

    def __init__(self, config: ForecasterConfig | None = None, **settings: Any) -> None:
        super().__init__(config, **settings)
        self._scales: Scales | None = None
        self._static: StaticFeatures | None = None
        self._step: Step | None = None
        self._calendar: tuple[str, ...] = ()

    @property
    def units(self) -> str:
        """Windows."""
        return "windows"

    # data

    def read(self, *data: Any, **named: Any) -> Panel:
        """One series or several, as `panel_of` takes them."""
        if len(data) + len(named) != 1 or not set(named) <= {"series"}:
            got = f"{len(data)} of them" + (f" and {', '.join(named):.80}" if named else "")
            raise TypeError(f"series: expected one series, or a list of them; got {got}")
        panel = panel_of(data[0] if data else named["series"])
        if not len(panel):
            raise ValueError("series: expected at least one; got none")
        self._check(panel, "series")
        return panel

    def _check(self, panel: Panel, name: str) -> None:
        """Whether series are as the model's. Raises ValueError."""
        if self._network is None:
            return
        for number, series in enumerate(panel):
            self._check_series(series, panel.step, f"{name}[{number}]")

    def _check_series(self, series: Series, step: Step | None, place: str) -> None:
        scales = self._scales
        assert scales is not None
        wanted = {
            "y": (scales.targets, "targets"),
            "past": (0 if scales.past is None else scales.past.size, "columns of the past"),
            "known": (0 if scales.known is None else scales.known.size, "known columns"),
        }
        for part, (size, words) in wanted.items():
            found = getattr(series, part).shape[1]
            if found != size:
                raise ValueError(
                    f"{place}: expected {size} {words}, as the model was trained on; got {found}"
                )
        static = 0 if self._static is None else len(self._static.names)
        if len(series.static) != static:
            raise ValueError(
                f"{place}: expected {static} static features, as the model was trained on; got "
                f"{len(series.static)}"
            )
        if self._calendar and (step is None or series.times is None):
            raise ValueError(f"{place}: expected times, as the training data had; got none")
        if step is not None and self._step is not None and step != self._step:
            raise ValueError(f"{place}: expected steps of {self._step}, as in training; got {step}")

    def hold_out(self, data: Panel, share: float, seed: int) -> tuple[Panel, Panel]:
        """The end of the series, by time."""
        return data.parted(share, self.config.horizon)

    def learn(self, train: Panel, held: Panel | None) -> None:
        """Context, season and residual where they are not given; scales; static features."""
        self.config = with_context(self.config, train)
        if self.config.scale == "series" and len(train) == 1:
            self.config = self.config.of(self.config, scale="all")
        self._step = train.step
        self._calendar = ()
        if self.config.calendar and train.step is not None:
            times = [each.times[: len(each)] for each in train if each.times is not None]
            self._calendar = calendar_of(train.step, times)
        self._static = None
        if train[0].static:
            names = getattr(self.columns, "static", None)
            self._static = StaticFeatures.fit([each.static for each in train], names)
        assert self.config.season is not None
        self._scales = Scales.fit(train.series, self.config.scale, self.config.season)
        self._learn_spreads(train)
        if held is not None:
            for number, series in enumerate(held):
                self._check_series(series, held.step, f"valid: series[{number}]")

    def _learn_spreads(self, train: Panel) -> None:
        """The residual, where it is not given; σ_u and σ_r."""
        windows = self._windows(train)
        z = self._rows(train, train=True).z
        self.config = config = with_residual(self.config, z, windows)
        check_lag(config)
        assert self._scales is not None
        some = np.unique(np.linspace(0, len(windows) - 1, ROUGHLY).astype(np.int64))
        past, future = windows.past(z, some), windows.future(z, some)
        spreads = [
            _spread(differences(config, past)),
            _spread(future - baseline(config, past, config.horizon)),
        ]
        self._scales = replace(self._scales, difference=spreads[0], residual=spreads[1])

    def _windows(self, panel: Panel, stride: int = 1) -> Windows:
        """Those of a panel. Raises ValueError where there are none."""
        context, horizon = self.config.context, self.config.horizon
        found = panel.windows(context, horizon, stride)
        if not len(found):
            longest = max((int(np.diff(each.runs).max(initial=0)) for each in panel), default=0)
            raise ValueError(
                f"series: expected at least {context + horizon} rows without a gap, a context of "
                f"{context} and a horizon of {horizon}; got {longest}"
            )
        return found

    def _rows(self, panel: Panel, *, train: bool = False) -> Rows:
        """The rows of all series, as `rows.py` has them."""
        scales = self._scales
        assert scales is not None
        own = [scales.of(each, self._known(panel, k, train)) for k, each in enumerate(panel)]
        z = [s.scaler.transform(each.y) for s, each in zip(own, panel, strict=True)]
        ahead = [self._known_rows(each) for each in panel]
        beside = [
            np.concatenate([rows, *_scaled(scales.past, each.past)], axis=1)
            for each, rows in zip(panel, ahead, strict=True)
        ]
        return Rows(
            joined([each.y for each in panel]),
            joined(z),
            joined(beside),
            None if scales.known is None else joined(ahead),
            *(np.stack(part) for part in zip(*((s.scaler.mean, s.scaler.deviation, s.mase)
                                               for s in own), strict=True)),
        )  # fmt: skip

    def _known(self, panel: Panel, number: int, train: bool) -> int:
        """The rows of a series that may scale it."""
        series = panel[number]
        if train:
            return len(series)
        if panel.begin is not None:
            return int(panel.begin[number])
        assert self.config.context is not None
        runs = series.runs[np.diff(series.runs)[:, 0] >= self.config.context]
        return int(runs[0, 0]) + self.config.context if len(runs) else len(series)

    def _known_rows(self, series: Series) -> np.ndarray:
        """What is known of each row, of those ahead too: (N, J)."""
        assert self._scales is not None
        parts = [*_scaled(self._scales.known, series.known)]
        if self._calendar:
            parts.append(calendar_rows(self._calendar, self._step, series.times))
        if self._static is not None:
            static = self._static.encode([series.static])
            parts.append(np.broadcast_to(static, (len(series.y), static.shape[1])))
        return np.concatenate([np.empty((len(series.y), 0)), *parts], axis=1)

    def batches(self, data: Panel, options: Any, *, train: bool, stride: int = 1) -> WindowBatches:
        """All windows of the series."""
        return self._batches(
            self._rows(data, train=train),
            self._windows(data, stride),
            options.batch_size or BATCH,
            seed=options.seed,
            shuffle=train,
        )

    def _batches(self, rows: Rows, windows: Windows, size: int, **how: Any) -> WindowBatches:
        assert self._scales is not None
        return WindowBatches(rows, windows, self.config, self._scales, size, **how)

    def suited(
        self, options: ForecasterOptions, data: Panel, held: Panel | None
    ) -> ForecasterOptions:
        """A batch size, a rate and an end, where nothing is said of them."""
        config = with_context(self.config, data)
        assert config.context is not None
        return options.suited(len(data.windows(config.context, config.horizon)))

    # what was learnt, as JSON

    def parts(self) -> dict[str, Any]:
        """Scales, static features, step."""
        assert self._scales is not None
        return {
            "scales": self._scales.to_json(),
            "static": None if self._static is None else self._static.to_json(),
            "step": None if self._step is None else self._step.to_json(),
            "calendar": list(self._calendar),
        }

    def take(self, parts: Mapping[str, Any]) -> None:
        """All of it out of a file."""
        config = self.config
        if config.context is None or config.season is None or config.residual == "auto":
            raise ValueError("config: expected a context, a season and a residual; got none")
        check_lag(config)
        static, step, calendar = (parts[name] for name in ("static", "step", "calendar"))
        self._scales = Scales.from_json(parts["scales"], config.scale, config.season)
        self._static = None if static is None else StaticFeatures.from_json(static)
        self._step = None if step is None else Step.from_json(step)
        known = tuple(name for name in WIDTHS if isinstance(calendar, list) and name in calendar)
        if calendar != list(known) or (known and self._step is None):
            raise ValueError(
                f"calendar: expected some of {', '.join(WIDTHS)}; got {calendar!r:.80}"
            )
        self._calendar = known

    @property
    def widths(self) -> Widths:
        """What the network reads and says."""
        scales = self._scales
        assert scales is not None
        known = 0 if scales.known is None else scales.known.size
        past = 0 if scales.past is None else scales.past.size
        more = sum(WIDTHS[part] for part in self._calendar)
        more += 0 if self._static is None else self._static.width
        inputs = scales.targets + past + known + more
        return Widths(scales.targets, inputs, known + more if known else 0)

    def build(self, rng: np.random.Generator) -> ForecastNetwork:
        """Encoder, decoder where there is something to read, output layer, linear part."""
        return ForecastNetwork(self.config, self.widths, rng)

    # training

    def loss(self, batch: ForecastBatch, state: Any = None) -> Loss:
        """The error of scaled targets, mean over steps and targets: squared, absolute, or the
        pinball loss of the quantiles."""
        said = self.network(batch)
        assert batch.targets is not None
        assert self._scales is not None
        spread = self._scales.residual.astype(batch.targets.dtype)
        quantiles = self.config.quantiles
        with np.errstate(over="ignore"):  # who asks sees to a loss that is not finite
            if quantiles is None:
                off = (said - batch.targets) * spread
                error = abs(off) if self.config.error == "absolute" else off * off
            else:
                off = (batch.targets[..., None] - _last(said, quantiles)) * spread[:, None]
                level = np.array(quantiles, off.dtype)
                error = functional.maximum(off * level, off * (level - 1))
            count = float(np.prod(error.shape[1:]))
            return Loss(error.sum() / count, batch.sequences, None, said)

    def forecast(self, batch: ForecastBatch, said: np.ndarray) -> tuple[np.ndarray, Any]:
        """What the network says of a batch in the targets' own units, float64: numbers (B, h, K),
        and quantiles (B, h, K, Q) or None."""
        assert self._scales is not None
        quantiles = self.config.quantiles
        spread = self._scales.residual
        if quantiles is None:
            return batch.in_units(batch.base + said * spread), None
        levels = np.stack(
            [
                batch.in_units(
                    batch.base + said.astype(np.float64)[..., q].reshape(batch.base.shape) * spread
                )
                for q in range(len(quantiles))
            ],
            axis=-1,
        )
        return levels[..., middle(quantiles)], levels

    def metrics(self, data: Any) -> Forecasts:
        """mae, rmse, mse, mase, pinball, coverage."""
        assert self._scales is not None
        return Forecasts(self.config.horizon, self._scales.targets, self.config.quantiles)

    def monitored(self) -> Mapping[str, Any]:
        """Those of `monitors` that the data have."""
        without = {"pinball"} if self.config.quantiles is None else set()
        if self._scales is not None and not self._scales.has_mase:
            without.add("mase")
        return {name: how for name, how in self.monitors.items() if name not in without}

    def measure(self, metric: Forecasts, batch: ForecastBatch, found: Loss) -> None:
        """In the targets' own units."""
        values, levels = self.forecast(batch, found.output.numpy())
        metric.update(batch.truth, values, quantiles=levels, scale=batch.mase)

    def measured(self, data: Any, batches: Any) -> dict[str, float]:
        """What `monitored` names, over batches, where it is defined."""
        return {k: v for k, v in super().measured(data, batches).items() if not np.isnan(v)}

    # use

    def predict(self, inputs: Any, decoding: Any = None) -> list[Forecast]:
        """What each series is to be in the `horizon` steps behind its last row.

        inputs: a series, or a list of them, see the class; the last `context` rows of each are
            read. Where there are known columns, a `Series` has them `ahead` as well.
        Raises TypeError, ValueError for what is none, and for one that is too short.
        """
        measures = settings_of("decoding", ForecastMeasures, decoding, {})
        if measures != ForecastMeasures():
            raise ValueError("stride: expected it for an evaluation; got a prediction")
        check_list("inputs", [] if isinstance(inputs, Series) else inputs, "a list of inputs")
        network = self.network
        panel = panel_of(inputs, "inputs")
        self._check(panel, "inputs")
        if not len(panel):
            return []
        windows = self._ends(panel)
        found: list[Any] = []
        if network.training:
            network.eval()
        rows = self._rows(panel)
        for batch in self._batches(rows, windows, BATCH, targets=False, shuffle=False):
            with no_grad():
                found.extend(zip(*self._each(batch, network(batch).numpy()), strict=True))
        return [self._forecast(panel, k, *one) for k, one in enumerate(found)]

    def _each(self, batch: ForecastBatch, said: np.ndarray) -> tuple[Any, Any]:
        values, levels = self.forecast(batch, said)
        return values, [None] * len(values) if levels is None else levels

    def _ends(self, panel: Panel) -> Windows:
        """The windows at the ends of all series. Raises ValueError where there is none."""
        config = self.config
        assert config.context is not None
        assert self._scales is not None
        for number, series in enumerate(panel):
            place = f"inputs[{number}]" if series.name is None else f"series {series.name!r:.80}"
            last = int(np.diff(series.runs[-1])[0]) if len(series.runs) else 0
            if not len(series.runs) or series.runs[-1, 1] != len(series):
                last = 0
            if last < config.context:
                raise ValueError(
                    f"{place}: expected at least {config.context} rows without a gap at its end, "
                    f"from which the model forecasts; got {last}"
                )
            if self._scales.known is None:
                continue
            rows = series.known[len(series) :][: config.horizon]
            known = (
                int(np.argmax(np.isnan(rows).any(axis=1))) if np.isnan(rows).any() else len(rows)
            )
            if known < config.horizon:
                raise ValueError(
                    f"{place}: expected the known columns of {config.horizon} rows behind the "
                    f"last target; got {known}"
                )
        ends = np.array([len(each) for each in panel], np.int64)
        lengths = [len(each.y) for each in panel]
        offsets = np.concatenate([[0], np.cumsum(lengths, dtype=np.int64)])
        return Windows(config.context, config.horizon, np.arange(len(panel)), ends, offsets)

    def _forecast(self, panel: Panel, number: int, values: np.ndarray, levels: Any) -> Forecast:
        steps = np.arange(1, self.config.horizon + 1)
        return Forecast(
            values,
            self.targets,
            steps.tolist(),
            quantiles=levels,
            levels=self.config.quantiles or (),
        )

    @property
    def targets(self) -> tuple[str, ...]:
        """The names of the K targets: their columns, where a table has had them."""
        assert self._scales is not None
        names: tuple[str, ...] = getattr(self.columns, "target", ("value",))
        if len(names) == self._scales.targets:
            return names
        return tuple(f"{names[0]}_{k}" for k in range(1, self._scales.targets + 1))

    def blank(self) -> Forecast:
        """No steps."""
        assert self._scales is not None
        shape, levels = (0, self._scales.targets), self.config.quantiles or ()
        quantiles = np.empty((*shape, len(levels))) if levels else None
        return Forecast(np.empty(shape), self.targets, [], quantiles=quantiles, levels=levels)

    # files

    def read_file(self, file: Content, columns: Any) -> tuple[Panel]:
        """Series out of a table."""
        raise NotImplementedError

    def read_inputs(self, file: Content, columns: Any) -> Panel:
        """The same, to be gone on with."""
        raise NotImplementedError

    def in_short(self) -> str:
        """Targets, context, horizon and layers."""
        config, names = self.config, ", ".join(self.targets)
        return (
            f"{names:.40}: {config.context} -> {config.horizon} steps, {config.num_layers} x "
            f"{config.hidden_size} {config.cell}"
        )


def _scaled(scaler: Any, rows: Any) -> Sequence[np.ndarray]:
    """Rows of a kind that there is, scaled, (N, ...)."""
    return () if scaler is None else (scaler.transform(rows),)


def _spread(values: np.ndarray) -> np.ndarray:
    """The root mean square of each target, (T, B, K) -> (K,); 1 where all are 0."""
    found = np.sqrt((values**2).mean(axis=(0, 1)))
    return np.where(found > 1e-9, found, 1.0)


def _last(said: Any, quantiles: Sequence[float]) -> Any:
    """Quantiles at the last axis, of one too."""
    return said if len(quantiles) > 1 else said.reshape(*said.shape, 1)
