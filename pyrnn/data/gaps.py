"""Numbers that are missing in a sequence of frames, and what stands in for them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from pyrnn.data.frames import first_place, frames, numbers

GAPS = ("error", "mean", "zero", "previous")


def fill_gaps(
    sequence: Any,
    policy: str = "error",
    mean: Any = None,
    *,
    name: str = "sequence",
    features: Sequence[str] | None = None,
) -> np.ndarray:
    """A sequence of frames with a number in each place, float64 (N, I): a new array where there are
    gaps. Before standardising: what is filled with the mean is then 0.

    sequence: (N, I), NaN where a number is missing.
    policy: a name in GAPS:
        "error" (default): a missing number is an error that names its place.
        "mean": the feature's mean over the training data.
        "zero": 0, in the feature's own units.
        "previous": the last number before it of the same feature, the mean where there is none.
    mean: (I,), finite; needed by "mean" and "previous".
    name, features (I,): what error messages call the sequence and its columns.
    Raises TypeError for what are no numbers; ValueError for another policy or shape, for a gap
    under "error", and for an infinite number under any policy.
    """
    if policy not in GAPS:
        raise ValueError(f"policy: expected one of {', '.join(GAPS)}; got {policy!r:.80}")
    x = frames(name, sequence)
    missing = np.isnan(x)  # (N, I)
    if policy == "error" and missing.any():
        raise ValueError(
            f"{name}: {first_place(missing, features)}: expected a number; got nan (gaps='mean', "
            "'zero' or 'previous' fills it; on the command line --gaps)"
        )
    if policy in ("mean", "previous"):
        other = _mean(mean, x.shape[1])
    else:
        other = np.zeros(x.shape[1])
    if not missing.any():
        return x
    if policy == "previous":
        # of each place the row of the last number up to it, or 0: a number, or the mean
        rows = np.where(missing, 0, np.arange(len(x))[:, None])
        x = x[np.maximum.accumulate(rows, axis=0), np.arange(x.shape[1])]
    return np.where(np.isnan(x), other, x)


def _mean(mean: Any, size: int) -> np.ndarray:
    if mean is None:
        raise ValueError("mean: expected the training mean of each feature; got None")
    array = numbers("mean", mean)
    if array.shape != (size,) or np.isnan(array).any():
        raise ValueError(
            f"mean: expected {size} finite numbers; got {array!r:.80} of shape {array.shape}"
        )
    return array
