"""A loss along a training of any length, in a few points."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

POINTS = 1000  # at most; an even number


class Measurement(NamedTuple):
    """A mean loss after so many steps, items and seconds of training.

    metrics: of a validation, by name; "loss" is among them.
    """

    step: int
    items: int
    seconds: float
    loss: float
    metrics: Mapping[str, float] = {}


class Curve:
    """The losses of all steps, each point the mean over as many of them.

    Whenever there are POINTS, each two become one, so that a run of days needs no more memory than
    one of minutes.
    """

    def __init__(self) -> None:
        self.latest: Measurement | None = None
        self._points: list[Measurement] = []
        self._width = 1  # steps of a point
        self._sum, self._count = 0.0, 0  # of the point that is not yet whole

    def add(self, found: Measurement) -> None:
        """The loss of one more step."""
        self.latest = found
        self._sum += found.loss
        self._count += 1
        if self._count == self._width:
            self._points.append(self._open(found))
            self._sum, self._count = 0.0, 0
        if len(self._points) == POINTS:
            pairs = zip(self._points[::2], self._points[1::2], strict=True)
            self._points = [b._replace(loss=(a.loss + b.loss) / 2) for a, b in pairs]
            self._width *= 2

    def points(self) -> tuple[Measurement, ...]:
        """All of it; the last point may be of fewer steps than the others."""
        last = [self._open(self.latest)] if self.latest and self._count else []
        return (*self._points, *last)

    def _open(self, latest: Measurement) -> Measurement:
        return latest._replace(loss=self._sum / self._count)
