"""The prefixes of a beam search."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from pyrnn.decoding.ctc.tree import NOTHING, Tree


class Trie(Tree):
    """Prefixes as nodes, each prefix once; those of one sequence hang from a root.

    symbols: int64 (N,), the last of each prefix.
    """

    absent: ClassVar[dict[str, int]] = {**Tree.absent, "symbols": 0, "_slots": -1}

    symbols: np.ndarray
    _slots: np.ndarray  # of a node in its row, while it is asked for

    def __init__(self) -> None:
        super().__init__()
        self._children: dict[int, int] = {}  # the key of parent and symbol -> node

    def roots(self, count: int) -> np.ndarray:
        """The nodes of so many empty prefixes, int64 (count,)."""
        made = self._more(count)
        self.parents[made], self.depths[made] = NOTHING, 0
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

    def sweep(self, leaves: np.ndarray, floors: Any, more: int) -> np.ndarray:
        """See `Tree.sweep`."""
        numbers = super().sweep(leaves, floors, more)
        below = (self.parents[: self.size] != NOTHING).nonzero()[0]
        keys = _keys(self.parents[below], self.symbols[below])
        self._children = dict(zip(keys.tolist(), below.tolist(), strict=True))
        return numbers

    def cut(self, node: int) -> None:
        """Make a root of a node that is none."""
        del self._children[int(_keys(self.parents[node], self.symbols[node]))]
        self.parents[node] = NOTHING

    def within(self, nodes: np.ndarray, depth: int) -> np.ndarray:
        """The first symbols of prefixes, nodes (W,), at most so many of them."""
        while (longer := self.depths[nodes] > depth).any():
            nodes = np.where(longer, self.parents[nodes], nodes)
        return nodes


def _keys(parents: np.ndarray, symbols: np.ndarray) -> np.ndarray:
    """Numbers for pairs of a node and a symbol, int64 (K,)."""
    return (parents << 32) | symbols
