"""`torch.nn.functional.ctc_loss` behind a log softmax, as its documentation has it used."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from benchmarks.ctc.problem import Data


class TorchCtc:
    """Timed in float32. What it is compared by is float64: it adds up logarithms of some thousands,
    and its gradients in float32 are off by up to 0.006 after a thousand frames."""

    def __init__(self, data: Data, threads: int) -> None:
        torch.set_num_threads(threads)
        self.logits = torch.tensor(data.logits, requires_grad=True)
        self.given = [
            torch.tensor(part) for part in (data.targets, data.lengths, data.target_lengths)
        ]

    def run(self) -> Any:
        log_p = self.logits.log_softmax(2)
        return torch.nn.functional.ctc_loss(log_p, *self.given, reduction="sum")

    def forward(self) -> Any:
        with torch.inference_mode():
            return self.run()

    def training(self) -> Any:
        self.logits.grad = None
        y = self.run()
        y.backward()
        return y

    def outputs(self, task: str) -> dict[str, np.ndarray]:
        """The same as `PyrnnCtc.outputs`."""
        timed = self.logits
        self.logits = timed.detach().double().requires_grad_()
        found = {"y": getattr(self, task)().detach().numpy()}
        if task == "training":
            found["dlogits"] = self.logits.grad.numpy()
        self.logits = timed
        return found
