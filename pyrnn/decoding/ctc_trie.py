"""The prefixes of a beam search as nodes of a trie, so that each stands once however long it is.

A sequence's root stands for what is settled. Nodes that no followed prefix leads through are swept
out whenever the trie is full, which costs a node as much as making it did.
"""

from __future__ import annotations

import numpy as np

LEAST = 256  # nodes that there is room for at first


class Trie:
    """Nodes by number.

    parents: int64 (N,), -1 of a root. symbols: int64 (N,), the last of each prefix. depths: int64
    (N,), how many symbols since the beginning of the sequence. frames: int64 (N,), where the
    symbol came, and weights: float64 (N,), how much of its probability came there; both are the
    affair of the search.
    """

    def __init__(self, roots: int, blank: int) -> None:
        self.size = roots
        self._children: dict[tuple[int, int], int] = {}  # (parent, symbol) -> node
        room = max(LEAST, 2 * roots)
        self.parents = np.full(room, -1)
        self.symbols = np.full(room, blank)
        self.depths = np.zeros(room, np.int64)
        self.frames = np.full(room, -1)
        self.weights = np.full(room, -np.inf)

    def children(self, parents: np.ndarray, symbols: np.ndarray) -> np.ndarray:
        """The nodes of some prefixes with one symbol more, (K,) each; made where there are none."""
        found = np.empty(len(parents), np.int64)
        first, known = self.size, self._children
        pairs = zip(parents.tolist(), symbols.tolist(), strict=True)
        for k, pair in enumerate(pairs):
            node = known.get(pair)
            if node is None:
                node = known[pair] = self.size
                self.size += 1
            found[k] = node
        self._reserve(self.size)
        new = found >= first
        made = found[new]
        self.parents[made] = parents[new]
        self.symbols[made] = symbols[new]
        self.depths[made] = self.depths[parents[new]] + 1
        return found

    def is_full(self, more: int) -> bool:
        """Whether so many nodes more ask for a sweep first."""
        return self.size + more > len(self.parents)

    def sweep(self, leaves: np.ndarray, more: int) -> np.ndarray:
        """Forget all nodes but some, (K,), and those on the way to them.

        more: how many there should be room for. Returns the new numbers, int64 (N,), of the nodes
        that are left; -1 of the others.
        """
        live = np.zeros(self.size, bool)
        while len(leaves):
            live[leaves] = True
            leaves = np.unique(self.parents[leaves])
            leaves = leaves[leaves >= 0]
            leaves = leaves[~live[leaves]]
        numbers = np.where(live, np.cumsum(live) - 1, -1)
        kept = np.flatnonzero(live)
        parents = self.parents[kept]
        parents = np.where(parents < 0, -1, numbers[parents])
        self.size = len(kept)
        room = max(LEAST, 2 * (self.size + more))
        for name in ("symbols", "depths", "frames", "weights"):
            old = getattr(self, name)
            new = np.empty(room, old.dtype)
            new[: self.size] = old[kept]
            setattr(self, name, new)
        self.parents = np.full(room, -1)
        self.parents[: self.size] = parents
        keys = zip(parents.tolist(), self.symbols[: self.size].tolist(), strict=True)
        self._children = {key: node for node, key in enumerate(keys) if key[0] >= 0}
        return numbers

    def root(self, blank: int) -> int:
        """A new root, of an empty prefix."""
        node = self.size
        self._reserve(node + 1)
        self.size += 1
        self.parents[node], self.symbols[node], self.depths[node] = -1, blank, 0
        self.frames[node], self.weights[node] = -1, -np.inf
        return node

    def cut(self, nodes: np.ndarray) -> None:
        """Make roots of some nodes."""
        for node in nodes.tolist():
            self._children.pop((int(self.parents[node]), int(self.symbols[node])), None)
        self.parents[nodes] = -1

    def path(self, node: int) -> list[int]:
        """The nodes from below the root to this one, itself included."""
        found: list[int] = []
        while (parent := int(self.parents[node])) >= 0:
            found.append(node)
            node = parent
        return found[::-1]

    def common(self, nodes: np.ndarray) -> np.ndarray:
        """Of each row of nodes (N, W) of one root the longest prefix that all begin with, (N,)."""
        while len(unequal := np.flatnonzero((nodes != nodes[:, :1]).any(axis=1))):
            some = nodes[unequal]
            depths = self.depths[some]
            deepest = depths == depths.max(axis=1, keepdims=True)
            nodes = nodes.copy()
            nodes[unequal] = np.where(deepest, self.parents[some], some)
        return nodes[:, 0]

    def above(self, nodes: np.ndarray, depths: np.ndarray) -> np.ndarray:
        """The beginnings of some prefixes: of nodes (N, W) that of depths (N, 1), if they are
        longer."""
        while (longer := self.depths[nodes] > depths).any():
            nodes = np.where(longer, self.parents[nodes], nodes)
        return nodes

    def _reserve(self, size: int) -> None:
        """Room for so many nodes."""
        if size <= len(self.parents):
            return
        for name in ("parents", "symbols", "depths", "frames", "weights"):
            old = getattr(self, name)
            new = np.empty(2 * size, old.dtype)
            new[: len(old)] = old
            setattr(self, name, new)
