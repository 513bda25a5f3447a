"""A sequence, with what stands beside it in its rows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np


class Beside(NamedTuple):
    """The columns that are asked for beside the sequences.

    constant: with one value for a sequence, whatever it is. varying: of numbers, one a step, or one
    for the sequence. steps: of labels, one a step.
    """

    constant: tuple[str, ...] = ()
    varying: tuple[str, ...] = ()
    steps: tuple[str, ...] = ()


class Record(NamedTuple):
    """A sequence.

    place: of its first row, for error messages. input: a text, a tuple of N words, or frames
    (N, I). constant: by column; for one of labels a list of N of them. varying: (M, K), M = N
    steps, or 1 where a row is a sequence; None where no such column is asked for. name: what the
    file calls it, if anything.
    """

    place: str
    input: Any
    constant: Mapping[str, Any]
    varying: np.ndarray | None = None
    name: Any = None
