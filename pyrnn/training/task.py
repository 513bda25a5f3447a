"""What a run trains: the few things that the loop knows of a model, its data and its updates."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol

from pyrnn.training.budget import Progress
from pyrnn.training.records import LOSS, Monitor


class Loss(NamedTuple):
    """What a model makes of a batch.

    value: a scalar tensor, the loss as the SUM over the items; the loop alone divides.
    items: how many they are: tokens, sequences, frames.
    state: what the next batch goes on from: None, an array or tensor, or a tuple of them; the loop
        detaches it.
    output: what the metrics read beside the batch; the loop does not.
    """

    value: Any
    items: int
    state: Any = None
    output: Any = None


class Objective(Protocol):
    """All that the loop knows of a model."""

    def loss(self, batch: Any, state: Any) -> Loss:
        """The loss of a batch; state: what the batch before left, None where an epoch begins."""
        ...

    def parameters(self) -> Iterable[Any]:
        """The parameters, each once."""
        ...


class Batches(Protocol):
    """The training data. Batch k of epoch e must be a function of (e, k)."""

    def length(self, epoch: int) -> int:
        """The batches of this epoch, at least one."""
        ...

    def epoch(self, number: int, start: int = 0) -> Iterator[Any]:
        """The batches of epoch `number` (from 0), from batch `start` on; each has `sequences`."""
        ...


class Updater(Protocol):
    """The optimizer."""

    @property
    def lr(self) -> float:
        """The learning rate of the next step."""
        ...

    def step(self) -> None:
        """Update every parameter by its gradient."""
        ...

    def zero_grad(self) -> None:
        """Drop every gradient."""
        ...


class RateControl(Protocol):
    """The learning-rate schedule."""

    def begin(self, progress: Progress) -> None:
        """Set the rate of the step that comes."""
        ...

    def observe(self, value: float) -> None:
        """Take note of a validation's monitored metric; lower is better."""
        ...


class Stateful(Protocol):
    """Anything whose state a checkpoint holds."""

    def state_dict(self) -> Any:
        """A tree of arrays and JSON values."""
        ...

    def load_state_dict(self, state: Any) -> None:
        """Take up what `state_dict` returned."""
        ...


@dataclass
class Task:
    """What a run trains.

    model, batches, optimizer, schedule: see the protocols; the schedule may be None.
    clip: parameters -> global norm of their gradients, which it may shorten afterwards.
    evaluate: the validation, metrics by name ("loss" among them); None where nothing is held out.
    monitor: the metric that says which validation is best.
    stateful: what a checkpoint holds, by name; "model" is among them.
    identity: JSON that says what is trained on what; a checkpoint stores it, and a resumed run must
        have the same.
    earlier: of `identity`, what entries stand for that a checkpoint of an earlier version lacks.
    check_state: raises TypeError or ValueError for a recurrent state, out of a checkpoint, that the
        model cannot go on with; None: it will be seen at the first step.
    """

    model: Objective
    batches: Batches
    optimizer: Updater
    clip: Callable[[Iterable[Any]], float]
    schedule: RateControl | None = None
    evaluate: Callable[[], Mapping[str, float]] | None = None
    monitor: Monitor = LOSS
    stateful: Mapping[str, Stateful] = field(default_factory=dict)
    identity: Mapping[str, Any] = field(default_factory=dict)
    earlier: Mapping[str, Any] = field(default_factory=dict)
    check_state: Callable[[Any], None] | None = None
