"""A model that is no neural network: the loop must not know the difference.

    y_t = a x_t + b s_{t-1}       s_t = y_t        loss = sum over t of (y_t - target_t)²

with one sequence, noise on the targets from a generator (in dropout's place), and gradients by hand
that stop at the batch's first step.
"""

from __future__ import annotations

import math
from types import SimpleNamespace

import numpy as np
import pytest

from pyrnn.training import Loop, Loss, RunFolder, Task, TrainingOptions
from pyrnn.training.records import LOSS


class Detachable:
    """A recurrent state that says whether it was detached."""

    def __init__(self, value, attached=True):
        self.value, self.attached = np.float64(value), attached

    def detach(self):
        return Detachable(self.value, attached=False)

    def __array__(self, dtype=None, copy=None):
        return np.array(self.value)


class ToyLoss:
    """A scalar that knows its gradient."""

    def __init__(self, model, value, gradient):
        self.model, self.value, self.gradient = model, value, gradient

    def item(self):
        return self.value

    def __mul__(self, factor):
        return ToyLoss(self.model, self.value * factor, self.gradient * factor)

    def backward(self):
        self.model.weight.grad = self.gradient


class ToyModel:
    def __init__(self, seed=0):
        self.weight = SimpleNamespace(data=np.array([0.1, 0.2]), grad=None)
        self.rng = np.random.default_rng(seed)
        self.seen = []  # the batches
        self.spoil = None  # at this step the loss is nan

    def parameters(self):
        return [self.weight]

    def loss(self, batch, state):
        if isinstance(state, Detachable):
            assert not state.attached
        before = 0.0 if state is None else float(np.asarray(state))
        self.seen.append((batch.epoch, batch.number, before))
        a, b = self.weight.data
        s, y, previous = before, [], []
        for x in batch.x:
            previous.append(s)
            s = a * x + b * s
            y.append(s)
        error = np.array(y) - batch.x**2 - 0.01 * self.rng.normal(size=len(batch.x))
        gradient = np.array([np.sum(2 * error * batch.x), np.sum(2 * error * previous)])
        value = float(np.sum(error**2))
        if self.spoil is not None and len(self.seen) == self.spoil:
            value = math.nan
        return Loss(ToyLoss(self, value, gradient), len(batch.x), Detachable(s))

    def evaluate(self):
        a, b = self.weight.data
        return {"loss": (a - 0.6) ** 2 + (b - 0.1) ** 2 + 0.1, "a": a}

    def state_dict(self):
        return {"weight": self.weight.data.copy()}

    def load_state_dict(self, state):
        self.weight.data = state["weight"].copy()


class ToyBatches:
    """Epochs of 5 batches of 4 numbers, others in each epoch."""

    def length(self, epoch):
        return 5

    def epoch(self, number, start=0):
        x = np.random.default_rng(number).uniform(-1, 1, (5, 4))
        for k in range(start, 5):
            yield SimpleNamespace(x=x[k], epoch=number, number=k, sequences=2)


class ToyOptimizer:
    """Gradient descent with momentum."""

    def __init__(self, model):
        self.model, self.lr, self.velocity = model, 0.1, np.zeros(2)

    def zero_grad(self):
        self.model.weight.grad = None

    def step(self):
        self.velocity = 0.9 * self.velocity + self.model.weight.grad
        self.model.weight.data = self.model.weight.data - self.lr * self.velocity

    def state_dict(self):
        return {"velocity": self.velocity.copy(), "lr": self.lr}

    def load_state_dict(self, state):
        self.velocity, self.lr = state["velocity"].copy(), state["lr"]


class ToySchedule:
    """Falls with the budget; remembers validations."""

    def __init__(self, optimizer):
        self.optimizer, self.losses = optimizer, []

    def begin(self, progress):
        self.optimizer.lr = 0.1 * (1 - 0.5 * progress.fraction)

    def observe(self, loss):
        self.losses.append(loss)

    def state_dict(self):
        return {"losses": list(self.losses)}

    def load_state_dict(self, state):
        self.losses = list(state["losses"])


class Generators:
    def __init__(self, model):
        self.model = model

    def state_dict(self):
        return self.model.rng.bit_generator.state

    def load_state_dict(self, state):
        self.model.rng.bit_generator.state = state


class Clock:
    """One second at each look."""

    def __init__(self):
        self.now = 100.0

    def __call__(self):
        self.now += 1.0
        return self.now


def norm_of(parameters):
    return math.sqrt(sum(float(np.sum(p.grad**2)) for p in parameters))


@pytest.fixture
def toy():
    """toy(folder=None, identity="x", validation=True, best_by=LOSS, callbacks=(), **options) -> a
    loop, not yet started."""

    def make(folder=None, identity="x", validation=True, best_by=LOSS, callbacks=(), **options):
        model = ToyModel()
        optimizer = ToyOptimizer(model)
        schedule = ToySchedule(optimizer)
        task = Task(
            model=model,
            batches=ToyBatches(),
            optimizer=optimizer,
            clip=norm_of,
            schedule=schedule,
            evaluate=model.evaluate if validation else None,
            monitor=best_by,
            stateful={
                "model": model,
                "optimizer": optimizer,
                "schedule": schedule,
                "random": Generators(model),
            },
            identity={"name": identity},
        )
        place = None if folder is None else RunFolder(folder)
        chosen = TrainingOptions(**{"log_every": 1, **options})
        return Loop(task, chosen, place, clock=Clock(), callbacks=callbacks)

    return make
