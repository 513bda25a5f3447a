"""Examples held out: a share of them, or each in its turn."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np

from pyrnn.data.groups import Selection, contents, group_ids, spread
from pyrnn.data.labels import Labels
from pyrnn.kernels.scalars import integer, real

Split = tuple[np.ndarray, np.ndarray]


def hold_out(
    count: int,
    share: float,
    seed: int = 0,
    labels: Sequence[Any] | None = None,
    groups: Sequence[Any] | None = None,
) -> Split:
    """The numbers of the examples to train on and of those held out, drawn at random.

    count: N, at least 2. share: of N that is held out, above 0 and below 1; it is rounded to a
        whole number, and each part has at least one example.
    labels: (N,); the classes' shares are then those of the whole as nearly as whole numbers can be
        (by largest remainder), but each class keeps an example in training: one that is the only
        one of its class stays there, with a warning.
    groups: (N,), values that can be keys; equal ones are one group, which stands whole in one part.
        Groups are held out in the order drawn, each that brings the number of examples nearer to
        the share: it is missed by at most half of one group, unless all are larger than twice the
        share. With labels too, half of the examples are drawn so, by groups that also bring the
        classes nearer to their shares; the other half by groups of what the classes then lack most.
        A class within one group stays in training, with a warning.
    Returns (train, valid), int64, each in rising order: functions of the arguments alone.
    Raises ValueError where nothing can be held out, for fewer than two groups, and for one that is
    missing (None, NaN, an empty string).
    """
    count = integer("count", count, least=2)
    share = real("share", share, above=0, below=1)
    rng = np.random.default_rng(integer("seed", seed, least=0))
    # 1e-9: 0.145 * 100 is a little less than 14.5 in binary
    wanted = min(max(1, int(count * share + 0.5 + 1e-9)), count - 1)
    members = None if groups is None else group_ids(groups, count, least=2)
    classes, ids = _classes(labels, count)
    if members is None:
        held = _stratified(rng.permutation(count), wanted, ids)
    else:
        held = _whole_groups(members, ids, wanted, rng)
    _warn_of_single(classes, ids, members, "stays in training, and the validation has none of it")
    return _parts(count, held)


def folds(
    count: int,
    k: int,
    seed: int = 0,
    labels: Sequence[Any] | None = None,
    groups: Sequence[Any] | None = None,
) -> list[Split]:
    """The k splits of a cross-validation: each example is held out in exactly one of them.

    count: N. k: from 2 to N, or to the number of groups.
    labels: (N,); what is held out of a class then differs by at most one from fold to fold. One
        that is the only one of its class is missing in one fold's training, with a warning.
    groups: (N,), see `hold_out`: each stands whole in one fold. The largest are dealt out first,
        each to the smallest fold; with labels too, to the fold that has least of its classes.
    Returns k times (train, valid), as `hold_out` does. Parts differ in size by at most one, without
    groups. Raises ValueError for fewer groups than k, and for one that is missing.
    """
    count = integer("count", count, least=2)
    k = integer("k", k, least=2, most=count)
    rng = np.random.default_rng(integer("seed", seed, least=0))
    members = None if groups is None else group_ids(groups, count, least=k)
    classes, ids = _classes(labels, count)
    if members is None:
        order = rng.permutation(count)
        parts = np.empty(count, np.int64)
        parts[order[np.argsort(ids[order], kind="stable")]] = np.arange(count) % k
    else:
        every = contents(members, ids)
        parts = spread(every, np.bincount(ids), rng.permutation(len(every)), k)[members]
    _warn_of_single(classes, ids, members, "is missing in the training of one fold")
    return [_parts(count, np.flatnonzero(parts == j)) for j in range(k)]


def _parts(count: int, held: np.ndarray) -> Split:
    mask = np.zeros(count, bool)
    mask[held] = True
    return np.flatnonzero(~mask), np.flatnonzero(mask)


def _classes(labels: Sequence[Any] | None, count: int) -> tuple[Sequence[Any], np.ndarray]:
    """The classes, and that of each example, int64 (N,). Without labels: one, which has no name."""
    if labels is None:
        return (), np.zeros(count, np.int64)
    if len(labels) != count:
        raise ValueError(f"labels: expected {count}, one an example; got {len(labels)}")
    known = Labels.fit(labels, "the data")
    return known.classes, known.encode(labels)


def _warn_of_single(
    classes: Sequence[Any], ids: np.ndarray, members: np.ndarray | None, fate: str
) -> None:
    """Say what becomes of classes of one example, or within one group."""
    if members is not None:  # a class once for each group that has it
        ids = np.unique(members * max(1, len(classes)) + ids) % max(1, len(classes))
    single = (
        [repr(classes[c]) for c in np.flatnonzero(np.bincount(ids) == 1).tolist()]
        if classes
        else []
    )
    if single:
        warnings.warn(
            f"labels: {', '.join(single[:5])}{', ...' if len(single) > 5 else ''}: a class "
            f"{'of one example' if members is None else 'within one group'} {fate}",
            stacklevel=3,
        )


def _stratified(order: np.ndarray, wanted: int, ids: np.ndarray) -> np.ndarray:
    """The first examples of each class in an order, as many as are held out of it."""
    sizes = np.bincount(ids)  # (C,)
    shares = _shares(sizes, wanted, sizes - 1)  # (C,)
    order = order[np.argsort(ids[order], kind="stable")]  # class by class
    rank = np.arange(len(order)) - np.repeat(np.cumsum(sizes) - sizes, sizes)  # within its class
    return order[rank < np.repeat(shares, sizes)]


def _shares(sizes: np.ndarray, wanted: int, room: np.ndarray) -> np.ndarray:
    """How many of each class are held out, (C,): quotas q_c = wanted n_c / N rounded down, then one
    more for the largest remainders, up to the room that each has (C,).
    """
    wanted = min(wanted, int(room.sum()))
    if wanted == 0:
        raise ValueError(
            "labels: expected a class of two examples or more (where there are groups, in two of "
            f"them), of which one can be held out; got {len(sizes)} classes of one"
        )
    quotas = wanted * sizes / sizes.sum()
    given = np.minimum(quotas.astype(np.int64), room)
    while (missing := wanted - int(given.sum())) > 0:
        open_ = np.flatnonzero(given < room)
        by_need = open_[np.argsort((given - quotas)[open_], kind="stable")]
        given[by_need[:missing]] += 1
    return given


def _whole_groups(
    members: np.ndarray, ids: np.ndarray, wanted: int, rng: np.random.Generator
) -> np.ndarray:
    """The examples of the groups that are held out."""
    every, sizes = contents(members, ids), np.bincount(ids)
    order = rng.permutation(len(every)).tolist()
    if len(sizes) == 1:  # the smaller part is drawn, so that the larger has what does not fit
        smaller = min(wanted, len(members) - wanted)
        chosen = Selection(every, sizes, np.array([smaller])).run(order)
        return np.flatnonzero(np.isin(members, chosen, invert=smaller != wanted))
    least = sizes.copy()  # of each class, the smallest part that a group has: it can stay
    for c, n in (pair for content in every for pair in content):
        least[c] = min(least[c], n)
    quotas = _shares(sizes, wanted, sizes - least)
    return np.flatnonzero(np.isin(members, Selection(every, sizes, quotas).run(order)))
