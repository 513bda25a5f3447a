"""What a run that is resumed takes up, out of files that may be damaged or another run's."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pyrnn.files.checkpoint import WRONG, CheckpointError, in_short
from pyrnn.files.run_folder import RunFolder
from pyrnn.files.strict_json import write_json
from pyrnn.training.identity import check_same_run, completed
from pyrnn.training.options import TrainingOptions
from pyrnn.training.position import Position
from pyrnn.training.task import Stateful, Task


@dataclass(frozen=True)
class Resumption:
    """Where a run goes on.

    content: the whole checkpoint. position: where the run stands. states: of every part of the
    task. best: the model's state at the best validation, or None.
    """

    content: Mapping[str, Any]
    position: Position
    states: Mapping[str, Any]
    best: Any

    @classmethod
    def read(cls, folder: RunFolder, task: Task, options: TrainingOptions) -> Resumption:
        """Read and check the last checkpoint of a folder, and the best one that it speaks of.

        Raises FileNotFoundError; CheckpointError for a file that is damaged or holds what no run
        writes; ValueError for one of other options, another model or other data.
        """
        content = folder.load()
        with of_a_run(folder.last):
            stored = type(options).from_json(_plain(content["options"]))
            identity = _plain({name: content["identity"][name] for name in task.identity})
            identity = completed(identity, task.earlier)
            position = Position.from_tree(content["position"])
            states = {name: content["stateful"][name] for name in task.stateful}
        check_same_run(stored, identity, options, task.identity)
        with of_a_run(folder.last):
            if position.batch >= task.batches.length(position.epoch):
                raise ValueError(f"batch: {position.batch} is beyond the end of its epoch")
            if task.check_state:
                task.check_state(position.state)
        best = None
        if position.best_step is not None:
            found = folder.load_best(content)
            with of_a_run(folder.best):
                best = found["stateful"]["model"]
        return cls(content, position, states, best)

    def take_up(self, parts: Mapping[str, Stateful]) -> None:
        """Give each part its state. Where one does not fit, all keep their own: CheckpointError."""
        before = {name: parts[name].state_dict() for name in self.states}
        try:
            if self.best is not None:  # only to see that it fits: it is for the end of the run
                parts["model"].load_state_dict(self.best)
            for name, state in self.states.items():
                parts[name].load_state_dict(state)
        except BaseException:
            for name, state in before.items():
                parts[name].load_state_dict(state)
            raise


@contextlib.contextmanager
def of_a_run(path: Path) -> Iterator[None]:
    """What is wrong inside is wrong with this file: CheckpointError."""
    try:
        yield
    except WRONG as error:
        words = in_short(error)
        raise CheckpointError(f"{path}: not a checkpoint of such a run ({words})") from error


def _plain(value: Any) -> Any:
    """A value that must be plain JSON, without arrays. Raises TypeError for another."""
    write_json(value)
    return value
