"""The labels of steps: where they stand, and without what stands past the lengths."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np


class Steps(Sequence[str]):
    """The places of the steps of a sequence that stands somewhere, as error messages have them."""

    def __init__(self, place: str) -> None:
        self.place = place

    def __getitem__(self, step: Any) -> Any:
        return f"{self.place}, step {step}"

    def __len__(self) -> int:
        raise TypeError("a place has no number of steps")


def placed(
    targets: Sequence[Any], places: Sequence[str] | None
) -> Iterator[tuple[str, Sequence[Any]]]:
    """Each sequence's labels, with the place where it stands."""
    for row, labels in enumerate(targets):
        yield f"labels[{row}]" if places is None else places[row], labels


def plain_lists(targets: Sequence[Any]) -> list[Any]:
    """Labels as Python's own."""
    return [one.tolist() if isinstance(one, np.ndarray) else one for one in targets]


def rows(steps: np.ndarray, lengths: np.ndarray) -> list[np.ndarray]:
    """(T, B) as B arrays without what stands past the lengths."""
    return [steps[:length, b] for b, length in enumerate(lengths.tolist())]
