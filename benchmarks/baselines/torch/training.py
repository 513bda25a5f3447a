"""A training step in torch: the loss of a batch, clipped gradients, Adam."""

from __future__ import annotations

from typing import Any

import torch

from benchmarks.models.training import endless


class TorchTraining:
    """A network with `loss(batch)`, trained on batches without end as pyrnn's options say."""

    def __init__(self, network: Any, batches: Any, options: Any) -> None:
        self.network = network
        # fused: one pass over the weights in C++ in place of a loop of small operations
        self.optimizer = torch.optim.Adam(
            network.parameters(), lr=options.learning_rate, fused=True
        )
        self.clip = options.clip_norm
        self.batches = endless(batches)

    def step(self) -> float:
        """One update; the loss before it."""
        loss = self.network.loss(next(self.batches))
        self.optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), self.clip)
        self.optimizer.step()
        return float(loss.item())
