"""Log-likelihoods out of logits: of the likeliest tokens, of several together.

    ln p(v) = a_v - norm,   norm = ln sum over w of exp(a_w)

for the logits a of a row.
"""

from __future__ import annotations

import numpy as np

from pyrnn.decoding.choice import checked_logits
from pyrnn.kernels import native
from pyrnn.kernels.native import largest

__all__ = ["WIDEST", "largest", "likeliest", "log_sum"]

WIDEST = 10_000  # of a beam: each step sorts that many times V scores of a sentence


def likeliest(
    logits: np.ndarray, count: int, allowed: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The likeliest tokens of each row of logits (N, V): ids int64 (N, C), their logits (N, C), and
    the norms, float64 (N,); C = min(count, V). See `pyrnn.kernels.likeliest`.

    Raises ValueError as `checked_logits`.
    """
    ids, values, norms = native.likeliest(logits, count, allowed)
    if not np.isfinite(norms).all():
        checked_logits(logits)  # which says why
    return ids, values, norms


def log_sum(values: np.ndarray) -> np.ndarray:
    """ln of the sum of exp over each row (N, M) -> float64 (N,); minus infinity where all are."""
    sums = np.full(len(values), -np.inf)
    top = values.max(axis=1, initial=-np.inf)
    some = top > -np.inf
    shifted = values[some].astype(np.float64) - top[some, None]
    sums[some] = top[some] + np.log(np.exp(shifted).sum(axis=1))
    return sums
