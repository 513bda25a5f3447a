"""One of the models of a comparison, with its own time."""

from __future__ import annotations

import time
from array import array
from collections.abc import Callable, Iterator
from dataclasses import replace
from statistics import median
from types import TracebackType
from typing import Any

from pyrnn.comparison.curve import Curve, Measurement
from pyrnn.models.model import Model
from pyrnn.training import Monitor, Record, RunResult, StepRecord, ValidationRecord


class Stopwatch:
    """A clock that stands still but while it is entered: seconds so far.

    clock: seconds, rising.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._past = 0.0
        self._entered: float | None = None

    def __call__(self) -> float:
        running = 0.0 if self._entered is None else self._clock() - self._entered
        return self._past + running

    def __enter__(self) -> Stopwatch:
        self._entered = self._clock()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._past, self._entered = self(), None


class Candidate:
    """A model and its run, which goes on only in its turns.

    name: what it is called. model: untrained. data, valid, options: see `Model.training`.
    clock: seconds, rising; the run's own time is what passes on it in its turns.
    """

    def __init__(
        self,
        name: str,
        model: Model,
        data: tuple[Any, ...],
        valid: Any,
        options: Any = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.name = name
        self.model = model
        self.stopwatch = Stopwatch(clock)
        self.loop = model.training(*data, valid=valid, options=options, clock=self.stopwatch)
        self.ended = False
        self.training = Curve()
        self.validations: list[Measurement] = []
        self._norms = array("d")  # of the gradients, eight bytes each
        self._validating = 0.0  # seconds
        self._records = self.loop.run()

    @property
    def monitor(self) -> Monitor:
        """The metric by which a validation is better than another."""
        return self.loop.task.monitor

    @property
    def items(self) -> int:
        """The items read so far."""
        return self.training.latest.items if self.training.latest else 0

    @property
    def items_per_second(self) -> float | None:
        """Of training alone, without validations; None before the first step."""
        if self.training.latest is None:
            return None
        latest = max(found.seconds for found in (self.training.latest, *self.validations[-1:]))
        return self.items / max(latest - self._validating, 1e-9)

    @property
    def gradient_norm(self) -> float | None:
        """The median over all steps, before clipping; None before the first step."""
        return median(self._norms) if self._norms else None

    @property
    def best(self) -> Measurement | None:
        """The best validation, by the monitor; None where there was none."""
        best = None
        for found in self.validations:
            value = found.metrics[self.monitor.name]
            if self.monitor.improves(value, best and best.metrics[self.monitor.name]):
                best = found
        return best

    def loss_until(self, step: int) -> float | None:
        """The lowest validation loss in the first `step` steps."""
        losses = [found.loss for found in self.validations if found.step <= step]
        return min(losses, default=None)

    def validate_every(self, steps: int) -> None:
        """Validate each so many steps; before the first turn."""
        self.loop.options = replace(self.loop.options, validate_every=steps)

    def turn(self, seconds: float) -> Iterator[Record]:
        """Go on for so long, at least by one record."""
        end = self.stopwatch() + seconds
        while not self.ended:
            with self.stopwatch:
                record = next(self._records, None)
            if record is None:
                self.ended = True
                return
            self._note(record)
            yield record
            if self.stopwatch() >= end:
                return

    def give_up(self) -> Iterator[Record]:
        """End as after Ctrl-C, with the best weights so far and without another validation."""
        self.loop.interruption.wished = True
        while not self.ended:
            yield from self.turn(0)

    def _note(self, record: Record) -> None:
        if isinstance(record, StepRecord):
            found = Measurement(record.step, record.items, record.seconds, record.loss)
            self.training.add(found)
            self._norms.append(record.gradient_norm)
        elif isinstance(record, ValidationRecord):
            before = self.training.latest.seconds if self.training.latest else 0.0
            self._validating += record.seconds - before
            self.validations.append(
                Measurement(record.step, self.items, record.seconds, record.loss, record.metrics)
            )

    @property
    def result(self) -> RunResult:
        """What the run has left; once it has ended."""
        return self.loop.result
