"""Examples held out for validation."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np

from pyrnn.data.labels import Labels
from pyrnn.kernels.scalars import integer, real


def hold_out(
    count: int, share: float, seed: int = 0, labels: Sequence[Any] | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """The numbers of the examples to train on and of those held out, drawn at random.

    count: N, at least 2. share: of N that is held out, above 0 and below 1; it is rounded to a
        whole number, and each part has at least one example.
    labels: (N,); the classes' shares are then those of the whole as nearly as whole numbers can be
        (by largest remainder), but each class keeps an example in training: one that is the only
        one of its class stays there, with a warning.
    Returns (train, valid), int64, each in rising order: functions of count, share, seed and labels.
    Raises ValueError where nothing can be held out.
    """
    count = integer("count", count, least=2)
    share = real("share", share, above=0, below=1)
    rng = np.random.default_rng(integer("seed", seed, least=0))
    # 1e-9: 0.145 * 100 is a little less than 14.5 in binary
    wanted = min(max(1, int(count * share + 0.5 + 1e-9)), count - 1)
    order = rng.permutation(count)
    held = np.zeros(count, bool)
    if labels is None:
        held[order[:wanted]] = True
    else:
        held[_stratified(order, wanted, labels)] = True
    return np.flatnonzero(~held), np.flatnonzero(held)


def _stratified(order: np.ndarray, wanted: int, labels: Sequence[Any]) -> np.ndarray:
    """The first examples of each class in an order, as many as are held out of it."""
    if len(labels) != len(order):
        raise ValueError(f"labels: expected {len(order)}, one an example; got {len(labels)}")
    known = Labels.fit(labels, "the data")
    ids = known.encode(labels)  # (N,)
    sizes = np.bincount(ids)  # (C,)
    shares = _shares(sizes, wanted)  # (C,)
    single = [repr(known.classes[c]) for c in np.flatnonzero(sizes == 1)]
    if single:
        warnings.warn(
            f"labels: {', '.join(single[:5])}{', ...' if len(single) > 5 else ''}: a class of one "
            "example stays in training, and the validation has none of it",
            stacklevel=3,
        )
    order = order[np.argsort(ids[order], kind="stable")]  # class by class
    rank = np.arange(len(order)) - np.repeat(np.cumsum(sizes) - sizes, sizes)  # within its class
    return order[rank < np.repeat(shares, sizes)]


def _shares(sizes: np.ndarray, wanted: int) -> np.ndarray:
    """How many of each class are held out, (C,): quotas q_c = wanted n_c / N rounded down, then one
    more for the largest remainders, up to n_c - 1.
    """
    room = sizes - 1  # (C,)
    wanted = min(wanted, int(room.sum()))
    if wanted == 0:
        raise ValueError(
            "labels: expected a class of two examples or more, of which one can be held out; got "
            f"{len(sizes)} classes of one"
        )
    quotas = wanted * sizes / sizes.sum()
    given = quotas.astype(np.int64)  # below n_c, since wanted < N
    while (missing := wanted - int(given.sum())) > 0:
        open_ = np.flatnonzero(given < room)
        by_need = open_[np.argsort((given - quotas)[open_], kind="stable")]
        given[by_need[:missing]] += 1
    return given
