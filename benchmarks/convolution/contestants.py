"""Who takes part: `forward()` with nothing kept, `training()` with the gradients of all leaves."""

from __future__ import annotations

from typing import Any

import numpy as np

from benchmarks.convolution.problem import Data
from pyrnn import Tensor, functional, nn, no_grad


class Contestant:
    """Made for the numbers of one problem, and called again and again."""

    def __init__(self, data: Data, threads: int) -> None:
        self.data = data

    def forward(self) -> Any:
        raise NotImplementedError

    def training(self) -> Any:
        raise NotImplementedError

    def outputs(self, task: str) -> dict[str, np.ndarray]:
        """Runs a task once: y (B, 3 F), and in training dx (T, B, I), dweight_3, dbias_3 ..."""
        raise NotImplementedError


class PyrnnConvolution(Contestant):
    """`nn.Conv1dMax`, one layer a width."""

    def __init__(self, data: Data, threads: int) -> None:
        super().__init__(data, threads)
        self.x = Tensor(data.x, requires_grad=True)
        self.layers = {}
        for width, weight in data.weights.items():
            layer = nn.Conv1dMax(weight.shape[1], weight.shape[0], width, rng=0)
            layer.load_state_dict({"weight": weight, "bias": data.biases[width]})
            self.layers[width] = layer

    def run(self) -> Tensor:
        """The maxima of all widths side by side."""
        maxima = [layer(self.x, self.data.lengths) for layer in self.layers.values()]
        return functional.concatenate(maxima, axis=1)

    def forward(self) -> Any:
        with no_grad():
            return self.run()

    def training(self) -> Any:
        self.x.grad = None
        for layer in self.layers.values():
            layer.zero_grad()
        y = self.run()
        y.backward(self.data.dy)
        return y

    def outputs(self, task: str) -> dict[str, np.ndarray]:
        found: dict[str, Any] = {"y": getattr(self, task)()}
        if task == "training":
            found["dx"] = self.x.grad
            for width, layer in self.layers.items():
                found[f"dweight_{width}"] = layer.weight.grad
                found[f"dbias_{width}"] = layer.bias.grad
        return {name: np.array(value) for name, value in found.items()}
