"""Sequences that share their beginnings, as nodes of a tree, so that each stands once however long
it is: what an array keeps of a node, and how far up its parent is."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

NOTHING = 0  # the node of nothing
LEAST = 256  # nodes that there is room for at first


class Tree:
    """Nodes by number.

    parents: int64 (N,), NOTHING of a root. depths: int64 (N,), how many elements a sequence has.
    Nodes that nothing leads through any more are swept out whenever there is no room, which costs
    no more, a node, than making it did.
    """

    absent: ClassVar[dict[str, int]] = {"parents": NOTHING, "depths": 0}  # arrays, and their zeros

    parents: np.ndarray
    depths: np.ndarray

    def __init__(self) -> None:
        self.size = 1
        for name, value in self.absent.items():
            setattr(self, name, np.full(LEAST, value))

    def has_room(self, more: int) -> bool:
        """Whether so many nodes can be made before a sweep."""
        return self.size + more <= len(self.parents)

    def sweep(self, leaves: np.ndarray, floors: Any, more: int) -> np.ndarray:
        """Forget all nodes but some and those on the way to them, as far as they are deeper than
        floors.

        leaves: (K,). floors: (K,) or a number. more: how many there will be room for. Returns the
        new numbers, int64 (N,), of those left.
        """
        live = np.zeros(self.size, bool)
        live[NOTHING] = True
        floors = np.broadcast_to(floors, leaves.shape)
        while len(leaves):
            live[leaves] = True
            leaves = self.parents[leaves]
            new = ~live[leaves] & (self.depths[leaves] > floors)
            leaves, floors = leaves[new], floors[new]
        kept = live.nonzero()[0]
        numbers = np.where(live, np.cumsum(live) - 1, NOTHING)
        self.size = len(kept)
        self._hold(kept, max(LEAST, 4 * (self.size + more)))
        self.parents[: self.size] = numbers[self.parents[: self.size]]
        return numbers

    def path(self, node: int, floor: int) -> list[int]:
        """The nodes from the first one deeper than a floor to this one, itself included."""
        found: list[int] = []
        parent = self.parents.item
        for _ in range(self.depths.item(node) - floor):
            found.append(node)
            node = parent(node)
        return found[::-1]

    def common(self, nodes: list[int], floor: int) -> int:
        """The longest beginning of all of some nodes, NOTHING if it is no deeper than a floor."""
        way = [*self.path(nodes[0], floor)[::-1], NOTHING]
        known = {node: place for place, node in enumerate(way)}  # where nodes come to this way
        furthest = 0
        parent, depth = self.parents.item, self.depths.item
        for node in nodes[1:]:
            own = []
            while node not in known and depth(node) > floor:
                own.append(node)
                node = parent(node)
            place = known.get(node, len(way) - 1)
            known.update(dict.fromkeys(own, place))
            furthest = max(furthest, place)
        return way[furthest]

    def _more(self, count: int) -> slice:
        """So many nodes more, of which nothing is known."""
        first, self.size = self.size, self.size + count
        if self.size > len(self.parents):
            self._hold(np.arange(first), 2 * self.size)
        return slice(first, self.size)

    def _hold(self, kept: np.ndarray, room: int) -> None:
        """Some nodes, in this order, in arrays with room for so many."""
        for name, value in self.absent.items():
            old = getattr(self, name)
            new = np.full(room, value)
            new[: len(kept)] = old[kept]
            setattr(self, name, new)
