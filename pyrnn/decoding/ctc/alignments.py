"""Where in the frames the symbols of prefixes begin."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from pyrnn.decoding.ctc.tree import Tree


class Alignments(Tree):
    """Frames, one a symbol, as nodes. frames: int64 (N,), the last of each alignment."""

    absent: ClassVar[dict[str, int]] = {**Tree.absent, "frames": -1}

    frames: np.ndarray

    def append(self, nodes: np.ndarray, frames: np.ndarray) -> np.ndarray:
        """Alignments (K,), each with one frame more: new nodes, int64 (K,)."""
        made = self._more(len(nodes))
        self.parents[made], self.frames[made] = nodes, frames
        self.depths[made] = self.depths[nodes] + 1
        return np.arange(made.start, made.stop)
