"""Where a run stands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, NamedTuple

import numpy as np

from pyrnn.files.strict_json import shortened


class Best(NamedTuple):
    """The best validation: its loss, its step, and the weights there, a state_dict."""

    loss: float | None
    step: int | None
    weights: Any


@dataclass
class Position:
    """Where a run stands, between two updates.

    step: updates done. epoch, batch: the next batch to read. tokens: seen so far.
    seconds: time spent. state: the recurrent state that goes into the next batch, detached.
    validated: the step of the latest validation that came in its turn. best_loss, best_step: of
    the best of these so far. stale: how many there were since then.
    """

    step: int = 0
    epoch: int = 0
    batch: int = 0
    tokens: int = 0
    seconds: float = 0.0
    state: Any = None
    validated: int = 0
    best_loss: float | None = None
    best_step: int | None = None
    stale: int = 0

    def advance(self, tokens: int, state: Any, batches: int) -> None:
        """Count one update on a batch of an epoch of so many `batches`.

        The state is dropped at an epoch's end: the text begins anew.
        """
        self.step += 1
        self.tokens += tokens
        self.batch += 1
        self.state = detach(state)
        if self.batch >= batches:
            self.epoch, self.batch, self.state = self.epoch + 1, 0, None

    def judge(self, loss: float) -> bool:
        """Take note of a validation that came in its turn; whether it is the best so far."""
        best = self.improves(loss)
        self.validated = self.step
        if best:
            self.best_loss, self.best_step, self.stale = loss, self.step, 0
        else:
            self.stale += 1
        return best

    def improves(self, loss: float) -> bool:
        """Whether a validation with this loss would be the best so far."""
        return self.best_loss is None or loss < self.best_loss

    def to_tree(self) -> dict[str, Any]:
        """All of it as a tree for a checkpoint, the state as arrays."""
        values = {known.name: getattr(self, known.name) for known in fields(self)}
        return {**values, "state": arrays(self.state)}

    @classmethod
    def from_tree(cls, tree: Mapping[str, Any]) -> Position:
        """The position that `to_tree` wrote. Raises TypeError, ValueError for anything else."""
        position = cls(**tree)
        for name in ("step", "epoch", "batch", "tokens", "validated", "stale"):
            _check(name, tree[name], int)
        _check("seconds", tree["seconds"], int, float)
        _check("best_loss", tree["best_loss"], int, float, type(None), negative=True)
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


def _check(name: str, value: Any, *types: type, negative: bool = False) -> None:
    if type(value) not in types or (value is not None and value < 0 and not negative):
        raise ValueError(f"{name}: expected a number of a run; got {shortened(value)}")


def _check_state(state: Any) -> None:
    if isinstance(state, tuple):
        for entry in state:
            _check_state(entry)
    elif not isinstance(state, np.ndarray | None):
        raise ValueError(f"state: expected arrays; got {shortened(state)}")
