"""The shapes that are measured. I = H throughout."""

from __future__ import annotations

from typing import NamedTuple


class Shape(NamedTuple):
    """Time, batch, hidden units."""

    T: int
    B: int
    H: int

    def __str__(self) -> str:
        return f"{self.T}x{self.B}x{self.H}"


# One sequence (streams, long documents); small batches; Zaremba's word models (20 x 35, H 200 and
# 650); large ones; and a batch as wide as long.
TABLE = (
    Shape(100, 1, 64),
    Shape(100, 1, 256),
    Shape(100, 1, 512),
    Shape(50, 4, 128),
    Shape(50, 16, 128),
    Shape(50, 32, 256),
    Shape(35, 20, 200),
    Shape(35, 20, 650),
    Shape(50, 64, 512),
    Shape(128, 128, 128),
)

# Lengths are drawn uniformly from 1 to T: half of a padded batch is padding.
RAGGED = (Shape(50, 16, 128), Shape(50, 32, 256), Shape(128, 128, 128), Shape(400, 32, 128))

QUICK = (Shape(20, 1, 64), Shape(20, 16, 64))
QUICK_RAGGED = (Shape(20, 16, 64),)


def parse(text: str) -> Shape:
    """The shape of "50x16x128". Raises ValueError for anything else."""
    parts = text.split("x")
    if len(parts) != 3 or not all(part.isdigit() and int(part) for part in parts):
        raise ValueError(f"shape: expected TxBxH, as 50x16x128; got {text!r}")
    return Shape(*map(int, parts))
