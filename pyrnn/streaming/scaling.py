"""What models do to numbers before the first layer, and behind the last."""

from __future__ import annotations

from typing import Any, NamedTuple


class Scaling(NamedTuple):
    """y = (x - mean) / deviation, or with ``back`` y = x deviation + mean, feature by feature.

    mean, deviation: (I,), float64, as is the arithmetic; x and y are of the stream's dtype. In
    front of a chain it reads a model's frames: see `frames.Frames`.
    """

    mean: Any
    deviation: Any
    back: bool = False
