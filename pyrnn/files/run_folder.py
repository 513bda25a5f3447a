"""The folder of a run: its last and best checkpoints, and its history."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pyrnn.files.atomic_file import remove_abandoned
from pyrnn.files.checkpoint import CheckpointError, read_checkpoint, write_checkpoint

LAST, BEST, HISTORY = "last.safetensors", "best.safetensors", "history.jsonl"
RUN_FILES = (LAST, BEST, HISTORY)


def read_run(path: str | Path) -> dict[str, Any]:
    """A checkpoint of a run; its identity names the family of the model.

    The first runs, whose checkpoints name none, were all of language models. Raises as
    `read_checkpoint`.
    """
    content = read_checkpoint(path)
    if isinstance(content.get("identity"), dict):
        content["identity"].setdefault("family", "lm")
    return content


class RunFolder:
    """The files of one run.

    path: the folder; it is made when first written to.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        self.last = self.path / LAST
        self.best = self.path / BEST
        self.history = self.path / HISTORY

    def begin(self, *, resume: bool, overwrite: bool) -> None:
        """Make the folder, or see that it is fit to resume from.

        A new run finds no checkpoints of an earlier one; the history is the caller's to clear, so
        that there is one as long as the folder is a run's. What a killed run had written aside is
        removed.

        Raises FileNotFoundError where there is nothing to resume, FileExistsError where a new run
        would replace another one that it was not told to.
        """
        if resume:
            if not self.last.is_file():
                raise FileNotFoundError(
                    f"{self.path}: expected {LAST} of a run to resume, found none"
                )
            remove_abandoned(self.path)
            return
        if self.last.exists() and not overwrite:
            raise FileExistsError(
                f"{self.path}: holds the checkpoints of another run; resume=True continues it, "
                "overwrite=True replaces it"
            )
        self.path.mkdir(parents=True, exist_ok=True)
        remove_abandoned(self.path)
        for file in (self.last, self.best):
            file.unlink(missing_ok=True)

    def save(self, content: Mapping[str, Any], *, best: bool) -> None:
        """Write the last checkpoint, and the best one too if this is it.

        In this order: should the second writing fail, the last checkpoint is itself the best, and
        `mend` makes up for it.
        """
        write_checkpoint(self.last, content)
        if best:
            write_checkpoint(self.best, content)

    def load(self) -> dict[str, Any]:
        """The last checkpoint. Raises CheckpointError, FileNotFoundError as `read_checkpoint`."""
        return read_run(self.last)

    def mend(self, last: Mapping[str, Any]) -> None:
        """Write the best checkpoint if it is the last one, given here, and is not yet there.

        So a crash between the two writings of `save` leaves it; with the next save, the last
        checkpoint would speak of a best one that is nowhere.
        """
        position = last["position"]
        if position["best_step"] is None or position["best_step"] != position["step"]:
            return
        try:
            found = _step_of(read_checkpoint(self.best))
        except (FileNotFoundError, CheckpointError):
            found = None
        if found != position["step"]:
            write_checkpoint(self.best, last)

    def load_best(self, last: Mapping[str, Any]) -> dict[str, Any]:
        """The checkpoint of the best validation that the last one, given here, speaks of."""
        step = last["position"]["best_step"]
        if step == last["position"]["step"]:
            return dict(last)
        found = read_run(self.best)
        at = _step_of(found)
        if at != step:
            raise CheckpointError(
                f"{self.best}: expected the checkpoint of step {step}, as {LAST} says; "
                f"got that of step {at}"
            )
        return found


def _step_of(content: Mapping[str, Any]) -> int | None:
    """The step of a checkpoint, or None where it does not say."""
    position = content.get("position")
    step = position.get("step") if isinstance(position, dict) else None
    return step if isinstance(step, int) else None
