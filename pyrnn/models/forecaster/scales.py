"""What a forecaster has learnt of the numbers: the scale of each series, and of what stands beside.

z = (y - μ_s) / σ_s           targets of series s, by its training rows or those of all
u_t = z_t - z_{t-d}           what the network reads, σ_u its root mean square
r_{t+k} = z_{t+k} - b_{t+k}   what it is to say: the rest beside a baseline b, σ_r likewise
s                             mean |y_t - y_{t-m}|, the scale of mase
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from pyrnn.data import Standardizer
from pyrnn.data.series import Series, scaler_of, scalers
from pyrnn.files.strict_json import shortened
from pyrnn.kernels.scalars import integer
from pyrnn.metrics.forecasts import mase_scale


class SeriesScale(NamedTuple):
    """Of one series: μ, σ of its K targets, and s (K,), NaN where it is undefined."""

    scaler: Standardizer
    mase: np.ndarray

    def to_json(self) -> dict[str, Any]:
        """What `_scale_from` reads."""
        mase = [None if np.isnan(s) else s for s in self.mase.tolist()]
        return {**self.scaler.to_json(), "mase": mase}


@dataclass(frozen=True)
class Scales:
    """Those of a model.

    by: whose rows scale a series, see `scalers`. season: m. count: of training series, S. named:
    those of them by their names. every: that of all, with the mean of s. past, known: of the
    columns beside the targets, or None. difference, residual: σ_u and σ_r, (K,).
    """

    by: str
    season: int
    count: int
    named: Mapping[str, SeriesScale]
    every: SeriesScale
    past: Standardizer | None
    known: Standardizer | None
    difference: np.ndarray
    residual: np.ndarray

    @classmethod
    def fit(cls, series: Sequence[Series], by: str, season: int, least: int = 1) -> Scales:
        """Of training series; σ_u and σ_r are 1 so far. least: rows without a gap, c + h, that a
        series needs to be learnt of: a shorter one is no training series. Raises ValueError for
        numbers whose squared distances float64 does not hold."""
        try:
            return cls._fit(series, by, season, least)
        except ValueError as error:  # what the caller knows as series
            raise ValueError(str(error).replace("sequences", "series", 1)) from error

    @classmethod
    def _fit(cls, series: Sequence[Series], by: str, season: int, least: int) -> Scales:
        rows = [_had(each, each.y) for each in series]
        mase = np.stack([mase_scale(part, season) for part in rows])  # (S, K)
        own = list(map(SeriesScale, scalers(rows, by), mase))
        named = {
            str(each.name): scale
            for each, scale in zip(series, own, strict=True)
            if each.name is not None and each.longest >= least
        }
        (scaler,) = scalers([np.concatenate(rows)], by)
        count = np.maximum((~np.isnan(mase)).sum(axis=0), 1)
        mean = np.where(np.isnan(mase).all(axis=0), np.nan, np.nansum(mase, axis=0) / count)
        past, known = (_beside(series, name) for name in ("past", "known"))
        one = np.ones(scaler.size)
        return cls(by, season, len(rows), named, SeriesScale(scaler, mean), past, known, one, one)

    @property
    def targets(self) -> int:
        """K."""
        return self.every.scaler.size

    @property
    def has_mase(self) -> bool:
        """Whether s is defined for any training series."""
        return not bool(np.isnan(self.every.mase).all())

    def of(self, series: Series, rows: int) -> SeriesScale:
        """Of a series that is to be forecast from a row on: its own if it was in training, else by
        the rows before that one. Where there was one training series, one without a name is taken
        as that, going on."""
        if series.name is None and self.count == 1:
            return self.every
        known = self.named.get(str(series.name))
        if series.name is not None and known is not None:
            return known
        part, scaler = _had(series, series.y)[:rows], self.every.scaler
        if self.by == "series" and len(part):
            scaler = scaler_of(part, scaler)
        return SeriesScale(scaler, mase_scale(part, self.season))

    def to_json(self) -> dict[str, Any]:
        """What `from_json` reads."""
        return {
            "by": self.by,
            "season": self.season,
            "count": self.count,
            "series": {name: each.to_json() for name, each in self.named.items()},
            "all": self.every.to_json(),
            "past": None if self.past is None else self.past.to_json(),
            "known": None if self.known is None else self.known.to_json(),
            "difference": self.difference.tolist(),
            "residual": self.residual.tolist(),
        }

    @classmethod
    def from_json(cls, content: Any, by: str, season: int) -> Scales:
        """What `to_json` wrote. Raises ValueError for anything else, and for another by or season
        than the config's."""
        if not isinstance(content, Mapping) or not isinstance(content.get("series"), Mapping):
            raise ValueError(f"scales: expected an object by name; got {shortened(content)}")
        for name, wanted in (("by", by), ("season", season)):
            if content.get(name) != wanted or isinstance(content[name], bool):
                got = shortened(content.get(name))
                raise ValueError(f"scales: {name}: expected {wanted!r}; got {got}")
        count = integer("count", content["count"], least=1)
        every = _scale_from(content["all"], None)
        size = every.scaler.size
        named = {name: _scale_from(each, size) for name, each in content["series"].items()}
        past, known = (
            None if content[name] is None else Standardizer.from_json(content[name])
            for name in ("past", "known")
        )
        spreads = (_positive(name, content[name], size) for name in ("difference", "residual"))
        return cls(by, season, count, named, every, past, known, *spreads)


def _had(series: Series, rows: np.ndarray) -> np.ndarray:
    """The rows that have been."""
    return rows[: len(series)]


def _beside(series: Sequence[Series], name: str) -> Standardizer | None:
    rows = [_had(each, getattr(each, name)) for each in series]
    return Standardizer.fit(rows) if rows[0].shape[1] else None


def _scale_from(content: Any, size: int | None) -> SeriesScale:
    if not isinstance(content, Mapping) or set(content) != {"mean", "deviation", "mase"}:
        raise ValueError(
            f"scales: expected mean, deviation and mase of a series; got {shortened(content)}"
        )
    scaler = Standardizer.from_json({name: content[name] for name in ("mean", "deviation")})
    if scaler.size != (size or scaler.size):
        raise ValueError(f"scales: expected {size} targets in each series; got {scaler.size}")
    return SeriesScale(scaler, _positive("mase", content["mase"], scaler.size, absent=True))


def _positive(name: str, value: Any, size: int, *, absent: bool = False) -> np.ndarray:
    """Numbers above 0 out of JSON, (K,); NaN for null where they may be absent."""
    listed = isinstance(value, list) and len(value) == size
    numbers = [np.nan if absent and each is None else each for each in value] if listed else []
    right = listed and all(
        isinstance(each, float) and (each > 0 or np.isnan(each)) and not np.isinf(each)
        for each in numbers
    )
    if not right or (not absent and np.isnan(numbers).any()):
        raise ValueError(f"{name}: expected {size} numbers above 0; got {shortened(value)}")
    return np.array(numbers)
