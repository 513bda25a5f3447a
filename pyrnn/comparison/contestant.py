"""One cell's model in a contest, with its own time."""

from __future__ import annotations

import time
from array import array
from collections.abc import Callable, Iterator
from statistics import median
from types import TracebackType

from pyrnn.comparison.curve import Curve, Measurement
from pyrnn.data import Parts
from pyrnn.models import LanguageModel, RunResult
from pyrnn.training import Record, StepRecord, TrainingOptions, ValidationRecord


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


class Contestant:
    """A model and its run, which goes on only in its turns.

    name: what it is called. model: untrained. parts: the training and the validation text.
    clock: seconds, rising; the run's own time is what passes on it in its turns.
    """

    def __init__(
        self,
        name: str,
        model: LanguageModel,
        parts: Parts,
        options: TrainingOptions,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.name = name
        self.model = model
        self.stopwatch = Stopwatch(clock)
        self.loop = model.training(parts.train, parts.valid, options, clock=self.stopwatch)
        self.ended = False
        self.training = Curve()
        self.validations: list[Measurement] = []
        self._norms = array("d")  # of the gradients, eight bytes each
        self._validating = 0.0  # seconds
        self._records = self.loop.run()

    @property
    def parameters(self) -> int:
        """The numbers that are trained."""
        return sum(parameter.size for parameter in self.model.network.parameters())

    @property
    def tokens(self) -> int:
        """The tokens read so far."""
        return self.training.latest.tokens if self.training.latest else 0

    @property
    def tokens_per_second(self) -> float | None:
        """Of training alone, without validations; None before the first step."""
        if self.training.latest is None:
            return None
        latest = max(found.seconds for found in (self.training.latest, *self.validations[-1:]))
        return self.tokens / max(latest - self._validating, 1e-9)

    @property
    def gradient_norm(self) -> float | None:
        """The median over all steps, before clipping; None before the first step."""
        return median(self._norms) if self._norms else None

    @property
    def best(self) -> Measurement | None:
        """The validation with the lowest loss; None where there was none."""
        return min(self.validations, key=lambda found: found.loss, default=None)

    def best_until(self, step: int) -> Measurement | None:
        """The validation with the lowest loss among those of the first `step` steps."""
        early = [found for found in self.validations if found.step <= step]
        return min(early, key=lambda found: found.loss, default=None)

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
            found = Measurement(record.step, record.tokens, record.seconds, record.loss)
            self.training.add(found)
            self._norms.append(record.gradient_norm)
        elif isinstance(record, ValidationRecord):
            before = self.training.latest.seconds if self.training.latest else 0.0
            self._validating += record.seconds - before
            found = Measurement(record.step, self.tokens, record.seconds, record.loss)
            self.validations.append(found)

    @property
    def result(self) -> RunResult:
        """What the run has left; once it has ended."""
        return RunResult.of(self.loop)
