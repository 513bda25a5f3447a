"""Several models of one text, trained in turns."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

import numpy as np

from pyrnn.comparison.contestant import Contestant
from pyrnn.data import Parts, Tokenizer
from pyrnn.models import LanguageModel, LanguageModelConfig
from pyrnn.training import Record, TrainingOptions
from pyrnn.training.interruption import Interruption

TURN = 2.0  # seconds: long beside a step, short beside the troubles of a shared machine
TURNS = 10  # at least so many for each in the time that there is
VALIDATION_SHARE = 4  # tokens trained on for each one that is validated, where nothing else is said


class Contest:
    """The same texts, batches and settings for several models.

    They are trained in turns of a few seconds, in a new order each round, so that whatever else
    the machine does meets all of them alike. The time of each counts in its own turns alone.

    tokenizer: of all models. configs: {name: settings of its model}. parts: the texts.
    options: of every run; without `validate_every`, `evenly_validated` sets it.
    clock: seconds, rising.
    Raises ValueError without a validation text, by which they are compared.
    """

    def __init__(
        self,
        tokenizer: Tokenizer,
        configs: Mapping[str, LanguageModelConfig],
        parts: Parts,
        options: TrainingOptions,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        if not configs:
            raise ValueError("configs: expected at least one model; got none")
        if not parts.valid:
            raise ValueError("parts: expected a validation text, by which models are compared")
        self.parts = parts
        self.options = evenly_validated(options, tokenizer, parts)
        self.contestants = [
            Contestant(name, LanguageModel(tokenizer, config), parts, self.options, clock)
            for name, config in configs.items()
        ]
        self.interruption = Interruption()
        self._turn = TURN
        if self.options.max_minutes is not None:
            self._turn = min(TURN, 60 * self.options.max_minutes / TURNS)
        self._order = np.random.default_rng(self.options.seed)

    @property
    def interrupted(self) -> bool:
        """Whether Ctrl-C has ended it; once it has ended."""
        return any(c.ended and c.result.reason == "interrupted" for c in self.contestants)

    def run(self) -> Iterator[tuple[Contestant, Record]]:
        """Train all until each has reached its limit; the records as they come.

        Ctrl-C ends all of them after the present step. Between two records it is the reader's own,
        who may leave it to the contest there too:

            with contest.interruption:
                for contestant, record in contest.run(): ...
        """
        while left := [c for c in self.contestants if not c.ended]:
            for place in self._order.permutation(len(left)):
                contestant = left[place]
                for record in contestant.turn(self._turn):
                    yield contestant, record
                    if self.interruption.wished or getattr(record, "reason", "") == "interrupted":
                        yield from self._give_up()
                        return

    def _give_up(self) -> Iterator[tuple[Contestant, Record]]:
        for contestant in self.contestants:
            for record in contestant.give_up():
                yield contestant, record
        self.interruption.wished = False

    def common_step(self) -> int | None:
        """The latest step at which every model that has not diverged was validated."""
        sound = [c for c in self.contestants if not c.ended or c.result.reason != "diverged"]
        steps = [{found.step for found in c.validations} for c in sound]
        return max(set.intersection(*steps), default=None) if steps else None


def evenly_validated(
    options: TrainingOptions, tokenizer: Tokenizer, parts: Parts
) -> TrainingOptions:
    """Options with `validate_every` set, if it is not, at a fixed cost.

    So that VALIDATION_SHARE times as many tokens are trained on as are validated, but once an epoch
    at least: points enough for a curve, for less than a tenth of the time.
    """
    if options.validate_every is not None:
        return options
    train, valid = (len(tokenizer.encode(text)) for text in (parts.train, parts.valid))
    step = options.batch_size * options.steps
    epoch = math.ceil(train / step)
    return replace(
        options, validate_every=max(1, min(epoch, math.ceil(VALIDATION_SHARE * valid / step)))
    )
