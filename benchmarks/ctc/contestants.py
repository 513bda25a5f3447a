"""pyrnn's part: `forward()` with nothing kept, `training()` with the gradient of the logits."""

from __future__ import annotations

from typing import Any

import numpy as np

from benchmarks.ctc.problem import Data
from pyrnn import Tensor, functional, no_grad


class PyrnnCtc:
    """`functional.ctc_loss`."""

    def __init__(self, data: Data) -> None:
        self.data = data
        self.logits = Tensor(data.logits, requires_grad=True)

    def run(self) -> Tensor:
        return functional.ctc_loss(
            self.logits,
            self.data.targets,
            self.data.lengths,
            self.data.target_lengths,
            reduction="sum",
        )

    def forward(self) -> Any:
        with no_grad():
            return self.run()

    def training(self) -> Any:
        self.logits.grad = None
        y = self.run()
        y.backward()
        return y

    def outputs(self, task: str) -> dict[str, np.ndarray]:
        """Runs a task once: y, the sum of all losses; in training dlogits (T, B, C) as well."""
        found = {"y": getattr(self, task)()}
        if task == "training":
            found["dlogits"] = self.logits.grad
        return {name: np.array(value) for name, value in found.items()}
