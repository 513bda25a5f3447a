"""What every metric does."""

from __future__ import annotations

from typing import Any, Protocol, Self


class Metric(Protocol):
    """Numbers that are gathered batch by batch: the whole data counts, however it was cut."""

    def update(self, targets: Any, output: Any, /) -> None:
        """Take in a batch: what is right, and what the model said of it."""
        ...

    def merge(self, other: Self, /) -> None:
        """Take in all that another metric of the same kind has."""
        ...

    def compute(self) -> dict[str, float]:
        """The numbers by name, of all taken in. Raises ValueError where that is nothing."""
        ...
