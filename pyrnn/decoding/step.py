"""All that decoding knows of a model."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np


class Step(Protocol):
    """One time step: (ids, state) -> (logits, new state).

    ids: int64 (B,), the tokens just chosen. logits: (B, V), unnormalised log-probabilities of the
    next. The state is the model's own affair and is handed back as it came.
    """

    def __call__(self, ids: np.ndarray, state: Any, /) -> tuple[np.ndarray, Any]: ...


class Gather(Protocol):
    """Some rows of a state: (state, rows) -> the state of these rows, in this order.

    rows: int64 (B',), each from 0 to B - 1; some may be absent and some repeated. The state that
    came in stays as it is.
    """

    def __call__(self, state: Any, rows: np.ndarray, /) -> Any: ...
