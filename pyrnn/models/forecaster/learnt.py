"""What a forecaster learns of its training series before any training, and what it makes of others
by it."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from pyrnn.data import StaticFeatures
from pyrnn.data.series import Panel, Series, Step, TimeForm, Windows, joined
from pyrnn.files.strict_json import shortened
from pyrnn.models.forecaster.calendar import WIDTHS, calendar_of, calendar_rows
from pyrnn.models.forecaster.histories import Histories
from pyrnn.models.forecaster.network import Widths
from pyrnn.models.forecaster.rows import Rows, baseline, differences
from pyrnn.models.forecaster.scales import Scales
from pyrnn.models.forecaster.settings import ForecasterConfig

ROUGHLY = 4096  # windows from which spreads are told
FAR = 10.0  # standard deviations, on average, that a series does not go on with
NAMES = ("targets", "past", "known", "static")  # of the columns of a panel


@dataclass(frozen=True)
class Learnt:
    """like: names, times and step of the training panel, without its series. calendar: which parts
    of it are read."""

    like: Panel
    scales: Scales
    static: StaticFeatures | None
    calendar: tuple[str, ...]

    @classmethod
    def fit(cls, train: Histories, config: ForecasterConfig) -> Learnt:
        """Of training series; the spreads of differences and residuals are 1 so far."""
        assert config.context is not None
        assert config.season is not None
        calendar: tuple[str, ...] = ()
        if config.calendar and train.step is not None:
            times = [each.times[: len(each)] for each in train if each.times is not None]
            calendar = calendar_of(train.step, times)
        static = None
        if train[0].static:
            names = train.panel.static or None
            static = StaticFeatures.fit([each.static for each in train], names)
        least = config.context + config.horizon
        scales = Scales.fit(train, config.scale, config.season, least)
        like = replace(train.panel, series=(), remarks=())
        return cls(like, scales, static, calendar)

    def with_spreads(self, config: ForecasterConfig, z: np.ndarray, windows: Windows) -> Learnt:
        """The same with σ_u and σ_r, of training windows of z (N, K)."""
        some = np.unique(np.linspace(0, len(windows) - 1, ROUGHLY).astype(np.int64))
        past, future = windows.past(z, some), windows.future(z, some)
        scales = replace(
            self.scales,
            difference=_spread(differences(config, past)),
            residual=_spread(future - baseline(config, past, config.horizon)),
        )
        return replace(self, scales=scales)

    # what the network reads

    def widths(self, config: ForecasterConfig) -> Widths:
        """The numbers of a step."""
        known, past = (
            0 if each is None else each.size for each in (self.scales.known, self.scales.past)
        )
        more = sum(WIDTHS[part] for part in self.calendar)
        more += 0 if self.static is None else self.static.width
        targets = self.scales.targets
        ahead = (known + more) * (2 if config.lag else 1) if known else 0
        return Widths(targets, targets + past + known + more, ahead)

    def rows(self, data: Histories, windows: Windows | None = None) -> Rows:
        """The rows of all series. windows: those to be forecast: the rows before the first of a
        series may say how it is scaled; None: all of them."""
        first = [len(each) for each in data]
        if windows is not None:
            np.minimum.at(first := np.array(first, np.int64), windows.series, windows.origin)
        own = [self.scales.of(each, row) for each, row in zip(data, first, strict=True)]
        known = [self._known(each) for each in data]
        beside = [
            np.concatenate([rows, *_scaled(self.scales.past, each.past)], axis=1)
            for each, rows in zip(data, known, strict=True)
        ]
        return Rows(
            joined([each.y for each in data]),
            joined([s.scaler.transform(each.y) for s, each in zip(own, data, strict=True)]),
            joined(beside),
            None if self.scales.known is None else joined(known),
            np.stack([each.scaler.mean for each in own]),
            np.stack([each.scaler.deviation for each in own]),
            np.stack([each.mase for each in own]),
        )

    def _known(self, series: Series) -> np.ndarray:
        """What is known of each row, of those ahead too: (N, J)."""
        parts = [np.empty((len(series.y), 0)), *_scaled(self.scales.known, series.known)]
        if self.calendar:
            assert series.times is not None
            parts.append(calendar_rows(self.calendar, self.like.step, series.times))
        if self.static is not None:
            static = self.static.encode([series.static])
            parts.append(np.broadcast_to(static, (len(series.y), static.shape[1])))
        return np.concatenate(parts, axis=1)

    # whether others are as the training series were

    def check(self, data: Histories, name: str) -> None:
        """Raise ValueError for series of other columns or steps."""
        for number, series in enumerate(data):
            self._check(series, data.step, f"{name}[{number}]")

    def warn_of_strangers(self, data: Histories, name: str) -> None:
        """Warn of series that are taken as the only training one, and lie far from its numbers."""
        if self.scales.by != "series" or self.scales.count > 1:
            return
        for number, series in enumerate(data):
            z = np.abs(self.scales.every.scaler.transform(series.y[: len(series)]))
            z = z[np.isfinite(z)]
            if series.name is None and z.size and z.mean() > FAR:
                warnings.warn(
                    f"{name}[{number}]: its numbers lie {z.mean():.3g} standard deviations of the "
                    "training series from the mean of that, as which it is taken, since it has no "
                    "name: a series with a name is scaled by its own rows",
                    stacklevel=4,
                )

    def _check(self, series: Series, step: Step | None, place: str) -> None:
        scales = self.scales
        for part, size, words in (
            ("y", scales.targets, "targets"),
            ("past", 0 if scales.past is None else scales.past.size, "columns of the past"),
            ("known", 0 if scales.known is None else scales.known.size, "known columns"),
        ):
            if (found := getattr(series, part).shape[1]) != size:
                raise ValueError(
                    f"{place}: expected {size} {words}, as the model was trained on; got {found}"
                )
        size = 0 if self.static is None else len(self.static.names)
        if (found := len(series.static)) != size:
            raise ValueError(
                f"{place}: expected {size} static features, as the model was trained on; got "
                f"{found}"
            )
        if self.calendar and series.times is None:
            raise ValueError(f"{place}: expected times, as the training data had; got none")
        wanted = self.like.step
        if None not in (step, wanted) and step != wanted:
            raise ValueError(f"{place}: expected steps of {wanted}, as in training; got {step}")

    # JSON

    def to_json(self) -> dict[str, Any]:
        """What `from_json` reads."""
        like, static = self.like, self.static
        return {
            "columns": {name: list(getattr(like, name)) for name in NAMES},
            "time": like.time,
            "id": like.id,
            "form": None if like.form is None else like.form.to_json(),
            "step": None if like.step is None else like.step.to_json(),
            "calendar": list(self.calendar),
            "static": None if static is None else static.to_json(),
            "scales": self.scales.to_json(),
        }

    @classmethod
    def from_json(cls, content: Any, config: ForecasterConfig) -> Learnt:
        """What `to_json` wrote, for a config. Raises ValueError for anything else."""
        assert config.season is not None
        if not isinstance(content, Mapping):
            raise ValueError(f"series: expected an object by name; got {shortened(content)}")
        scales = Scales.from_json(content["scales"], config.scale, config.season)
        static, form, step = (content[name] for name in ("static", "form", "step"))
        like = Panel(
            series=(),
            **{name: _names(name, content["columns"]) for name in NAMES},
            time=_text("time", content["time"]),
            id=_text("id", content["id"]),
            form=None if form is None else TimeForm.from_json(form),
            step=None if step is None else Step.from_json(step),
        )
        if len(like.targets) != scales.targets:
            raise ValueError(f"columns: expected {scales.targets} targets; got {len(like.targets)}")
        calendar = _calendar(content["calendar"], like.step)
        known = None if static is None else StaticFeatures.from_json(static)
        return cls(like, scales, known, calendar)


def _spread(values: np.ndarray) -> np.ndarray:
    """The root mean square of each target, (T, B, K) -> (K,); 1 where all are 0."""
    found = np.sqrt((values**2).mean(axis=(0, 1)))
    return np.where(found > 1e-9, found, 1.0)


def _scaled(scaler: Any, rows: Any) -> Sequence[np.ndarray]:
    """Rows of a kind that there is, scaled, (N, ...)."""
    return () if scaler is None else (scaler.transform(rows),)


def _names(kind: str, content: Any) -> tuple[str, ...]:
    names = content[kind]
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise ValueError(f"columns: {kind}: expected names; got {shortened(names)}")
    return tuple(names)


def _text(name: str, content: Any) -> str | None:
    if not isinstance(content, str | None):
        raise ValueError(f"{name}: expected the name of a column; got {shortened(content)}")
    return content


def _calendar(content: Any, step: Step | None) -> tuple[str, ...]:
    known = tuple(name for name in WIDTHS if isinstance(content, list) and name in content)
    if content != list(known) or (known and (step is None or step.unit == "number")):
        raise ValueError(
            f"calendar: expected some of {', '.join(WIDTHS)}, with a step; got {shortened(content)}"
        )
    return known
