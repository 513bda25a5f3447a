"""Where a run stands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, NamedTuple

import numpy as np

from pyrnn.files.strict_json import shortened
from pyrnn.training.records import Monitor

ONCE = {"tokens": "items", "best_loss": "best"}  # names in earlier checkpoints


class Best(NamedTuple):
    """The best validation: its monitored metric, its step, and the weights there, a state_dict."""

    value: float | None
    step: int | None
    weights: Any


@dataclass
class Position:
    """Where a run stands, between two updates.

    step: updates done. epoch, batch: the next batch to read. items: seen so far.
    seconds: time spent. state: the recurrent state that goes into the next batch, detached.
    validated: the step of the latest validation that came in its turn. best, best_step: the
    monitored metric and the step of the best of these so far. loss_there: its loss, which tells
    which of equal ones it is. stale: how many there were since the metric was last bettered.
    """

    step: int = 0
    epoch: int = 0
    batch: int = 0
    items: int = 0
    seconds: float = 0.0
    state: Any = None
    validated: int = 0
    best: float | None = None
    best_step: int | None = None
    loss_there: float | None = None
    stale: int = 0

    def advance(self, items: int, state: Any, batches: int) -> None:
        """Count one update on a batch of an epoch of so many `batches`.

        The state is dropped at an epoch's end: the data begin anew.
        """
        self.step += 1
        self.items += items
        self.batch += 1
        self.state = detach(state)
        if self.batch >= batches:
            self.epoch, self.batch, self.state = self.epoch + 1, 0, None

    def judge(self, value: float, loss: float, monitor: Monitor) -> bool:
        """Take note of a validation that came in its turn; whether it is the best so far."""
        best = monitor.improves(value, self.best, loss, self.loss_there)
        self.validated = self.step
        # An equal one is no progress, though its weights may be the ones to keep
        self.stale = 0 if value != self.best and best else self.stale + 1
        if best:
            self.best, self.best_step, self.loss_there = value, self.step, loss
        return best

    def to_tree(self) -> dict[str, Any]:
        """All of it as a tree for a checkpoint, the state as arrays."""
        values = {known.name: getattr(self, known.name) for known in fields(self)}
        return {**values, "state": arrays(self.state)}

    @classmethod
    def from_tree(cls, tree: Mapping[str, Any]) -> Position:
        """The position that `to_tree` wrote, now or when it counted tokens and a best loss, or
        had no loss beside the best.

        Raises TypeError, ValueError for anything else.
        """
        tree = {
            name if ONCE.get(name) in tree else ONCE.get(name, name): value
            for name, value in tree.items()
        }
        position = cls(**tree)
        for name in ("step", "epoch", "batch", "items", "validated", "stale"):
            _check(name, tree[name], int)
        _check("seconds", tree["seconds"], int, float)
        _check("best", tree["best"], int, float, type(None), negative=True)
        _check("loss_there", position.loss_there, int, float, type(None), negative=True)
        _check("best_step", tree["best_step"], int, type(None))
        _check_state(position.state)
        return position


def detach(state: Any) -> Any:
    """A recurrent state (None, a tensor, or a tuple of states) cut from what computed it."""
    if isinstance(state, tuple):
        return tuple(detach(entry) for entry in state)
    return state.detach() if hasattr(state, "detach") else state


def arrays(state: Any) -> Any:
    """A recurrent state with arrays in place of tensors."""
    if isinstance(state, tuple):
        return tuple(arrays(entry) for entry in state)
    return None if state is None else np.asarray(state)


MOST = 2**63 - 1  # steps, and whatever else is counted


def _check(name: str, value: Any, *types: type, negative: bool = False) -> None:
    wrong = type(value) not in types or (value is not None and value < 0 and not negative)
    if wrong or (isinstance(value, int) and value > MOST):
        raise ValueError(f"{name}: expected a number of a run; got {shortened(value)}")


def _check_state(state: Any) -> None:
    if isinstance(state, tuple):
        for entry in state:
            _check_state(entry)
    elif not isinstance(state, np.ndarray | None):
        raise ValueError(f"state: expected arrays; got {shortened(state)}")
