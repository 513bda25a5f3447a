"""Examples that stand together in one part of a split: all of a speaker, an engine, a gene."""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from typing import Any

import numpy as np

Content = list[tuple[int, int]]  # of a group: the classes in it, and how many of each


def group_ids(groups: Sequence[Any], count: int, least: int) -> np.ndarray:
    """The number of each example's group, int64 (N,), in the order in which they first come.

    groups: (N,), values that can be keys; equal ones are one group. count: N. least: so many
        groups there must be.
    Raises TypeError for what can be no key, ValueError for another number of them, for a missing
    one (None, NaN, an empty string), and for fewer groups.
    """
    if isinstance(groups, str | bytes):
        raise TypeError(f"groups: expected a list, one an example; got {groups!r:.80}")
    if len(groups) != count:
        raise ValueError(f"groups: expected {count}, one an example; got {len(groups)}")
    known: dict[Any, int] = {}
    ids = np.empty(count, np.int64)
    for row, group in enumerate(groups):
        if _is_missing(group):
            raise ValueError(f"groups: expected one for each example; got {group!r} in row {row}")
        try:
            ids[row] = known.setdefault(group, len(known))
        except TypeError:
            raise TypeError(
                f"groups: expected values that can be keys; got {type(group).__name__} "
                f"{group!r:.80} in row {row}"
            ) from None
    if len(known) < least:
        raise ValueError(
            f"groups: expected at least {least}, each of which stands whole in one part; got "
            f"{len(known)}"
        )
    return ids


def contents(members: np.ndarray, ids: np.ndarray) -> list[Content]:
    """What each group holds. members, ids: int64 (N,), the group and the class of each example."""
    classes = int(ids.max()) + 1
    pairs, counts = np.unique(members * classes + ids, return_counts=True)
    found: list[Content] = [[] for _ in range(int(members.max()) + 1)]
    for pair, n in zip(pairs.tolist(), counts.tolist(), strict=True):
        found[pair // classes].append((pair % classes, n))
    return found


class Selection:
    """Whole groups, taken one by one so that n_c of class c come near to q_c, and all to Σ q_c.

    groups: what each holds. sizes: N_c, (C,). quotas: q_c, (C,).
    """

    def __init__(self, groups: list[Content], sizes: np.ndarray, quotas: np.ndarray) -> None:
        self.groups, self.sizes = groups, sizes.tolist()
        self.away = (-quotas).tolist()  # n_c - q_c
        self.left = sizes.tolist()  # N_c - n_c
        self.missing = int(quotas.sum())  # Σ q_c - n_c
        self.taken: list[int] = []

    def size(self, group: int) -> int:
        return sum(n for _, n in self.groups[group])

    def cost(self, group: int) -> float:
        """What Σ (n_c - q_c)² / N_c rises by with this group."""
        return sum(n * (n + 2 * self.away[c]) / self.sizes[c] for c, n in self.groups[group])

    def slope(self, group: int) -> float:
        """What half of it rises by at first, for each example of this group, large or small: the
        less, the more its classes are wanted. Taking others only makes it more.
        """
        rise = sum(n * self.away[c] / self.sizes[c] for c, n in self.groups[group])
        return rise / self.size(group)

    def fits(self, group: int) -> bool:
        """Whether this group brings the whole nearer, and each class keeps an example outside.
        Taking others never makes it fit again.
        """
        left = all(n < self.left[c] for c, n in self.groups[group])
        return left and self.size(group) < 2 * self.missing

    def take(self, group: int) -> None:
        for c, n in self.groups[group]:
            self.away[c] += n
            self.left[c] -= n
            self.missing -= n
        self.taken.append(group)

    def run(self, order: list[int]) -> list[int]:
        """The groups taken, at least one, of all in the order drawn.

        Half of the examples by the order, of groups that bring the classes nearer; the others by
        the slope, so that they make up for chance. All groups bring the whole nearer; where all are
        too large, the smallest is taken. Raises ValueError where every one holds all of a class.
        """
        half = self.missing / 2
        for group in order:
            if self.missing > half and self.cost(group) < 0 and self.fits(group):
                self.take(group)
        taken = set(self.taken)
        heap = [(self.slope(g), place, g) for place, g in enumerate(order) if g not in taken]
        heapq.heapify(heap)
        while heap:
            _, place, group = heap[0]
            entry = (self.slope(group), place, group)  # it may have risen
            if not self.fits(group):
                heapq.heappop(heap)
            elif entry > heap[0]:
                heapq.heapreplace(heap, entry)
            else:
                heapq.heappop(heap)
                self.take(group)
        if not self.taken:
            self.take(self._smallest(order))
        return self.taken

    def _smallest(self, order: list[int]) -> int:
        self.missing = sum(self.sizes)  # any size will do
        fitting = [group for group in order if self.fits(group)]
        if not fitting:
            raise ValueError(
                "groups: expected one that can be held out; got only such as hold all examples of "
                "a class"
            )
        return min(fitting, key=self.size)


def spread(groups: list[Content], sizes: np.ndarray, order: np.ndarray, k: int) -> np.ndarray:
    """Which of k parts each group goes to, int64 (G,), so that the classes are even in them.

    Large groups first, equal ones in the order drawn; each to the part j where it adds least to
    Σ_j Σ_c n_jc² / N_c, of equal ones to the smallest. With k groups or more no part is empty.
    sizes: N_c, (C,). order: (G,).
    """
    totals = np.array([sum(n for _, n in group) for group in groups])  # (G,)
    counts = [[0] * len(sizes) for _ in range(k)]  # n_jc
    whole = [0] * k  # Σ_c n_jc
    size = sizes.tolist()
    parts = np.empty(len(groups), np.int64)
    for g in order[np.argsort(-totals[order], kind="stable")].tolist():
        costs = [
            (sum(n * (n + 2 * part[c]) / size[c] for c, n in groups[g]), all_, j)
            for j, (part, all_) in enumerate(zip(counts, whole, strict=True))
        ]
        *_, j = min(costs)
        for c, n in groups[g]:
            counts[j][c] += n
            whole[j] += n
        parts[g] = j
    return parts


def _is_missing(group: Any) -> bool:
    if group is None or (isinstance(group, str) and not group.strip()):
        return True
    try:
        return bool(group != group)  # NaN, and NaT of dates
    except (TypeError, ValueError):  # what has no truth value; an array is refused as a key
        return not hasattr(group, "__len__")
