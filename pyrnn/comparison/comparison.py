"""Several models of the same data, trained in turns."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from pyrnn.comparison.candidate import Candidate
from pyrnn.models.model import Model
from pyrnn.training import Monitor, Record
from pyrnn.training.interruption import Interruption

TURN = 2.0  # seconds: long beside a step, short beside the troubles of a shared machine
TURNS = 10  # at least so many for each in the time that there is
VALIDATION_SHARE = 4  # items trained on for each one that is validated, where nothing else is said


class Comparison:
    """The same data, batches and settings for several models of a family.

    They are trained in turns of a few seconds, in a new order each round, so that whatever else
    the machine does meets all of them alike. The time of each counts in its own turns alone.

    models: untrained ones, by name. data, valid, options: see `Model.training`; without
        `validate_every`, as many steps lie between two validations as cost four times as much.
    clock: seconds, rising.
    Raises ValueError without validation data, by which models are compared, and as
    `Model.training`.
    """

    def __init__(
        self,
        models: Mapping[str, Model],
        data: tuple[Any, ...],
        valid: Any,
        options: Any = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        if not models:
            raise ValueError("models: expected at least one; got none")
        if not valid:
            raise ValueError(f"valid: expected data by which models are compared; got {valid!r}")
        self.candidates = [
            Candidate(name, model, data, valid, options, clock) for name, model in models.items()
        ]
        first = self.candidates[0].loop
        self.options = first.options
        self.monitor: Monitor = first.task.monitor
        if self.options.validate_every is None:
            every = steps_between_validations(first.task.batches.length(0), data, valid)
            for candidate in self.candidates:
                candidate.validate_every(every)
        self.interruption = Interruption()
        self._turn = TURN
        if self.options.max_minutes is not None:
            self._turn = min(TURN, 60 * self.options.max_minutes / TURNS)
        self._order = np.random.default_rng(self.options.seed)

    @property
    def interrupted(self) -> bool:
        """Whether a signal has ended it; once it has ended."""
        return any(c.ended and c.result.reason == "interrupted" for c in self.candidates)

    @property
    def signal(self) -> int | None:
        """The signal that has ended it: Ctrl-C's or SIGTERM."""
        every = [self.interruption, *(c.loop.interruption for c in self.candidates)]
        return next((each.signal for each in every if each.signal is not None), None)

    def run(self) -> Iterator[tuple[Candidate, Record]]:
        """Train all until each has reached its limit; the records as they come.

        Ctrl-C ends all of them after the present step. Between two records it is the reader's own,
        who may leave it to the comparison there too:

            with comparison.interruption:
                for candidate, record in comparison.run(): ...
        """
        while left := [c for c in self.candidates if not c.ended]:
            for place in self._order.permutation(len(left)):
                candidate = left[place]
                for record in candidate.turn(self._turn):
                    yield candidate, record
                    if self.interruption.wished or getattr(record, "reason", "") == "interrupted":
                        yield from self._give_up()
                        return

    def _give_up(self) -> Iterator[tuple[Candidate, Record]]:
        for candidate in self.candidates:
            for record in candidate.give_up():
                yield candidate, record
        self.interruption.wished = False

    def common_step(self) -> int | None:
        """The latest step at which every model that has not diverged was validated."""
        sound = [c for c in self.candidates if not c.ended or c.result.reason != "diverged"]
        steps = [{found.step for found in c.validations} for c in sound]
        return max(set.intersection(*steps), default=None) if steps else None


def steps_between_validations(epoch: int, data: tuple[Any, ...], valid: Any) -> int:
    """After how many steps to validate, for validations to take a fixed part of the time.

    So that VALIDATION_SHARE times as much is trained on as is validated, but once an epoch at
    least: points enough for a curve, for less than a tenth of the time. epoch: its steps.
    """
    if isinstance(valid, tuple):
        ratio = len(valid[0]) / max(len(data[0]), 1)
    else:
        ratio = valid / (1 - valid)
    return max(1, min(epoch, math.ceil(VALIDATION_SHARE * ratio * epoch)))
