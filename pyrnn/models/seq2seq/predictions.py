"""What a translator says of one input."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from pyrnn.models.writing import WrittenText


@dataclass(frozen=True, repr=False)
class Translation(WrittenText):
    """A text; see `WrittenText`.

    source: the tokens that were read; None for frames.
    attention: (tokens, steps of the source), how much each token looked at each step, each row
        adding up to 1; None without attention.
    """

    source: tuple[str, ...] | None = field(default=None, compare=False)
    attention: np.ndarray | None = field(default=None, compare=False)
