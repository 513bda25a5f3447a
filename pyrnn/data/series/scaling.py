"""Series of unlike sizes made comparable, by the rows before a cut alone."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from pyrnn.data.standardizer import Standardizer

SCALES = ("all", "series", "none")


def scalers(parts: Iterable[np.ndarray], by: str = "all") -> list[Standardizer]:
    """What standardises each series, S of them.

    parts: the training rows (N, K) of each series; NaN are left out. Deviations are of the
        population: sqrt(Σ (x - μ)² / N). A constant feature has deviation 1, and becomes 0.
    by: "all": one mean and deviation for all series; "series": each has its own, one without any
        row that of all; "none": nothing changes.
    Raises ValueError for another `by` and as `Standardizer.fit` does.
    """
    if by not in SCALES:
        raise ValueError(f"by: expected one of {', '.join(SCALES)}; got {by!r:.80}")
    rows = list(parts)
    if by == "none":
        return [Standardizer.none(part.shape[1]) for part in rows]
    whole = Standardizer.fit(rows)
    if by == "all":
        return [whole] * len(rows)
    return [scaler_of(part, whole) for part in rows]


def scaler_of(rows: Any, otherwise: Standardizer) -> Standardizer:
    """That of one series by its own rows (N, K), feature by feature; `otherwise` where it has no
    number."""
    own = Standardizer.fit([rows])
    empty = np.isnan(rows).all(axis=0)
    if not empty.any():
        return own
    return Standardizer(
        np.where(empty, otherwise.mean, own.mean),
        np.where(empty, otherwise.deviation, own.deviation),
    )
