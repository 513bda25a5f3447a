"""Who takes part in the comparison of layers.

A contestant is made for one problem and then called again and again:

    forward()    the layer on the batch, nothing kept for a backward pass
    training()   forward with everything kept, then the gradients of x, h0, c0 and all weights,
                 given that of y. Weights are new to each call, as after an optimizer's update.

`outputs(task)` runs a task once and gives what it computed by name, as arrays: y, h_n, c_n, and
dx, dh0, dc0, dweight_ih_l0 ... in training.
"""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

import numpy as np

from benchmarks.kernels.masks import generator
from benchmarks.kernels.problem import Data, Problem
from benchmarks.timing import calls_in_a_turn, turn
from pyrnn import Tensor, nn, no_grad, set_num_threads

# name -> (module, class, what has to be installed)
RIVALS = {
    "torch": ("benchmarks.baselines.torch.recurrent", "TorchLayer", "torch"),
    "torch-loop": ("benchmarks.baselines.torch.loop", "TorchLoop", "torch"),
    "torch-padded": ("benchmarks.baselines.torch.recurrent", "PaddedTorchLayer", "torch"),
    "onnxruntime": ("benchmarks.baselines.onnxruntime.recurrent", "OnnxLayer", "onnxruntime"),
    "jax": ("benchmarks.baselines.jax.recurrent", "JaxLayer", "jax"),
    "numpy": ("benchmarks.baselines.numpy.layers", "NumpyLayer", "numpy"),
}

# Rivals with a process of their own, and what differs in its environment; None unsets a variable.
# NumPy: whoever sets these wants the same sums on every machine, at the price of speed.
APART: dict[str, dict[str, str | None]] = {
    "jax": {"JAX_PLATFORMS": "cpu"},
    "numpy": {"OPENBLAS_CORETYPE": None, "OPENBLAS_L2_SIZE": None},
}


class Contestant:
    """What all contestants have; each takes the cells and tasks that it names."""

    cells: tuple[str, ...] = ()
    tasks: tuple[str, ...] = ("forward", "training")
    projects = False  # whether it knows projections
    masks = False  # whether it knows zoneout, recurrent dropout and sequences that are cut
    computes = frozenset({"y", "h_n"})  # the least that forward must give

    def __init__(self, problem: Problem, data: Data, threads: int) -> None:
        self.problem = problem
        self.data = data

    @classmethod
    def takes(cls, problem: Problem, task: str) -> bool:
        """Whether it can run a problem."""
        known = problem.cell in cls.cells and task in cls.tasks
        masked = problem.is_random or problem.reset
        return known and (cls.projects or not problem.projection) and (cls.masks or not masked)

    @staticmethod
    def use(threads: int) -> None:
        """From now on its library works with so many threads, if that can be told."""

    @staticmethod
    def about() -> str | None:
        """What is to be known beside its version, if anything."""
        return None

    def forward(self) -> Any:
        raise NotImplementedError

    def training(self) -> Any:
        raise NotImplementedError

    def outputs(self, task: str) -> dict[str, np.ndarray]:
        raise NotImplementedError

    def timer(self, task: str, sample: float) -> Callable[[], float]:
        """What times a turn: as many calls as fill about `sample` seconds; the seconds of one."""
        call = getattr(self, task)
        calls = calls_in_a_turn(call, sample)
        return lambda: turn(call, calls)

    def names(self, task: str) -> frozenset[str]:
        """What the outputs must hold at least."""
        if task == "forward":
            return self.computes
        given = {"x", "h0"} if self.data.c0 is None else {"x", "h0", "c0"}
        return self.computes | {f"d{name}" for name in given | self.data.weights.keys()}


def installed(name: str) -> bool:
    """Whether what a rival needs can be imported."""
    return importlib.util.find_spec(RIVALS[name][2]) is not None


def rival(name: str, problem: Problem, task: str) -> type[Contestant] | None:
    """The rival of this name; None where it does not take this problem or is not installed."""
    if not installed(name):
        return None
    module, kind, _ = RIVALS[name]
    found: type[Contestant] = getattr(importlib.import_module(module), kind)
    return found if found.takes(problem, task) else None


class PyrnnLayer(Contestant):
    """`pyrnn.nn`, as a user calls it."""

    settings: ClassVar[Mapping[str, Any]] = {}  # of the layer, beside those of the problem

    def __init__(self, problem: Problem, data: Data, threads: int) -> None:
        super().__init__(problem, data, threads)
        self.use(threads)
        self.layer = layer_of(problem, self.settings)
        self.layer.load_state_dict(data.weights)
        self.parameters = dict(self.layer.named_parameters())
        given = {"x": data.x, "h0": data.h0, "c0": data.c0}
        self.inputs = {n: Tensor(v, requires_grad=True) for n, v in given.items() if v is not None}
        states = [tensor for name, tensor in self.inputs.items() if name != "x"]
        self.state = tuple(states) if len(states) == 2 else states[0]
        self.options = {} if data.reset is None else {"reset": data.reset}

    @staticmethod
    def use(threads: int) -> None:
        set_num_threads(threads)

    def call(self) -> Any:
        """One call of the layer."""
        return self.layer(self.inputs["x"], self.state, self.data.lengths, **self.options)

    def forward(self) -> Any:
        with no_grad():
            return self.call()

    def training(self) -> Any:
        for tensor in self.inputs.values():
            tensor.grad = None
        for parameter in self.parameters.values():
            parameter.grad = None
            with parameter.writing():  # the weights have changed: they are packed anew
                pass
        y, state = self.call()
        y.backward(self.data.dy)
        return y, state

    def timer(self, task: str, sample: float) -> Callable[[], float]:
        self.layer.train(task == "training")
        return super().timer(task, sample)

    def outputs(self, task: str) -> dict[str, np.ndarray]:
        self.layer.train(task == "training")
        if self.data.masks is not None:
            self.layer.rng = generator()
        y, state = self.forward() if task == "forward" else self.training()
        states = state if isinstance(state, tuple) else (state,)
        found = dict(zip(("y", "h_n", "c_n"), (y, *states), strict=False))
        leaves = {**self.inputs, **self.parameters} if task == "training" else {}
        found |= {f"d{name}": tensor.grad for name, tensor in leaves.items()}
        return {name: np.array(value) for name, value in found.items()}


# What follows the kind in a cell's name, and the argument that asks for it.
FORMS = {
    "peephole": {"peephole": True},
    "coupled": {"coupled": True},
    "norm": {"layer_norm": True},
    "reset_before": {"reset_after": False},
}


def layer_of(problem: Problem, settings: Mapping[str, Any]) -> Any:
    """The problem's layer of `pyrnn.nn`, with weights of its own."""
    kind, _, form = problem.cell.partition("_")
    options = {"bidirectional": problem.shape.D == 2, "rng": 0, **problem.form, **settings}
    if any(problem.zoneout):
        h, c = problem.zoneout
        options["zoneout"] = (h, c) if c else h
    if kind == "rnn":
        options["nonlinearity"] = form
    for name, arguments in FORMS.items():
        options |= arguments if name in form else {}
    make = {"rnn": nn.RNN, "gru": nn.GRU, "lstm": nn.LSTM}[kind]
    return make(problem.shape.inputs, problem.shape.H, problem.shape.L, **options)
