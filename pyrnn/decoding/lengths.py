"""How long continuations may become."""

from __future__ import annotations

from typing import Any

import numpy as np


def most_tokens(lengths: Any, sentences: int) -> np.ndarray:
    """The most tokens of each of B sentences, int64 (B,), out of one number or one for each.

    Raises TypeError for what are no integers, ValueError for another shape and for less than 1.
    """
    found = np.asarray(lengths)
    if found.dtype.kind not in "iu":
        raise TypeError(f"lengths: expected integers; got {found.dtype}")
    if found.shape not in ((), (sentences,)):
        raise ValueError(f"lengths: expected shape ({sentences},); got {found.shape}")
    if found.size and found.min() < 1:
        raise ValueError(f"lengths: expected at least 1; got {found.min()}")
    return np.broadcast_to(found.astype(np.int64), (sentences,))
