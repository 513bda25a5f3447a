"""Numbers to be learnt: for a sequence, or one a step, in their units and scaled."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from pyrnn.data import Standardizer
from pyrnn.files.strict_json import shortened


def rows_of(value: Any, name: str) -> np.ndarray:
    """A target as rows (M, K): one row of K numbers for a sequence, or a row a step.

    value: a number, K numbers, or (M, K) of them; an empty list is M = 0 rows. Raises TypeError,
    ValueError for none.
    """
    try:
        array = np.asarray(value)
    except ValueError as error:
        raise ValueError(f"{name}: expected rows of one length; got others") from error
    if array.shape == (0,):
        array = array.reshape(0, 1)
    if array.dtype.kind not in "iuf":
        raise TypeError(f"{name}: expected a number; got {type(value).__name__} {value!r:.80}")
    if array.ndim > 2 or array.shape[1:] == (0,):
        raise ValueError(
            f"{name}: expected a number, K numbers, or (N, K) for a sequence of N steps; got shape "
            f"{array.shape}"
        )
    with np.errstate(over="ignore"):  # of a longer type: the next lines find it
        rows = np.atleast_2d(array.astype(np.float64))
    if not np.isfinite(rows).all():
        raise ValueError(f"{name}: expected finite numbers; got {rows[~np.isfinite(rows)][0]}")
    return rows


def is_of_steps(target: Any) -> bool:
    """Whether a target has several rows: a step's each."""
    return np.ndim(target) == 2 and len(target) > 1


def _scaler(rows: list[np.ndarray], scale: str) -> Standardizer:
    width = rows[0].shape[1]
    if scale == "none":
        return Standardizer.none(width)
    try:
        return Standardizer.fit(rows)
    except ValueError as error:  # what the caller knows as targets
        raise ValueError(str(error).replace("sequences", "targets", 1)) from error


@dataclass(frozen=True)
class Targets:
    """How the targets of the training data are.

    scaler: of K numbers. steps: whether each step has a target.
    """

    scaler: Standardizer
    steps: bool = False

    @classmethod
    def fit(cls, targets: Sequence[Any], scale: str) -> Targets:
        """Of training data."""
        rows = [rows_of(value, f"targets[{k}]") for k, value in enumerate(targets)]
        rows = [each for each in rows if len(each)] or rows
        return cls(_scaler(rows, scale), any(map(is_of_steps, targets)))

    @property
    def size(self) -> int:
        """K."""
        return self.scaler.size

    def scaled(self, value: Any, name: str, steps: int | None = None) -> np.ndarray:
        """(M, K), scaled: for a sequence of so many steps where each has one, else M = 1.

        A target for a whole sequence is that of each of its steps; of one a step, where a sequence
        is to have one, it is the last. Raises ValueError for another width or length.
        """
        rows = rows_of(value, name)
        if not len(rows):
            rows = np.zeros((0, self.size))
        if rows.shape[1] != self.size:
            raise ValueError(f"{name}: expected {self.size} numbers; got {rows.shape[1]}")
        if steps is None or not self.steps:
            if not len(rows):
                raise ValueError(f"{name}: expected {self.size} numbers; got none")
            return self.scaler.transform(rows[-1:])
        if len(rows) == 1:
            rows = np.broadcast_to(rows, (steps, self.size))
        if len(rows) != steps:
            raise ValueError(
                f"{name}: expected a target for each of the sequence's {steps} steps, or one for "
                f"all; got {len(rows)}"
            )
        return self.scaler.transform(rows)

    def to_json(self) -> dict[str, Any]:
        """What `from_json` reads."""
        return {"scaler": self.scaler.to_json(), "steps": self.steps}

    @classmethod
    def from_json(cls, content: Any) -> Targets:
        """What `to_json` wrote. Raises ValueError for anything else."""
        if not isinstance(content, Mapping) or not isinstance(content.get("steps"), bool):
            raise ValueError(f"targets: expected a scaler and steps; got {shortened(content)}")
        return cls(Standardizer.from_json(content["scaler"]), content["steps"])
