"""Layers of torch.nn, as a PyTorch user calls it."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from benchmarks.kernels.contestants import Contestant
from benchmarks.kernels.problem import Data, Problem

KINDS: dict[str, tuple[str, dict[str, str]]] = {
    "rnn_tanh": ("RNN", {"nonlinearity": "tanh"}),
    "rnn_relu": ("RNN", {"nonlinearity": "relu"}),
    "lstm": ("LSTM", {}),
    "gru": ("GRU", {}),
}


class TorchLayer(Contestant):
    """A ragged batch is packed and padded again, in any order (`enforce_sorted=False`)."""

    cells = tuple(KINDS)
    projects = True

    def __init__(self, problem: Problem, data: Data, threads: int) -> None:
        super().__init__(problem, data, threads)
        self.use(threads)
        kind, options = KINDS[problem.cell]
        given: dict[str, Any] = {"bidirectional": problem.shape.D == 2, **options}
        given |= {"proj_size": problem.projection} if problem.projection else {}
        sizes = (problem.shape.inputs, problem.shape.H, problem.shape.L)
        self.module = getattr(torch.nn, kind)(*sizes, **given)
        self.module.load_state_dict({n: torch.tensor(v) for n, v in data.weights.items()})
        arrays = {"x": data.x, "h0": data.h0, "c0": data.c0}
        self.inputs = {
            n: torch.tensor(v, requires_grad=True) for n, v in arrays.items() if v is not None
        }
        states = [tensor for name, tensor in self.inputs.items() if name != "x"]
        self.state = tuple(states) if len(states) == 2 else states[0]
        self.lengths = None if data.lengths is None else torch.tensor(data.lengths)
        self.dy = torch.tensor(data.dy)
        self.leaves = {**self.inputs, **dict(self.module.named_parameters())}

    @staticmethod
    def use(threads: int) -> None:
        torch.set_num_threads(threads)

    def run(self) -> tuple[Any, Any]:
        """(y, state), with a graph where gradients are on."""
        x = self.inputs["x"]
        if self.lengths is None:
            return self.module(x, self.state)
        packed = pack_padded_sequence(x, self.lengths, enforce_sorted=False)
        y, state = self.module(packed, self.state)
        return pad_packed_sequence(y, total_length=len(x))[0], state

    def forward(self) -> Any:
        with torch.inference_mode():
            return self.run()

    def training(self) -> Any:
        for tensor in self.leaves.values():
            tensor.grad = None
        y, state = self.run()
        y.backward(self.dy)
        return y, state

    def outputs(self, task: str) -> dict[str, np.ndarray]:
        y, state = getattr(self, task)()
        states = state if isinstance(state, tuple) else (state,)
        found = dict(zip(("y", "h_n", "c_n"), (y, *states), strict=False))
        if task == "training":
            found |= {f"d{name}": tensor.grad for name, tensor in self.leaves.items()}
        return {
            name: tensor.detach().numpy() for name, tensor in found.items() if tensor is not None
        }


class PaddedTorchLayer(TorchLayer):
    """A ragged batch as many users run it: all T steps, the outputs masked. No final states."""

    computes = frozenset({"y"})

    @classmethod
    def takes(cls, problem: Problem, task: str) -> bool:
        """Ragged batches in one direction: the other would begin in the padding."""
        return super().takes(problem, task) and problem.ragged and problem.shape.D == 1

    def __init__(self, problem: Problem, data: Data, threads: int) -> None:
        super().__init__(problem, data, threads)
        self.mask = torch.tensor(data.mask)

    def run(self) -> tuple[Any, Any]:
        y, _ = self.module(self.inputs["x"], self.state)
        return y * self.mask, ()
