"""A prediction: what a series is to be in the steps to come."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True, eq=False)
class Forecast:
    """h steps of one series.

    values: (h, K), in the targets' own units. targets: the K names. quantiles: (h, K, Q), and their
    levels (Q,); None where there are none. times: of each step, as the file writes them, and
    time: what it calls them; where there are no times they are 1, 2, .. h, the "step".
    """

    values: np.ndarray
    targets: Sequence[str]
    times: Sequence[Any]
    time: str = "step"
    quantiles: np.ndarray | None = None
    levels: tuple[float, ...] = ()

    def __len__(self) -> int:
        return len(self.values)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Forecast) and self.to_json() == other.to_json()

    __hash__ = None  # type: ignore[assignment]

    def __str__(self) -> str:
        return "; ".join(", ".join(f"{value:.6g}" for value in row) for row in self.values.tolist())

    def __repr__(self) -> str:
        first = f"{self.times[0]}: {str(self).partition(';')[0]:.60}, ..." if len(self) else ""
        return f"Forecast({len(self)} steps of {len(self.targets)} numbers; {first})"

    def to_json(self) -> dict[str, Any]:
        """The columns by name: times, each target, and its quantiles as OT.0.1."""
        found: dict[str, Any] = {self.time: list(self.times)}
        for k, name in enumerate(self.targets):
            found[free(name, found)] = self.values[:, k].tolist()
            for q, level in enumerate(self.levels):
                assert self.quantiles is not None
                found[free(f"{name}.{level:g}", found)] = self.quantiles[:, k, q].tolist()
        return found

    def rows(self) -> list[dict[str, Any]]:
        """A row a step, under the names of the columns."""
        columns = self.to_json()
        return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def free(name: str, taken: Any) -> str:
    """A name that is not taken."""
    while name in taken:
        name = f"forecast.{name}"
    return name
