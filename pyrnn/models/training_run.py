"""From TrainingOptions and a model to a loop that is ready to run, and what it leaves."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from pyrnn import optim
from pyrnn.autograd import no_grad
from pyrnn.files.checkpoint import WRONG, in_short
from pyrnn.files.strict_json import write_json
from pyrnn.nn import Module
from pyrnn.training import (
    OPTIMIZERS,
    Batches,
    CheckpointError,
    EndRecord,
    Evaluation,
    Loop,
    Record,
    Task,
    TrainingOptions,
    ValidationRecord,
    read_checkpoint,
)
from pyrnn.training.learning_rate import LearningRate


@dataclass(frozen=True)
class RunResult:
    """What a run leaves.

    records: its history; of the step records those that `log_every` keeps. The last is the end's.
    """

    records: tuple[Record, ...]

    @classmethod
    def of(cls, loop: Loop) -> RunResult:
        """The result of a loop that has ended."""
        return cls(tuple(loop.history.records))

    @property
    def end(self) -> EndRecord:
        """The last record."""
        end = self.records[-1]
        assert isinstance(end, EndRecord)
        return end

    @property
    def reason(self) -> str:
        """Why the run ended: a name in `pyrnn.training.REASONS`."""
        return self.end.reason

    @property
    def steps(self) -> int:
        """The updates done."""
        return self.end.step

    @property
    def seconds(self) -> float:
        """The time spent, in all runs that were resumed together."""
        return self.end.seconds

    @property
    def validations(self) -> tuple[ValidationRecord, ...]:
        """All validations, in order."""
        return tuple(r for r in self.records if isinstance(r, ValidationRecord))

    @property
    def best(self) -> ValidationRecord | None:
        """The best validation; None where there was none."""
        return next((r for r in reversed(self.validations) if r.best), None)

    def to_json(self, options: TrainingOptions) -> dict[str, Any]:
        """How a model was trained, for its config.json."""
        return {
            "options": options.to_json(),
            "steps": self.steps,
            "seconds": self.seconds,
            "reason": self.reason,
            "validation": None if self.best is None else asdict(self.best),
        }


def model_of_checkpoint(path: Path) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    """The model in a checkpoint: its description, its weights, and how it was trained.

    Raises CheckpointError for a damaged file or one of something else.
    """
    checkpoint = read_checkpoint(path)
    try:
        position = checkpoint["position"]
        trained = {
            "options": checkpoint["options"],
            "steps": position["step"],
            "seconds": position["seconds"],
            "reason": None,
            "validation": None,
        }
        write_json(trained)  # TypeError for arrays: it is to be shown, and saved again
        return checkpoint["identity"]["model"], checkpoint["stateful"]["model"], trained
    except WRONG as error:
        raise CheckpointError(f"{path}: expected a run's checkpoint; {in_short(error)}") from error


def optimizer_for(model: Module, options: TrainingOptions) -> optim.Optimizer:
    """The optimizer that the options name, on all parameters of a model.

    Raises ValueError for an entry of `optimizer_options` that this optimizer does not take.
    """
    kind = OPTIMIZERS[options.optimizer]
    own = set(inspect.signature(kind).parameters) - {
        "parameters",
        "lr",
        "weight_decay",
        "check_finite",
    }
    unknown = sorted(set(options.optimizer_options) - own)
    if unknown:
        raise ValueError(
            f"optimizer_options: {options.optimizer} takes {', '.join(sorted(own))}; "
            f"got {', '.join(unknown)}"
        )
    settings = dict(options.optimizer_options)
    if options.weight_decay is not None:
        settings["weight_decay"] = options.weight_decay
    # check_finite: the loop measures every gradient's norm, which finds the same
    return kind(model.named_parameters(), lr=options.learning_rate, check_finite=False, **settings)


def clipping(options: TrainingOptions) -> Callable[[Iterable[Any]], float]:
    """parameters -> the global norm of their gradients, which are clipped as the options say."""
    limit = math.inf if options.clip_norm is None else options.clip_norm

    def clip(parameters: Iterable[Any]) -> float:
        every = list(parameters)
        norm = optim.clip_grad_norm(every, limit, error_if_nonfinite=False)
        if options.clip_value is not None:
            optim.clip_grad_value(every, options.clip_value)
        return norm

    return clip


def training_task(
    model: Any,
    batches: Batches,
    options: TrainingOptions,
    *,
    evaluate: Callable[[], Evaluation] | None,
    identity: Mapping[str, Any],
) -> Task:
    """The Task of a module that has `loss`, with everything else as the options say."""
    optimizer = optimizer_for(model, options)
    rate = LearningRate(optimizer, options)
    return Task(
        model=model,
        batches=batches,
        optimizer=optimizer,
        clip=clipping(options),
        schedule=rate,
        evaluate=evaluate,
        stateful={
            "model": model,
            "optimizer": optimizer,
            "schedule": rate,
            "random": RandomState(model),
        },
        identity=identity,
        check_state=partial(check_state, model, options.batch_size),
    )


def check_state(network: Any, batch: int, state: Any) -> None:
    """Let a network go one step on from a state of so many streams: its layers say what is wrong.

    Raises TypeError, ValueError as they do. Nothing is learnt, and nothing drawn.
    """
    if state is not None:
        network.eval()
        with no_grad():
            network(np.zeros((1, batch), np.int64), state, last=True)


class RandomState:
    """The generators of a module, as a checkpoint wants them."""

    def __init__(self, module: Module) -> None:
        self.module = module

    def state_dict(self) -> dict[str, Any]:
        """{path: state of that module's generator}."""
        return self.module.rng_state()

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Put the generators back."""
        self.module.load_rng_state(state)
