"""Token after token."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from pyrnn.decoding.choice import Choice
from pyrnn.decoding.step import Step


def continuation(
    step: Step, logits: np.ndarray, state: Any, choose: Choice
) -> Iterator[np.ndarray]:
    """Choose a token, step the model by it, and so on without end.

    step: the model. logits, state: (B, V) and what goes with it, as the step over the last token of
    the prompt returned them. Yields ids, int64 (B,). The model is stepped only when the next
    token is asked for.
    """
    while True:
        ids = choose(logits)
        yield ids
        logits, state = step(ids, state)
