"""What came out of a contest."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from pyrnn.comparison.contest import Contest
from pyrnn.comparison.contestant import Contestant
from pyrnn.comparison.curve import Measurement
from pyrnn.files.atomic_file import write_atomically
from pyrnn.kernels import native

FORMAT, VERSION = "pyrnn comparison", 1


@dataclass(frozen=True)
class Standing:
    """How one model has done. Losses are nats a token on the validation text.

    hidden: units of a layer. parameters: numbers that were trained. steps, tokens, seconds: of its
    training. tokens_per_second: without validations. gradient_norm: the median over its steps,
    before clipping. equal_steps: its lowest loss up to the report's `common_step`. best: its lowest
    loss. test: on the test text, in nats a token. reason: why it ended. None stands for what was
    not measured.
    """

    name: str
    hidden: int
    parameters: int
    steps: int
    tokens: int
    seconds: float
    tokens_per_second: float | None
    gradient_norm: float | None
    equal_steps: float | None
    best: float | None
    test: float | None
    reason: str

    @classmethod
    def of(cls, contestant: Contestant, common_step: int | None, test: str) -> Standing:
        """The standing of a contestant whose run has ended."""
        end = contestant.result.end
        early = None if common_step is None else contestant.best_until(common_step)
        best = contestant.best
        return cls(
            name=contestant.name,
            hidden=contestant.model.config.hidden_size,
            parameters=contestant.parameters,
            steps=end.step,
            tokens=end.tokens,
            seconds=end.seconds,
            tokens_per_second=contestant.tokens_per_second,
            gradient_norm=contestant.gradient_norm,
            equal_steps=None if early is None else early.loss,
            best=None if best is None else best.loss,
            test=-contestant.model.score(test).mean if test else None,
            reason=end.reason,
        )


@dataclass(frozen=True)
class Course:
    """How the losses of one model fell: those of training, see `Curve`, and all validations."""

    training: tuple[Measurement, ...]
    validations: tuple[Measurement, ...]

    @classmethod
    def of(cls, contestant: Contestant) -> Course:
        """The course of a contestant's run."""
        return cls(contestant.training.points(), tuple(contestant.validations))


@dataclass(frozen=True)
class Report:
    """The result of a contest, by the names of its models.

    common_step: the latest step at which all were validated; None where there is none.
    characters_per_token: of the validation text; by it nats a token become bits a character.
    settings: what they had in common and what not, ready for JSON.
    """

    standings: tuple[Standing, ...]
    courses: Mapping[str, Course]
    common_step: int | None
    characters_per_token: float
    interrupted: bool
    settings: Mapping[str, Any]

    @classmethod
    def of(cls, contest: Contest, test: str = "", about: Mapping[str, Any] | None = None) -> Report:
        """The report of a contest that has ended.

        test: a text to score with the best weights. about: more for the settings, ready for JSON.
        """
        contestants, common, valid = contest.contestants, contest.common_step(), contest.parts.valid
        tokenizer = contestants[0].model.tokenizer
        ids = tokenizer.encode(valid)
        characters = len(valid) - len(tokenizer.decode(ids[:1]))  # the first token is given
        settings = {
            "options": contest.options.to_json(),
            "models": {c.name: c.model.config.to_json() for c in contestants},
            "build": dict(native.build_config()),
            **(about or {}),
        }
        return cls(
            standings=tuple(Standing.of(c, common, test) for c in contestants),
            courses={c.name: Course.of(c) for c in contestants},
            common_step=common,
            characters_per_token=characters / (len(ids) - 1),
            interrupted=contest.interrupted,
            settings=settings,
        )

    def bits_per_character(self, loss: float) -> float:
        """A loss in nats a token as bits for each character of the validation text."""
        return loss / math.log(2) / self.characters_per_token

    @property
    def winner(self) -> str | None:
        """The name of the model with the lowest loss."""
        found = {s.name: s.best for s in self.standings if s.best is not None}
        return min(found, key=found.__getitem__, default=None)

    def to_json(self) -> dict[str, Any]:
        """All of it, ready for JSON; a course is told in columns."""
        courses = {
            name: {"training": columns(course.training), "validation": columns(course.validations)}
            for name, course in self.courses.items()
        }
        return {"format": FORMAT, "version": VERSION, **asdict(self), "courses": courses}

    def save(self, path: Path) -> None:
        """Write it as JSON, whole or not at all."""
        write_atomically(path, json.dumps(self.to_json(), indent=1).encode())


def columns(points: Sequence[Measurement]) -> dict[str, list[float]]:
    """{"step": [...], "tokens": [...], "seconds": [...], "loss": [...]}."""
    return {name: [getattr(p, name) for p in points] for name in Measurement._fields}
