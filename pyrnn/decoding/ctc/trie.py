"""The prefixes of a beam search as nodes of a trie, so that each stands once however long it is."""

from __future__ import annotations

import numpy as np

NOTHING = 0  # the node that stands for no prefix
LEAST = 256  # nodes that there is room for at first
ABSENT = {
    "parents": NOTHING,
    "symbols": 0,
    "depths": 0,
    "frames": -1,
    "weights": -np.inf,
    "_slots": -1,
}


class Trie:
    """Nodes by number; those of one sequence hang from a root, which stands for all before it.

    parents: int64 (N,), NOTHING of a root. symbols: int64 (N,), the last of each prefix. depths: int64
    (N,), how many symbols it has. frames: int64 (N,), where the last one came, and weights: float64
    (N,), ln of what came there; both are the search's affair.
    Nodes that nothing leads through any more are swept out whenever there is no room, which costs
    no more, a node, than making it did.
    """

    def __init__(self, blank: int) -> None:
        self.size = 1
        self._children: dict[int, int] = {}  # the key of parent and symbol -> node
        self.parents, self.symbols, self.depths, self.frames, self.weights, self._slots = (
            np.full(LEAST, absent) for absent in ABSENT.values()
        )
        self._blank = blank

    def roots(self, count: int) -> np.ndarray:
        """The nodes of so many empty prefixes, int64 (count,)."""
        made = self._more(count)
        for name, absent in ABSENT.items():
            getattr(self, name)[made] = absent
        self.symbols[made] = self._blank
        return np.arange(made.start, made.stop)

    def children(self, parents: np.ndarray, symbols: np.ndarray) -> np.ndarray:
        """The nodes of prefixes with one symbol more, (K,) all, made where there are none."""
        keys = _keys(parents, symbols)
        find = self._children.get
        found = np.array([find(key, -1) for key in keys.tolist()], np.int64)
        new = (found < 0).nonzero()[0]
        if len(new):
            made = self._more(len(new))
            self.parents[made], self.symbols[made] = parents[new], symbols[new]
            self.depths[made] = self.depths[parents[new]] + 1
            found[new] = np.arange(made.start, made.stop)
            self._children.update(zip(keys[new].tolist(), found[new].tolist(), strict=True))
        return found

    def slots_of_parents(self, nodes: np.ndarray) -> np.ndarray:
        """Of nodes (N, W), no prefix twice, the place in its row where the parent of each stands,
        int64 (N, W); -1 where it stands in none."""
        self._slots[nodes] = np.arange(nodes.shape[1])
        self._slots[NOTHING] = -1
        found = self._slots[self.parents[nodes]]
        self._slots[nodes] = -1
        return found

    def has_room(self, more: int) -> bool:
        """Whether so many nodes can be made before a sweep."""
        return self.size + more <= len(self.parents)

    def sweep(self, leaves: np.ndarray, more: int) -> np.ndarray:
        """Forget all nodes but some, (K,), and those on the way to them.

        more: how many there will be room for. Returns the new numbers, int64 (N,), of those left.
        """
        live = np.zeros(self.size, bool)
        live[NOTHING] = True
        while len(leaves):
            live[leaves] = True
            leaves = self.parents[leaves]
            leaves = leaves[leaves != NOTHING]
            leaves = leaves[~live[leaves]]
        kept = live.nonzero()[0]
        numbers = np.cumsum(live) - 1
        self.size = len(kept)
        self._hold(kept, max(LEAST, 2 * (self.size + more)))
        parents = self.parents[: self.size] = numbers[self.parents[: self.size]]
        below = (parents != NOTHING).nonzero()[0]
        keys = _keys(parents[below], self.symbols[below])
        self._children = dict(zip(keys.tolist(), below.tolist(), strict=True))
        return numbers

    def cut(self, node: int) -> None:
        """Make a root of a node that is none."""
        del self._children[int(_keys(self.parents[node], self.symbols[node]))]
        self.parents[node] = NOTHING

    def path(self, node: int) -> list[int]:
        """The nodes from below the root to this one, itself included."""
        found: list[int] = []
        while (parent := self.parents.item(node)) != NOTHING:
            found.append(node)
            node = parent
        return found[::-1]

    def common(self, nodes: list[int]) -> int:
        """The longest prefix that all of some nodes, below one root, begin with."""
        parent = self.parents.item
        way = [nodes[0]]  # from the first one to the root
        while (node := parent(way[-1])) != NOTHING:
            way.append(node)
        known = {node: place for place, node in enumerate(way)}  # where nodes come to this way
        furthest = 0
        for node in nodes[1:]:
            own = []
            while node not in known:
                own.append(node)
                node = parent(node)
            place = known[node]
            known.update(dict.fromkeys(own, place))
            furthest = max(furthest, place)
        return way[furthest]

    def before(self, nodes: np.ndarray, frames: np.ndarray) -> np.ndarray:
        """What prefixes, nodes (N,), had when so many frames (N,) were read, or their roots."""
        while ((self.frames[nodes] >= frames) & (self.parents[nodes] != NOTHING)).any():
            later = (self.frames[nodes] >= frames) & (self.parents[nodes] != NOTHING)
            nodes = np.where(later, self.parents[nodes], nodes)
        return nodes

    def within(self, nodes: np.ndarray, depths: np.ndarray) -> np.ndarray:
        """The first symbols of prefixes, nodes (N, W), at most depths (N, 1) of them."""
        while (longer := self.depths[nodes] > depths).any():
            nodes = np.where(longer, self.parents[nodes], nodes)
        return nodes

    def _more(self, count: int) -> slice:
        """So many nodes more, of which nothing is known."""
        first, self.size = self.size, self.size + count
        if self.size > len(self.parents):
            self._hold(np.arange(first), 2 * self.size)
        return slice(first, self.size)

    def _hold(self, kept: np.ndarray, room: int) -> None:
        """Some nodes, in this order, in arrays with room for so many."""
        for name, absent in ABSENT.items():
            old = getattr(self, name)
            new = np.full(room, absent, old.dtype)
            new[: len(kept)] = old[kept]
            setattr(self, name, new)


def _keys(parents: np.ndarray, symbols: np.ndarray) -> np.ndarray:
    """Numbers for pairs of a node and a symbol, int64 (K,)."""
    return (parents << 32) | symbols
