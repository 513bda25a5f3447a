"""The pytorch-crf package, as its documentation has it used."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
import torchcrf

from benchmarks.crf.problem import Data

# its parameter of each of pyrnn's
NAMES = {"transitions": "transitions", "start": "start_transitions", "end": "end_transitions"}


class TorchCrf:
    """A batch whose sequences are all as long has a mask as well: the package would make one of
    bytes, which torch warns of."""

    def __init__(self, data: Data, threads: int) -> None:
        torch.set_num_threads(threads)
        self.emissions = torch.tensor(data.emissions, requires_grad=True)
        self.labels = torch.tensor(data.labels)
        self.layer = torchcrf.CRF(data.emissions.shape[2])
        state = {NAMES[name]: torch.tensor(value) for name, value in data.scores.items()}
        self.layer.load_state_dict(state)
        self.mask = torch.tensor(np.arange(len(data.emissions))[:, None] < data.lengths)

    def run(self) -> Any:
        return self.layer(self.emissions, self.labels, mask=self.mask, reduction="none")

    def forward(self) -> Any:
        with torch.inference_mode():
            return self.run()

    def training(self) -> Any:
        self.emissions.grad = None
        self.layer.zero_grad()
        y = self.run()
        (-y.sum()).backward()
        return y

    def decode(self) -> Any:
        with torch.inference_mode():
            return self.layer.decode(self.emissions, mask=self.mask)

    def outputs(self, task: str) -> dict[str, np.ndarray]:
        """The same as `PyrnnCrf.outputs`."""
        y = getattr(self, task)()
        if task == "decode":
            labels = np.full(self.labels.shape, -1)
            for b, path in enumerate(y):
                labels[: len(path), b] = path
            return {"y": labels}
        found = {"y": y.detach().numpy()}
        if task == "training":
            found["demissions"] = self.emissions.grad.numpy()
            for name, theirs in NAMES.items():
                found[f"d{name}"] = getattr(self.layer, theirs).grad.numpy()
        return found
