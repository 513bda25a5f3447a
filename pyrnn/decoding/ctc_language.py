"""What the search for a transcript asks of a language model: how likely a symbol follows others."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np


class Language(Protocol):
    """ln p of each of C symbols of a transcriber after those before; what stands at the blank does
    not count. The state is the language's own affair."""

    def begin(self, count: int, /) -> tuple[np.ndarray, Any]:
        """Before the first symbol of so many texts: ln p (count, C), state."""
        ...

    def step(self, symbols: np.ndarray, state: Any, /) -> tuple[np.ndarray, Any]:
        """One symbol more of N texts: int64 (N,), state -> ln p (N, C), new state."""
        ...

    def gather(self, state: Any, rows: np.ndarray, /) -> Any:
        """Some rows of a state, int64 (N',), in this order; some absent and some repeated."""
        ...

    def join(self, one: Any, other: Any, /) -> Any:
        """Two states as one: the rows of the first, then those of the second."""
        ...
