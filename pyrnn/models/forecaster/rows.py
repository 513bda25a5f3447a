"""The rows of a panel as the network reads them, and windows of them as batches.

    z (N, K)           scaled targets, all series one after another
    beside (N, P)      what else the encoder reads: columns of the past, known ones, the calendar,
                       static features
    ahead (N, J)       what is known of the steps to come: known columns, the calendar, static
                       features; for a decoder alone, which reads it of two rows: of the step, and
                       of the one whose value is its baseline (it was a holiday, perhaps)

A window at origin t, with a context of c rows, a horizon of h, a lag of d:

    inputs (c - d, B, K + P)   u_j / σ_u and what stands beside, j = t - c + d .. t - 1
    past   (B, K, c - d)       what the linear part reads: u; of the last value z_j - z_{t-1}
    base   (B, h, K)           b: 0, z_{t-1}, or z of a season before
    targets (B, h, K)          (z - b) / σ_r
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

import numpy as np

from pyrnn.data.frames import in_precision
from pyrnn.data.ragged import RaggedBatches
from pyrnn.data.series import Windows, last_value, seasonal
from pyrnn.models.forecaster.scales import Scales
from pyrnn.models.forecaster.settings import ForecasterConfig


@dataclass(frozen=True)
class ForecastBatch:
    """B windows, see above.

    ahead: (h, B, J), or twice as wide with a baseline, or None. numbers: int64 (B,): which window
    each is. mean, deviation, mase: μ, σ and s of their series, (B, K). truth: what came, in its own
    units, (B, h, K), or None.
    """

    inputs: np.ndarray
    past: np.ndarray
    base: np.ndarray
    ahead: np.ndarray | None
    numbers: np.ndarray
    mean: np.ndarray
    deviation: np.ndarray
    mase: np.ndarray
    targets: np.ndarray | None = None
    truth: np.ndarray | None = None

    @property
    def sequences(self) -> int:
        """The number of windows, B."""
        return len(self.numbers)

    def in_units(self, z: np.ndarray) -> np.ndarray:
        """Scaled targets (B, h, K) in their own units."""
        return np.asarray(z * self.deviation[:, None] + self.mean[:, None])


@dataclass(frozen=True)
class Rows:
    """Those of all series of a panel; y: targets in their own units, (N, K). mean, deviation, mase:
    of each series, (S, K)."""

    y: np.ndarray
    z: np.ndarray
    beside: np.ndarray
    ahead: np.ndarray | None
    mean: np.ndarray
    deviation: np.ndarray
    mase: np.ndarray


def baseline(config: ForecasterConfig, z: np.ndarray, horizon: int) -> np.ndarray:
    """b of contexts (c, B, K): (h, B, K)."""
    if config.residual == "season":
        return seasonal(z, horizon, config.lag)
    if config.residual == "last":
        return last_value(z, horizon)
    return np.zeros((horizon, *z.shape[1:]))


def differences(config: ForecasterConfig, z: np.ndarray) -> np.ndarray:
    """u of contexts (c, B, K): (c - d, B, K)."""
    return z[config.lag :] - z[: -config.lag] if config.lag else z


class WindowBatches(RaggedBatches):
    """Windows of rows in batches.

    targets: whether they have some, which then are known.
    """

    def __init__(
        self,
        rows: Rows,
        windows: Windows,
        config: ForecasterConfig,
        scales: Scales,
        batch_size: int,
        *,
        targets: bool = True,
        **how: Any,
    ) -> None:
        self.rows, self.windows, self.config, self.scales = rows, windows, config, scales
        self.with_targets = targets
        lengths = np.full(len(windows), windows.context)
        super().__init__(range(len(windows)), batch_size, lengths=lengths, **how)

    def _batch(self, numbers: np.ndarray) -> ForecastBatch:
        config, rows = self.config, self.rows
        z = self.windows.past(rows.z, numbers)  # (c, B, K)
        horizon = config.horizon
        u = differences(config, z)
        beside = self.windows.past(rows.beside, numbers)[config.lag :]
        inputs = np.concatenate([u / self.scales.difference, beside], axis=-1)
        past = z[:-1] - z[-1] if config.residual == "last" else u
        base = baseline(config, z, horizon)
        targets = truth = None
        if self.with_targets:
            future = self.windows.future(rows.z, numbers)
            targets = self._cast(((future - base) / self.scales.residual).transpose(1, 0, 2))
            truth = self.windows.future(rows.y, numbers).transpose(1, 0, 2)
        which = self.windows.series[numbers]
        return ForecastBatch(
            self._cast(inputs),
            self._cast((past / self.scales.difference).transpose(1, 2, 0)),
            base.transpose(1, 0, 2),
            None if rows.ahead is None else self._cast(self._ahead(rows.ahead, numbers)),
            numbers,
            rows.mean[which],
            rows.deviation[which],
            rows.mase[which],
            targets,
            truth,
        )

    def _ahead(self, rows: np.ndarray, numbers: np.ndarray) -> np.ndarray:
        """What the decoder reads, (h, B, J or 2 J)."""
        future, lag = self.windows.future(rows, numbers), self.config.lag
        if not lag:
            return future
        base = seasonal(self.windows.past(rows, numbers), self.config.horizon, lag)
        return np.concatenate([future, base], axis=-1)

    def _cast(self, array: np.ndarray) -> np.ndarray:
        return np.ascontiguousarray(in_precision("series", array, self.config.dtype))

    def fingerprint(self) -> str:
        """A digest of all rows and windows."""
        digest = hashlib.sha256()
        ahead = () if self.rows.ahead is None else (self.rows.ahead,)
        for part in (self.rows.z, self.rows.beside, *ahead):
            digest.update(np.ascontiguousarray(part, "<f8").data)
        for part in (self.windows.series, self.windows.origin):
            digest.update(np.ascontiguousarray(part, "<i8").data)
        return f"{len(self.windows)}:{digest.hexdigest()}"
