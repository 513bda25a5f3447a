"""pyrnn's part: `forward()` with nothing kept, `training()` with the gradients of all leaves,
`decode()` the likeliest labels."""

from __future__ import annotations

from typing import Any

import numpy as np

from benchmarks.crf.problem import Data
from pyrnn import Tensor, nn, no_grad


class PyrnnCrf:
    """`nn.CRF`."""

    def __init__(self, data: Data) -> None:
        self.data = data
        self.emissions = Tensor(data.emissions, requires_grad=True)
        self.layer = nn.CRF(data.emissions.shape[2], rng=0)
        self.layer.load_state_dict(data.scores)

    def run(self) -> Tensor:
        return self.layer(self.emissions, self.data.labels, self.data.lengths)

    def forward(self) -> Any:
        with no_grad():
            return self.run()

    def training(self) -> Any:
        self.emissions.grad = None
        self.layer.zero_grad()
        y = self.run()
        (-y.sum()).backward()
        return y

    def decode(self) -> Any:
        return self.layer.decode(self.emissions, self.data.lengths)[0]

    def outputs(self, task: str) -> dict[str, np.ndarray]:
        """Runs a task once: y (B,), in training demissions (T, B, C), dtransitions, dstart, dend
        as well; of decoding the labels (T, B), -1 past a length."""
        found: dict[str, Any] = {"y": getattr(self, task)()}
        if task == "training":
            found["demissions"] = self.emissions.grad
            for name, parameter in self.layer.named_parameters():
                found[f"d{name}"] = parameter.grad
        return {name: np.array(value) for name, value in found.items()}
