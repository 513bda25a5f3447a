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
from typing import Any

import numpy as np

from benchmarks.kernels.problem import Data, Problem
from pyrnn import Tensor, nn, no_grad

# name -> (module, class, what has to be installed)
RIVALS = {
    "numpy": ("benchmarks.kernels.contestants", "NumpyLayer", "numpy"),
    "torch": ("benchmarks.baselines.torch.recurrent", "TorchLayer", "torch"),
    "torch-padded": ("benchmarks.baselines.torch.recurrent", "PaddedTorchLayer", "torch"),
    "onnxruntime": ("benchmarks.baselines.onnxruntime.recurrent", "OnnxLayer", "onnxruntime"),
}


class Contestant:
    """What all contestants have; each takes the cells and tasks that it names."""

    cells: tuple[str, ...] = ()
    tasks: tuple[str, ...] = ("forward", "training")
    ragged_only = False  # there would be nothing to tell it from another
    computes = frozenset({"y", "h_n"})  # the least that forward must give

    def __init__(self, problem: Problem, data: Data, threads: int) -> None:
        self.problem = problem
        self.data = data

    def forward(self) -> Any:
        raise NotImplementedError

    def training(self) -> Any:
        raise NotImplementedError

    def outputs(self, task: str) -> dict[str, np.ndarray]:
        raise NotImplementedError

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
    if problem.cell not in found.cells or task not in found.tasks:
        return None
    return None if found.ragged_only and not problem.ragged else found


class PyrnnLayer(Contestant):
    """`pyrnn.nn`, as a user calls it."""

    def __init__(self, problem: Problem, data: Data, threads: int) -> None:
        super().__init__(problem, data, threads)
        kind, _, activation = problem.cell.partition("_")
        H = problem.shape.H
        if kind == "rnn":
            self.layer: Any = nn.RNN(H, H, nonlinearity=activation, rng=0)
        elif kind == "gru":
            self.layer = nn.GRU(H, H, reset_after=not activation, rng=0)
        else:
            self.layer = nn.LSTM(H, H, rng=0)
        self.layer.load_state_dict(data.weights)
        self.parameters = dict(self.layer.named_parameters())
        given = {"x": data.x, "h0": data.h0, "c0": data.c0}
        self.inputs = {n: Tensor(v, requires_grad=True) for n, v in given.items() if v is not None}
        states = [tensor for name, tensor in self.inputs.items() if name != "x"]
        self.state = tuple(states) if len(states) == 2 else states[0]

    def forward(self) -> Any:
        with no_grad():
            return self.layer(self.inputs["x"], self.state, self.data.lengths)

    def training(self) -> Any:
        for tensor in self.inputs.values():
            tensor.grad = None
        for parameter in self.parameters.values():
            parameter.grad = None
            with parameter.writing():  # the weights have changed: they are packed anew
                pass
        y, state = self.layer(self.inputs["x"], self.state, self.data.lengths)
        y.backward(self.data.dy)
        return y, state

    def outputs(self, task: str) -> dict[str, np.ndarray]:
        y, state = self.forward() if task == "forward" else self.training()
        states = state if isinstance(state, tuple) else (state,)
        found = dict(zip(("y", "h_n", "c_n"), (y, *states), strict=False))
        leaves = {**self.inputs, **self.parameters} if task == "training" else {}
        found |= {f"d{name}": tensor.grad for name, tensor in leaves.items()}
        return {name: np.array(value) for name, value in found.items()}


class NumpyLayer(Contestant):
    """benchmarks/baselines/numpy: knows no lengths, so a ragged batch is padded and masked."""

    cells = ("rnn_tanh", "rnn_relu", "rnn_sigmoid", "lstm", "gru")
    computes = frozenset({"y"})

    def __init__(self, problem: Problem, data: Data, threads: int) -> None:
        from benchmarks.baselines.numpy import recurrent

        super().__init__(problem, data, threads)
        self.library = recurrent
        self.weights = recurrent.Weights(*data.weights.values())
        self.h0 = data.h0[0]
        self.c0 = None if data.c0 is None else data.c0[0]
        self.zero = np.zeros_like(self.h0)

    def forward(self) -> Any:
        trace = self.library.forward(self.problem.cell, self.data.x, self.h0, self.c0, self.weights)
        y = trace.hs[1:] if self.data.lengths is None else trace.hs[1:] * self.data.mask
        return y, trace

    def training(self) -> Any:
        y, trace = self.forward()
        dc_n = None if self.c0 is None else self.zero
        gradients = self.library.backward(self.problem.cell, trace, self.data.dy, self.zero, dc_n)
        return y, trace, gradients

    def outputs(self, task: str) -> dict[str, np.ndarray]:
        y, trace, *gradients = getattr(self, task)()
        found = {"y": y}
        if self.data.lengths is None:
            found["h_n"] = trace.hs[-1:]
            found |= {} if trace.cs is None else {"c_n": trace.cs[-1:]}
        for g in gradients:
            states = {"dh0": g.h0, "dc0": g.c0}
            found |= {"dx": g.x} | {n: v[None] for n, v in states.items() if v is not None}
            found |= {f"d{n}": v for n, v in zip(self.data.weights, g.weights, strict=True)}
        return found
