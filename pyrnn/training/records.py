"""What a run reports: one record for each step, each validation, and the end."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, ClassVar

from pyrnn.files.strict_json import shortened


def perplexity(loss: float) -> float:
    """exp(loss), infinite where that overflows; loss in nats per token."""
    try:
        return math.exp(loss)
    except OverflowError:
        return math.inf


@dataclass(frozen=True)
class Evaluation:
    """How well a model predicts a text.

    nats: the negative log-likelihood, in sum. tokens: the predicted tokens.
    characters: the characters that they stand for, or None where there are none.
    """

    nats: float
    tokens: int
    characters: int | None = None

    @property
    def loss(self) -> float:
        """Nats per token."""
        return self.nats / self.tokens

    @property
    def perplexity(self) -> float:
        """exp(loss)."""
        return perplexity(self.loss)

    @property
    def bits_per_character(self) -> float | None:
        """nats / ln 2 for each character."""
        return self.nats / math.log(2) / self.characters if self.characters else None


@dataclass(frozen=True)
class StepRecord:
    """One update.

    step: updates done. epoch: passes over the data, with the part of the present one.
    loss: nats per token of this batch, before the update. gradient_norm: before clipping.
    learning_rate: of this update. tokens: seen so far. seconds: spent so far.
    """

    kind: ClassVar[str] = "step"
    step: int
    epoch: float
    loss: float
    gradient_norm: float
    learning_rate: float
    tokens: int
    seconds: float


@dataclass(frozen=True)
class ValidationRecord:
    """One validation: loss in nats per token, bits per character where known.

    best: whether no earlier validation was as good.
    """

    kind: ClassVar[str] = "validation"
    step: int
    epoch: float
    loss: float
    bits_per_character: float | None
    best: bool
    seconds: float

    @property
    def perplexity(self) -> float:
        """exp(loss)."""
        return perplexity(self.loss)


@dataclass(frozen=True)
class EndRecord:
    """Why and where a run ended.

    reason: a name in REASONS. detail: more words where there are any.
    best_loss, best_step: of the best validation; None where there was none.
    """

    kind: ClassVar[str] = "end"
    step: int
    epoch: float
    reason: str
    detail: str
    best_loss: float | None
    best_step: int | None
    tokens: int
    seconds: float


REASONS = {
    "epochs": "all epochs done",
    "max_steps": "all steps done",
    "max_minutes": "the time is up",
    "patience": "the validation loss no longer falls",
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
}


def to_json(record: Record) -> dict[str, Any]:
    """A record as a line of the history: its kind, then its fields."""
    return {"kind": record.kind, **asdict(record)}


def from_json(content: Any) -> Record:
    """The record that `to_json` wrote. Raises ValueError for anything else."""
    if not isinstance(content, Mapping) or not isinstance(content.get("kind"), str):
        raise ValueError(f"expected a record of a kind; got {shortened(content)}")
    kind = KINDS.get(content["kind"])
    if kind is None:
        raise ValueError(f"kind: expected one of {', '.join(KINDS)}; got {content['kind']!r:.80}")
    values = {name: value for name, value in content.items() if name != "kind"}
    expected = {known.name: str(known.type) for known in fields(kind)}
    if set(values) != set(expected):
        raise ValueError(
            f"a record of kind {kind.kind}: expected the fields {sorted(expected)}; "
            f"got {sorted(values)}"
        )
    for name, value in values.items():
        if type(value) not in TYPES[expected[name]]:
            raise ValueError(f"{name}: expected {expected[name]}; got {shortened(value)}")
    return kind(**values)
