"""The shapes that are measured."""

from __future__ import annotations

import re
from typing import NamedTuple


class Shape(NamedTuple):
    """A layer, or a stack of them, and its batch; written 45x16x200i130l2d2."""

    T: int
    B: int
    H: int
    I: int | None = None  # None: as H
    L: int = 1  # layers
    D: int = 1  # directions

    def __str__(self) -> str:
        text = f"{self.T}x{self.B}x{self.H}"
        text += "" if self.I is None else f"i{self.I}"
        return text + f"l{self.L}" * (self.L > 1) + f"d{self.D}" * (self.D > 1)

    @property
    def inputs(self) -> int:
        """I."""
        return self.H if self.I is None else self.I

    def to_json(self) -> dict[str, int]:
        """The letters, I as it is."""
        return self._replace(I=self.inputs)._asdict()


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

# What no tile divides: H 100 to 1500, B 2 to 48, I other than H, two to four layers, two
# directions. Each with one cell: all of them with all would take hours, and a weakness of the
# tiles, the schedule or the panels shows with one.
ODD = (
    *((cell, Shape(100, 1, 128)) for cell in ("lstm", "gru", "rnn_tanh")),
    ("lstm", Shape(50, 2, 200)),
    ("lstm", Shape(60, 3, 100)),
    ("lstm", Shape(50, 6, 650)),
    ("lstm", Shape(50, 12, 300)),
    ("lstm", Shape(35, 20, 1500)),
    ("lstm", Shape(20, 48, 1000)),
    ("lstm", Shape(50, 48, 100, I=40)),
    ("lstm", Shape(45, 16, 200, I=130, D=2)),
    ("lstm", Shape(35, 20, 200, L=2)),
    ("lstm", Shape(50, 12, 100, I=300, L=3)),
    ("lstm", Shape(35, 20, 650, L=2)),
    ("gru", Shape(50, 2, 650)),
    ("gru", Shape(50, 3, 300)),
    ("gru", Shape(50, 6, 100)),
    ("gru", Shape(35, 12, 1000)),
    ("gru", Shape(50, 48, 200, I=64, D=2)),
    ("gru", Shape(35, 20, 300, L=2)),
    ("rnn_tanh", Shape(50, 2, 1000)),
    ("rnn_tanh", Shape(50, 3, 1500)),
    ("rnn_tanh", Shape(50, 12, 650, I=100)),
    ("rnn_tanh", Shape(50, 48, 300)),
    ("rnn_tanh", Shape(50, 6, 200, I=50, L=4, D=2)),
)

# Lengths are drawn uniformly from 1 to T: half of a padded batch is padding.
RAGGED = (Shape(50, 16, 128), Shape(50, 32, 256), Shape(128, 128, 128), Shape(400, 32, 128))

QUICK = (Shape(20, 1, 64), Shape(20, 16, 64))
QUICK_ODD = (("lstm", Shape(10, 3, 10, I=7, L=2, D=2)), ("gru", Shape(10, 2, 9)))
QUICK_RAGGED = (Shape(20, 16, 64),)

PATTERN = re.compile(
    r"([1-9]\d*)x([1-9]\d*)x([1-9]\d*)(?:i([1-9]\d*))?(?:l([1-9]\d*))?(?:d([12]))?"
)


def parse(text: str) -> Shape:
    """The shape of "50x16x128" or "45x16x200i130l2d2". Raises ValueError for anything else."""
    found = PATTERN.fullmatch(text)
    if found is None:
        raise ValueError(
            f"shape: expected TxBxH, as 50x16x128, or with I, layers and directions, as "
            f"45x16x200i130l2d2; got {text!r}"
        )
    T, B, H, I, L, D = found.groups()
    return Shape(int(T), int(B), int(H), None if I is None else int(I), int(L or 1), int(D or 1))
