"""The likeliest tokens of many rows, and their log-likelihoods.

    ln p(v) = a_v - ln sum over w of exp(a_w)

for logits a of a row. Differences and logarithms are in float64; the exponentials are in the dtype
of the logits.
"""

from __future__ import annotations

import numpy as np


def log_normaliser(logits: np.ndarray) -> np.ndarray:
    """ln sum over v of exp(a_v) of each row of logits (N, V), float64 (N,)."""
    top = logits.max(axis=1, keepdims=True)  # (N, 1)
    sums = np.exp(logits - top).sum(axis=1)
    return np.asarray(top[:, 0] + np.log(sums.astype(np.float64)))


def log_sum(values: np.ndarray) -> np.ndarray:
    """ln of the sum of exp over each row (N, M) -> float64 (N,); minus infinity where all are."""
    sums = np.full(len(values), -np.inf)
    if values.shape[1] == 1:
        sums[:] = values[:, 0]
        return sums
    top = values.max(axis=1, initial=-np.inf)
    some = top > -np.inf
    shifted = values[some].astype(np.float64) - top[some, None]
    sums[some] = top[some] + np.log(np.exp(shifted).sum(axis=1))
    return sums


def largest(values: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    """The `count` largest of each row (N, M), largest first: (columns int64 (N, C), values (N, C)),
    C = min(count, M). Of equal ones those that stand first are taken and come first."""
    rows, width = values.shape
    count = min(count, width)
    blocks = width // BLOCKS
    if blocks < 2 or count > BLOCKS // 2:
        columns = np.argsort(-values, axis=1, kind="stable")[:, :count]
        return columns, np.take_along_axis(values, columns, axis=1)
    # The count-th largest of the blocks' maxima is at most the count-th largest of all: what is
    # below it does not come into question. A block is every (width // blocks)-th number.
    whole = blocks * BLOCKS
    maxima = values[:, :whole].reshape(rows, blocks, BLOCKS).max(axis=1)  # (N, BLOCKS)
    least = np.partition(maxima, BLOCKS - count, axis=1)[:, BLOCKS - count, None]
    row, column = np.nonzero(values >= least)
    found = values[row, column]
    order = np.lexsort((column, -found, row))
    starts = np.searchsorted(row, np.arange(rows))  # row rises
    chosen = order[starts[:, None] + np.arange(count)]
    return column[chosen], found[chosen]


BLOCKS = 256  # of a row, whose maxima say where its largest numbers may be
