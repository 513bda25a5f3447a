"""The end of a sequence, or its beginning, where it is too long."""

from __future__ import annotations

from typing import Any

import numpy as np


def truncated(steps: np.ndarray, config: Any) -> np.ndarray:
    """The last, or the first, `max_length` steps, as `keep` says; all where there is no such
    setting."""
    most = getattr(config, "max_length", None)
    if most is None or len(steps) <= most:
        return steps
    return steps[-most:] if config.keep == "last" else steps[:most]
