"""What came out of a comparison."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from pyrnn.comparison.candidate import Candidate
from pyrnn.comparison.comparison import Comparison
from pyrnn.comparison.curve import Measurement
from pyrnn.comparison.encoders import hidden_size
from pyrnn.files.atomic_file import write_atomically
from pyrnn.kernels import native
from pyrnn.training import Monitor

FORMAT, VERSION = "pyrnn comparison", 2


@dataclass(frozen=True)
class Result:
    """How one model has done.

    hidden: units of a layer, None where it has no such layers. parameters: numbers that were
    trained. steps, items, seconds: of its training. items_per_second: without validations.
    gradient_norm: the median over its steps, before clipping. equal_steps: its lowest validation
    loss up to the report's `common_step`.
    best: the monitored metric of its best validation, and metrics: all that were measured there.
    test: those of the test data. reason: why it ended. None stands for what was not measured.
    """

    name: str
    hidden: int | None
    parameters: int
    steps: int
    items: int
    seconds: float
    items_per_second: float | None
    gradient_norm: float | None
    equal_steps: float | None
    best: float | None
    metrics: Mapping[str, float] | None
    test: Mapping[str, float] | None
    reason: str

    @classmethod
    def of(
        cls, candidate: Candidate, common_step: int | None, test: tuple[Any, ...] | None
    ) -> Result:
        """The result of a candidate whose run has ended."""
        end, best = candidate.result.end, candidate.best
        return cls(
            name=candidate.name,
            hidden=hidden_size(candidate.model.config),
            parameters=candidate.model.num_parameters(),
            steps=end.step,
            items=end.items,
            seconds=end.seconds,
            items_per_second=candidate.items_per_second,
            gradient_norm=candidate.gradient_norm,
            equal_steps=None if common_step is None else candidate.loss_until(common_step),
            best=None if best is None else best.metrics[candidate.monitor.name],
            metrics=None if best is None else dict(best.metrics),
            test=None if test is None else candidate.model.evaluate(*test),
            reason=end.reason,
        )


@dataclass(frozen=True)
class Curves:
    """How the losses of one model fell: those of training, see `Curve`, and all validations."""

    training: tuple[Measurement, ...]
    validation: tuple[Measurement, ...]


@dataclass(frozen=True)
class Report:
    """The result of a comparison, by the names of its models.

    unit: what items are called. monitor: by which a model is better than another.
    common_step: the latest step at which all were validated; None where there is none.
    settings: what they had in common and what not, ready for JSON.
    """

    results: tuple[Result, ...]
    curves: Mapping[str, Curves]
    unit: str
    monitor: Monitor
    common_step: int | None
    interrupted: bool
    settings: Mapping[str, Any]

    @classmethod
    def of(
        cls,
        comparison: Comparison,
        test: tuple[Any, ...] | None = None,
        about: Mapping[str, Any] | None = None,
    ) -> Report:
        """The report of a comparison that has ended.

        test: data to score with the best weights. about: more for the settings, ready for JSON.
        """
        candidates, common = comparison.candidates, comparison.common_step()
        settings = {
            "options": candidates[0].loop.options.to_json(),
            "models": {c.name: c.model.config.to_json() for c in candidates},
            "build": dict(native.build_config()),
            **(about or {}),
        }
        return cls(
            results=tuple(Result.of(c, common, test) for c in candidates),
            curves={c.name: Curves(c.training.points(), tuple(c.validations)) for c in candidates},
            unit=candidates[0].model.units,
            monitor=comparison.monitor,
            common_step=common,
            interrupted=comparison.interrupted,
            settings=settings,
        )

    @property
    def winner(self) -> str | None:
        """The name of the model with the best validation."""
        winner, best = None, None
        for result in self.results:
            if result.best is not None and self.monitor.improves(result.best, best):
                winner, best = result.name, result.best
        return winner

    def to_json(self) -> dict[str, Any]:
        """All of it, ready for JSON; a curve is told in columns."""
        curves = {
            name: {kind: columns(points) for kind, points in vars(curve).items()}
            for name, curve in self.curves.items()
        }
        monitor = self.monitor._asdict()
        own = {**asdict(self), "curves": curves, "monitor": monitor}
        return {"format": FORMAT, "version": VERSION, **own}

    def save(self, path: Path) -> None:
        """Write it as JSON, whole or not at all."""
        write_atomically(path, json.dumps(self.to_json(), indent=1).encode())


def columns(points: Sequence[Measurement]) -> dict[str, list[float]]:
    """{"step": [...], "items": [...], "seconds": [...], "loss": [...]}, and all other metrics."""
    names = ("step", "items", "seconds", "loss")
    found: dict[str, list[float]] = {name: [getattr(p, name) for p in points] for name in names}
    metrics = points[0].metrics if points else {}
    return found | {name: [p.metrics[name] for p in points] for name in metrics}
