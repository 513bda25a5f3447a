"""The prefixes of a beam search as nodes of a trie, so that each stands once however long it is."""

from __future__ import annotations

import numpy as np

NOTHING = 0  # the node that stands for no prefix
LEAST = 256  # nodes that there is room for at first
ABSENT = {"parents": -1, "symbols": 0, "depths": 0, "frames": -1, "weights": -np.inf}


class Trie:
    """Nodes by number; those of one sequence hang from a root, which stands for all before it.

    parents: int64 (N,), -1 of a root. symbols: int64 (N,), the last of each prefix. depths: int64
    (N,), how many symbols it has. frames: int64 (N,), where the last one came, and weights: float64
    (N,), ln of what came there; both are the search's affair.
    Nodes that nothing leads through any more are swept out whenever there is no room, which costs
    no more, a node, than making it did.
    """

    def __init__(self, blank: int) -> None:
        self.size = 1
        self._children: dict[tuple[int, int], int] = {}  # (parent, symbol) -> node
        self.parents, self.symbols, self.depths, self.frames = (
            np.full(LEAST, ABSENT[name]) for name in ("parents", "symbols", "depths", "frames")
        )
        self.weights = np.full(LEAST, ABSENT["weights"])
        self._blank = blank

    def roots(self, count: int) -> np.ndarray:
        """The nodes of so many empty prefixes, int64 (count,)."""
        first, self.size = self.size, self.size + count
        self._reserve(self.size)
        new = np.arange(first, self.size)
        for name, absent in ABSENT.items():
            getattr(self, name)[new] = absent
        self.symbols[new] = self._blank
        return new

    def children(self, parents: np.ndarray, symbols: np.ndarray) -> np.ndarray:
        """The nodes of prefixes with one symbol more, (K,) all, made where there are none."""
        known, first = self._children, self.size
        found: list[int] = []
        new: list[int] = []  # which of the pairs had none
        for k, pair in enumerate(zip(parents.tolist(), symbols.tolist(), strict=True)):
            node = known.get(pair)
            if node is None:
                node = known[pair] = first + len(new)
                new.append(k)
            found.append(node)
        if new:
            made = slice(first, first + len(new))
            self._reserve(made.stop)
            self.size = made.stop
            self.parents[made] = above = parents[new]
            self.symbols[made] = symbols[new]
            self.depths[made] = self.depths[above] + 1
        return np.array(found, np.int64)

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
            leaves = leaves[leaves >= 0]
            leaves = leaves[~live[leaves]]
        kept = live.nonzero()[0]
        numbers = np.cumsum(live) - 1
        self.size = len(kept)
        self._hold(kept, max(LEAST, 2 * (self.size + more)))
        parents = self.parents[: self.size]
        parents[parents >= 0] = numbers[parents[parents >= 0]]
        pairs = zip(parents.tolist(), self.symbols[: self.size].tolist(), strict=True)
        self._children = {pair: node for node, pair in enumerate(pairs) if pair[0] >= 0}
        return numbers

    def cut(self, nodes: np.ndarray) -> None:
        """Make roots of some nodes, (K,), that are none."""
        for pair in zip(self.parents[nodes].tolist(), self.symbols[nodes].tolist(), strict=True):
            del self._children[pair]
        self.parents[nodes] = -1

    def path(self, node: int) -> list[int]:
        """The nodes from below the root to this one, itself included."""
        found: list[int] = []
        while (parent := int(self.parents[node])) >= 0:
            found.append(node)
            node = parent
        return found[::-1]

    def common(self, nodes: np.ndarray) -> np.ndarray:
        """Of each row of nodes (N, W) below one root the longest prefix of all, (N,)."""
        while (nodes != nodes[:, :1]).any():
            depths = self.depths[nodes]
            deepest = depths == depths.max(axis=1, keepdims=True)
            deepest &= (nodes != nodes[:, :1]).any(axis=1, keepdims=True)
            nodes = np.where(deepest, self.parents[nodes], nodes)
        return nodes[:, 0]

    def before(self, nodes: np.ndarray, frames: np.ndarray) -> np.ndarray:
        """What prefixes, nodes (N,), had when so many frames (N,) were read, or their roots."""
        while ((self.frames[nodes] >= frames) & (self.parents[nodes] >= 0)).any():
            later = (self.frames[nodes] >= frames) & (self.parents[nodes] >= 0)
            nodes = np.where(later, self.parents[nodes], nodes)
        return nodes

    def within(self, nodes: np.ndarray, depths: np.ndarray) -> np.ndarray:
        """The first symbols of prefixes, nodes (N, W), at most depths (N, 1) of them."""
        while (longer := self.depths[nodes] > depths).any():
            nodes = np.where(longer, self.parents[nodes], nodes)
        return nodes

    def _reserve(self, size: int) -> None:
        """Room for so many nodes."""
        if size > len(self.parents):
            self._hold(np.arange(self.size), 2 * size)

    def _hold(self, kept: np.ndarray, room: int) -> None:
        """Some nodes, in this order, in arrays with room for so many."""
        for name, absent in ABSENT.items():
            old = getattr(self, name)
            new = np.full(room, absent, old.dtype)
            new[: len(kept)] = old[kept]
            setattr(self, name, new)
