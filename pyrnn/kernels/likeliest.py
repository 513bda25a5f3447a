"""The largest numbers of each row, in plain NumPy: what `native` must match.

    norm = ln sum over v of exp(x_v)

so that x_v - norm is the log-likelihood of v under a softmax. Letters: N rows, V columns.
"""

from __future__ import annotations

import numpy as np

from pyrnn.kernels.stack import Array


def likeliest(x: Array, count: int, allowed: Array | None = None) -> tuple[Array, Array, Array]:
    """The largest of each row: columns int64 (N, C), values (N, C), norms float64 (N,).

    x (N, V), float32 or float64, V >= 1. count: at least 1; C = min(count, V).
    allowed: bool (N, V), or (1, V) for all rows; None: all are. What is not allowed counts in the
        norm alone.
    The largest stands first, and of equal numbers the one that stands first in x. Where fewer are
    allowed and above minus infinity, minus infinity stands at column 0.
    """
    top = x.max(axis=1, keepdims=True, initial=-np.inf)
    with np.errstate(invalid="ignore", divide="ignore"):  # a row of minus infinities
        norms = top[:, 0] + np.log(np.exp((x - top).astype(np.float64)).sum(axis=1))
    return *largest(x if allowed is None else np.where(allowed, x, -np.inf), count), norms


def largest(x: Array, count: int) -> tuple[Array, Array]:
    """The same without norms: columns and values, (N, C)."""
    columns = np.argsort(-x, axis=1, kind="stable")[:, : min(count, x.shape[1])]
    values = np.take_along_axis(x, columns, axis=1)
    columns[values == -np.inf] = 0
    return columns, values
