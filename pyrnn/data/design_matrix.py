"""Sequences as the rows of a matrix: what an embedding look-up is short for.

A one-hot row has a 1 where its token is, so a product with it picks one row of a table; the row of
a bag has the tokens' counts, so a product with it sums rows:

    one_hot(ids, V) @ W = W[ids]                  bag_of_words(sequences, V)[n] @ W = Σ_t W[id_t]

The matrices take N·V numbers, nearly all of them 0, and the products N·V·D multiplications with a
table W (V, D). Looking rows up takes N·D, or D a token, and needs no matrix: `nn.Embedding`, and
`functional.pool(embedding(ids), lengths, "sum")` behind it. The matrices are for looking at, and
for methods that read nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from pyrnn.kernels.scalars import integer


def one_hot(ids: Any, size: int, dtype: Any = np.float32) -> np.ndarray:
    """ids (N,) -> (N, V), whose row n is 0 but for a 1 in column ids[n].

    one_hot(ids, V) @ table equals table[ids], bit for bit, at V times the multiplications; N·V
    numbers of memory.

    ids: integers, 0 to V - 1. size: V, the columns. dtype: of the matrix; default float32.
    Raises TypeError for ids that are no integers and for a dtype of no numbers, ValueError for ids
    outside 0 ... V - 1 or not of one dimension, MemoryError where the matrix is too large.
    """
    size = integer("size", size, least=1)
    ids = _checked_ids(ids, size, "ids")
    matrix = _zeros(len(ids), size, dtype)
    matrix[np.arange(len(ids)), ids] = 1
    return matrix


def bag_of_words(
    sequences: Iterable[Any], size: int, *, counts: bool = True, dtype: Any = np.float32
) -> np.ndarray:
    """N sequences of ids -> (N, V): how often each token stands in each sequence.

    bag_of_words(sequences, V) @ table equals, up to rounding, the sum of the rows of `table` that a
    sequence names: `functional.pool(embedding(ids), lengths, "sum")`. N·V numbers of memory.

    sequences: integers, 0 to V - 1; of any length, 0 too. size: V, the columns.
    counts: default True; False: 1 for a token that stands there, however often.
    dtype: of the matrix; default float32.
    Raises as `one_hot` does, and ValueError for a count that an integer dtype cannot hold.
    """
    size = integer("size", size, least=1)
    rows = [_checked_ids(ids, size, f"sequences[{n}]") for n, ids in enumerate(sequences)]
    matrix = _zeros(len(rows), size, dtype)
    for n, ids in enumerate(rows):
        tokens, often = np.unique(ids, return_counts=True)
        if counts and often.size and matrix.dtype.kind in "iu":
            most = np.iinfo(matrix.dtype).max
            if often.max() > most:
                raise ValueError(
                    f"dtype: expected one that holds the count {often.max()} in sequences[{n}]; "
                    f"got {matrix.dtype}, of at most {most}"
                )
        matrix[n, tokens] = often if counts else 1
    return matrix


def _checked_ids(ids: Sequence[int] | np.ndarray, size: int, name: str) -> np.ndarray:
    """The ids as an array (N,)."""
    try:
        array = np.asarray(ids)
    except ValueError as error:  # rows of unequal length
        raise ValueError(f"{name}: expected one dimension; got {ids!r:.80}") from error
    if array.ndim != 1:
        raise ValueError(f"{name}: expected one dimension; got shape {array.shape}")
    if not array.size:
        return array.astype(np.int64)
    if array.dtype.kind not in "iu":
        raise TypeError(f"{name}: expected integers; got {array.dtype}")
    if array.min() < 0 or array.max() >= size:
        wrong = int(array[(array < 0) | (array >= size)][0])
        raise ValueError(f"{name}: expected ids of 0 to {size - 1}; got {wrong}")
    return array


def _zeros(rows: int, columns: int, dtype: Any) -> np.ndarray:
    kind = np.dtype(dtype)
    if kind.kind not in "biufc":
        raise TypeError(f"dtype: expected one of numbers; got {kind}")
    try:
        return np.zeros((rows, columns), kind)
    except (MemoryError, ValueError) as error:  # ValueError: more elements than an index counts
        raise MemoryError(
            f"expected a matrix that fits in memory; got {rows:,} x {columns:,} of {kind}, "
            f"{rows * columns * kind.itemsize:,} bytes: an embedding looks rows up without one"
        ) from error
