"""What a run reports: one record for each step, each validation, and the end."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, ClassVar, Literal, NamedTuple

from pyrnn.files.strict_json import shortened


class Monitor(NamedTuple):
    """The metric by which a validation is better than another one; of equals, the lower loss is."""

    name: str = "loss"
    better: Literal["min", "max"] = "min"

    def improves(
        self,
        value: float,
        best: float | None,
        loss: float | None = None,
        best_loss: float | None = None,
    ) -> bool:
        """Whether a value is better than the best so far; the first one always is.

        loss, best_loss: the losses beside them; where one is None, an equal value is no better.
        """
        if best is None:
            return True
        if value == best and loss is not None and best_loss is not None:
            return loss < best_loss
        return value < best if self.better == "min" else value > best


LOSS = Monitor()


@dataclass(frozen=True)
class StepRecord:
    """One update.

    step: updates done. epoch: passes over the data, with the part of the present one.
    loss: of this batch, the mean over its items, before the update. gradient_norm: before clipping.
    learning_rate: of this update. items: seen so far: tokens, sequences ... seconds: spent so far.
    """

    kind: ClassVar[str] = "step"
    step: int
    epoch: float
    loss: float
    gradient_norm: float
    learning_rate: float
    items: int
    seconds: float


@dataclass(frozen=True)
class ValidationRecord:
    """One validation.

    metrics: by name; "loss", the mean over the items, is among them.
    best: whether no earlier validation was as good, by the run's monitor; of equals by the loss.
    """

    kind: ClassVar[str] = "validation"
    step: int
    epoch: float
    metrics: dict[str, float]
    best: bool
    seconds: float

    @property
    def loss(self) -> float:
        """metrics["loss"]."""
        return self.metrics["loss"]


@dataclass(frozen=True)
class EndRecord:
    """Why and where a run ended.

    reason: a name in REASONS. detail: more words where there are any.
    best, best_step: the monitored metric of the best validation; None where there was none.
    """

    kind: ClassVar[str] = "end"
    step: int
    epoch: float
    reason: str
    detail: str
    best: float | None
    best_step: int | None
    items: int
    seconds: float


REASONS = {
    "epochs": "all epochs done",
    "max_steps": "all steps done",
    "max_minutes": "the time is up",
    "patience": "validations no longer improve",
    "stopped": "stopped",
    "interrupted": "interrupted",
    "diverged": "the loss or its gradient is not a finite number",
}

Record = StepRecord | ValidationRecord | EndRecord
KINDS: dict[str, type[Record]] = {
    kind.kind: kind for kind in (StepRecord, ValidationRecord, EndRecord)
}

# What a field that is declared as one of these may hold in JSON
TYPES: dict[str, tuple[type, ...]] = {
    "int": (int,),
    "float": (int, float),
    "bool": (bool,),
    "str": (str,),
    "int | None": (int, type(None)),
    "float | None": (int, float, type(None)),
    "dict[str, float]": (dict,),
}


def to_json(record: Record) -> dict[str, Any]:
    """A record as a line of the history: its kind, then its fields."""
    return {"kind": record.kind, **asdict(record)}


def from_json(content: Any) -> Record:
    """The record that `to_json` wrote, now or before records spoke of items and metrics.

    Raises ValueError for anything else.
    """
    if not isinstance(content, Mapping) or not isinstance(content.get("kind"), str):
        raise ValueError(f"expected a record of a kind; got {shortened(content)}")
    kind = KINDS.get(content["kind"])
    if kind is None:
        raise ValueError(f"kind: expected one of {', '.join(KINDS)}; got {content['kind']!r:.80}")
    values = _by_present_names({name: v for name, v in content.items() if name != "kind"})
    expected = {known.name: str(known.type) for known in fields(kind)}
    if set(values) != set(expected):
        raise ValueError(
            f"a record of kind {kind.kind}: expected the fields {sorted(expected)}; "
            f"got {sorted(values)}"
        )
    for name, value in values.items():
        if type(value) not in TYPES[expected[name]]:
            raise ValueError(f"{name}: expected {expected[name]}; got {shortened(value)}")
    _check_metrics(values.get("metrics", {"loss": 0.0}))
    return kind(**values)


def _by_present_names(values: dict[str, Any]) -> dict[str, Any]:
    """A language model's records had tokens, a loss and bits per character."""
    for once, now in (("tokens", "items"), ("best_loss", "best")):
        if once in values and now not in values:  # by both names it is no record
            values[now] = values.pop(once)
    if {"bits_per_character", "loss"} <= set(values) and "metrics" not in values:
        metrics = {"loss": values.pop("loss"), "bits_per_character": values["bits_per_character"]}
        values["metrics"] = {name: v for name, v in metrics.items() if v is not None}
        del values["bits_per_character"]
    return values


def _check_metrics(metrics: Mapping[str, Any]) -> None:
    numbers = all(type(value) in (int, float) for value in metrics.values())
    if not numbers or "loss" not in metrics:
        raise ValueError(f"metrics: expected numbers by name, loss among them; got {metrics!r:.80}")
