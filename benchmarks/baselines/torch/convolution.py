"""torch.nn.Conv1d of several widths and the maxima of their activations, as a user writes them."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from benchmarks.convolution.contestants import Contestant
from benchmarks.convolution.problem import Data


class TorchConvolution(Contestant):
    """x lies in torch's own layout (B, I, T). A ragged batch is masked before its maximum."""

    def __init__(self, data: Data, threads: int) -> None:
        super().__init__(data, threads)
        torch.set_num_threads(threads)
        time = len(data.x)
        given = np.ascontiguousarray(data.x.transpose(1, 2, 0))
        self.x = torch.tensor(given, requires_grad=True)
        self.layers = {}
        for width, weight in data.weights.items():
            # "same" padding with an even width is done by a copy and a warning: one step more at
            # the front is as good, and cut off
            layer = torch.nn.Conv1d(weight.shape[1], weight.shape[0], width, padding=width // 2)
            state = {"weight": weight, "bias": data.biases[width]}
            layer.load_state_dict({name: torch.tensor(value) for name, value in state.items()})
            self.layers[width] = layer
        self.past = None
        if data.lengths is not None:
            self.past = torch.tensor(np.arange(time) >= data.lengths[:, None])[:, None]  # (B, 1, T)
        self.dy = torch.tensor(data.dy)

    def run(self) -> Any:
        """The maxima of all widths side by side."""
        maxima = []
        for width, layer in self.layers.items():
            a = layer(self.x)[:, :, 1 - width % 2 :]
            if self.past is not None:
                a = a.masked_fill(self.past, -torch.inf)
            maxima.append(a.amax(dim=2))
        return torch.cat(maxima, dim=1)

    def forward(self) -> Any:
        with torch.inference_mode():
            return self.run()

    def training(self) -> Any:
        self.x.grad = None
        for layer in self.layers.values():
            layer.zero_grad()
        y = self.run()
        y.backward(self.dy)
        return y

    def outputs(self, task: str) -> dict[str, np.ndarray]:
        found = {"y": getattr(self, task)().detach().numpy()}
        if task == "training":
            found["dx"] = self.x.grad.permute(2, 0, 1).numpy()
            for width, layer in self.layers.items():
                found[f"dweight_{width}"] = layer.weight.grad.numpy()
                found[f"dbias_{width}"] = layer.bias.grad.numpy()
        if "dx" in found and self.data.lengths is not None:
            valid = np.arange(len(self.data.x))[:, None] < self.data.lengths
            found["dx"] = found["dx"] * valid[:, :, None]  # torch's reaches the zeros past a length
        return found
