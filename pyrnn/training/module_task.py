"""A module, its batches and TrainingOptions as the task of a loop.

The module is whatever has `named_parameters`, `state_dict`, `load_state_dict` and, where it draws
random numbers, `rng_state` and `load_rng_state`, as `pyrnn.nn.Module` has.
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from pyrnn import optim
from pyrnn.training.learning_rate import LearningRate
from pyrnn.training.options import OPTIMIZERS, TrainingOptions
from pyrnn.training.records import LOSS, Monitor
from pyrnn.training.task import Batches, Loss, Task


class ModuleObjective:
    """A module and its loss, as the loop sees them."""

    def __init__(self, module: Any, loss: Callable[[Any, Any], Loss]) -> None:
        self.module = module
        self._loss = loss
        self._parameters = list(module.parameters())  # not at every step: it walks through it all

    def loss(self, batch: Any, state: Any) -> Loss:
        """The loss in training: dropout acts."""
        if not self.module.training:  # nor this
            self.module.train()
        return self._loss(batch, state)

    def parameters(self) -> Iterable[Any]:
        """The module's, as they were when the task was made: those that the optimizer has."""
        return self._parameters


def module_task(
    module: Any,
    batches: Batches,
    options: TrainingOptions,
    *,
    loss: Callable[[Any, Any], Loss] | None = None,
    evaluate: Callable[[], Mapping[str, float]] | None = None,
    monitor: Monitor = LOSS,
    identity: Mapping[str, Any] | None = None,
    earlier: Mapping[str, Any] | None = None,
    check_state: Callable[[Any], None] | None = None,
) -> Task:
    """The Task of a module, with everything else as the options say.

    loss: (batch, state) -> Loss; default the module's own `loss`.
    evaluate: () -> metrics by name, "loss" among them; None for no validation.
    monitor, identity, earlier, check_state: see `Task`.
    Raises ValueError for an entry of `optimizer_options` that the optimizer does not take.
    """
    optimizer = optimizer_for(module, options)
    rate = LearningRate(optimizer, options)
    return Task(
        model=ModuleObjective(module, loss or module.loss),
        batches=batches,
        optimizer=optimizer,
        clip=clipping(options),
        schedule=rate,
        evaluate=evaluate,
        monitor=monitor,
        stateful={
            "model": module,
            "optimizer": optimizer,
            "schedule": rate,
            "random": RandomState(module),
        },
        identity=identity or {},
        earlier=earlier or {},
        check_state=check_state,
    )


def optimizer_for(module: Any, options: TrainingOptions) -> optim.Optimizer:
    """The optimizer that the options name, on all parameters of a module that are trained.

    Raises ValueError for an entry of `optimizer_options` that this optimizer does not take.
    """
    kind = OPTIMIZERS[options.optimizer]
    common = {"parameters", "lr", "weight_decay", "check_finite"}
    own = set(inspect.signature(kind).parameters) - common
    unknown = sorted(set(options.optimizer_options) - own)
    if unknown:
        raise ValueError(
            f"optimizer_options: {options.optimizer} takes {', '.join(sorted(own))}; "
            f"got {', '.join(unknown):.200}"
        )
    settings = dict(options.optimizer_options)
    if options.weight_decay is not None:
        settings["weight_decay"] = options.weight_decay
    # check_finite: the loop measures every gradient's norm, which finds the same
    return kind(module.named_parameters(), lr=options.learning_rate, check_finite=False, **settings)


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


class RandomState:
    """The generators of a module, as a checkpoint wants them."""

    def __init__(self, module: Any) -> None:
        self.module = module

    def state_dict(self) -> dict[str, Any]:
        """{path: state of that module's generator}."""
        state: dict[str, Any] = self.module.rng_state()
        return state

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Put the generators back."""
        self.module.load_rng_state(state)
