"""How far forecasts are off, by step of the horizon and over all.

With y_nk the truth k steps ahead of origin n, p_nk what was forecast, q_nk its τ-quantile:

    mae      mean |p - y|
    mse      mean (p - y)²            rmse = sqrt(mse)
    mase     mean |p - y| / s_n       s = mean |y_t - y_{t-m}| over the training rows of its series,
                                      m the season (Hyndman and Koehler 2006)
    pinball  mean max(τ (y - q), (τ - 1) (y - q)), over the quantiles, too
    coverage share of y with lowest q <= y <= highest q

All means are over origins, steps and targets. A constant training series has s = 0, and one without
a season has none: mase is undefined there, and its numbers stay out of the mean.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from pyrnn.kernels.scalars import integer, real
from pyrnn.metrics.numbers import check_all, check_rows, numbers

ROUNDING = 4 * np.finfo(np.float64).eps  # 8.9e-16


def mase_scale(rows: Any, season: int = 1) -> np.ndarray:
    """s of each target, float64 (K,): mean |y_t - y_{t-m}| over the training rows (N, K).

    Pairs with a missing number (NaN) are left out. NaN where s is 0, or so small beside the numbers
    (at most 4 eps, of float64) that rounding alone can make it, and where there is no pair.
    """
    y = np.asarray(rows, np.float64)
    season = integer("season", season, least=1)
    apart = np.abs(y[season:] - y[:-season])
    known = ~np.isnan(apart)
    count = known.sum(axis=0)
    mean = np.where(known, apart, 0).sum(axis=0) / np.maximum(count, 1)
    largest = np.abs(np.where(np.isnan(y), 0, y)).max(axis=0, initial=0)
    return np.where(mean > ROUNDING * largest, mean, np.nan)


class Forecasts:
    """mae, rmse, mse, mase, pinball and coverage, batch by batch, in float64.

    horizon: h. targets: K. quantiles: τ, rising, between 0 and 1, Q of them; None: none are
    forecast, and pinball and coverage are not computed.
    """

    def __init__(
        self, horizon: int, targets: int = 1, quantiles: Sequence[float] | None = None
    ) -> None:
        self.horizon = integer("horizon", horizon, least=1)
        self.targets = integer("targets", targets, least=1)
        levels = [real("quantiles", level, above=0, below=1) for level in quantiles or ()]
        if quantiles is not None and (not levels or levels != sorted(set(levels))):
            raise ValueError(
                f"quantiles: expected rising numbers between 0 and 1; got {quantiles!r:.80}"
            )
        self.quantiles = np.array(levels)  # τ (Q,)
        self._sums = {name: np.zeros((self.horizon, self.targets)) for name in
                      ("absolute", "square", "scaled", "pinball", "covered")}  # fmt: skip
        self.origins = 0
        self._scaled = np.zeros(self.targets, np.int64)  # origins with a scale, (K,)

    def update(
        self,
        targets: Any,
        output: Any,
        /,
        quantiles: Any = None,
        scale: Any = None,
    ) -> None:
        """Take in a batch: truth and forecast (B, h, K), quantiles (B, h, K, Q) where there are
        any, and s (B, K), NaN where it is undefined; without it there is no mase.

        Raises TypeError for what are no numbers, ValueError for other shapes, for numbers that are
        not finite, and for quantiles that cross; nothing is taken in then.
        """
        shape = ("B", self.horizon, self.targets)
        y, p = numbers("targets", targets, shape), numbers("output", output, shape)
        check_rows(y, p)
        for name, values in (("targets", y), ("output", p)):
            check_all(name, values, np.isfinite(values), "finite numbers")
        s = self._scale(scale, len(y))
        q = self._levels(quantiles, y)
        apart = np.abs(p - y)
        self.origins += len(y)
        self._scaled += (~np.isnan(s)).sum(axis=0)
        self._sums["absolute"] += apart.sum(axis=0)
        self._sums["square"] += (apart**2).sum(axis=0)
        self._sums["scaled"] += np.nan_to_num(apart / s[:, None]).sum(axis=0)
        if q is not None:
            off = y[..., None] - q  # (B, h, K, Q)
            loss = np.maximum(self.quantiles * off, (self.quantiles - 1) * off)
            self._sums["pinball"] += loss.mean(axis=-1).sum(axis=0)
            self._sums["covered"] += ((q[..., 0] <= y) & (y <= q[..., -1])).sum(axis=0)

    def merge(self, other: Forecasts, /) -> None:
        """Take in all that another one has. Raises ValueError for one of another shape."""
        if (self.horizon, self.targets, *self.quantiles) != (
            other.horizon,
            other.targets,
            *other.quantiles,
        ):
            raise ValueError("other: expected the same horizon, targets and quantiles")
        for name, sums in self._sums.items():
            sums += other._sums[name]
        self.origins += other.origins
        self._scaled += other._scaled

    def compute(self) -> dict[str, float]:
        """The numbers by name, over all steps and targets. mase is NaN where it is undefined.

        Raises ValueError where nothing was taken in.
        """
        return self._numbers(slice(None))

    def per_step(self) -> dict[int, dict[str, float]]:
        """{k: the numbers of step k} for k = 1 .. h."""
        return {k + 1: self._numbers(slice(k, k + 1)) for k in range(self.horizon)}

    def _numbers(self, steps: slice) -> dict[str, float]:
        if not self.origins:
            raise ValueError("origins: expected at least one; got none")
        mean = {name: sums[steps].mean() / self.origins for name, sums in self._sums.items()}
        mase = np.nan
        if self._scaled.any():
            sums = self._sums["scaled"][steps]  # (steps, K)
            mase = sums.sum() / (self._scaled.sum() * len(sums))
        found = {
            "mae": mean["absolute"],
            "rmse": np.sqrt(mean["square"]),
            "mse": mean["square"],
            "mase": mase,
        }
        if len(self.quantiles):
            found |= {"pinball": mean["pinball"], "coverage": mean["covered"]}
        return {name: float(value) for name, value in found.items()}

    def _scale(self, scale: Any, rows: int) -> np.ndarray:
        if scale is None:
            return np.full((rows, self.targets), np.nan)
        s = np.asarray(scale, np.float64)
        if s.shape != (rows, self.targets) or (s <= 0).any() or np.isinf(s).any():
            raise ValueError(
                f"scale: expected numbers above 0, or NaN, of shape ({rows}, {self.targets}); got "
                f"{s!r:.80} of shape {s.shape}"
            )
        return s

    def _levels(self, quantiles: Any, y: np.ndarray) -> np.ndarray | None:
        if (quantiles is None) != (not len(self.quantiles)):
            raise ValueError(
                f"quantiles: expected {len(self.quantiles)} of them; got "
                f"{'none' if quantiles is None else 'some'}"
            )
        if quantiles is None:
            return None
        q = numbers("quantiles", quantiles, (*y.shape, len(self.quantiles)))
        check_all("quantiles", q, np.isfinite(q), "finite numbers")
        if (np.diff(q, axis=-1) < 0).any():
            place = tuple(np.argwhere(np.diff(q, axis=-1) < 0)[0].tolist())
            raise ValueError(f"quantiles: expected them to rise; got {q[place[:-1]]} at {place}")
        return q
