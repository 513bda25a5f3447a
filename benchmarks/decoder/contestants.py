"""Who takes part: `forward()` with nothing kept, `training()` with the gradients of all leaves."""

from __future__ import annotations

from typing import Any

import numpy as np

from benchmarks.decoder.problem import Data
from pyrnn import Tensor, autograd, nn, no_grad


class Contestant:
    """Made for the numbers of one problem, and called again and again."""

    def __init__(self, data: Data, threads: int) -> None:
        self.data = data

    def forward(self) -> Any:
        raise NotImplementedError

    def training(self) -> Any:
        raise NotImplementedError

    def outputs(self, task: str) -> dict[str, np.ndarray]:
        """Runs a task once: y (T, B, H), context (T, B, E), both 0 past a target; in training the
        gradients of x, memory, h0 and of all weights as well."""
        raise NotImplementedError


class PyrnnDecoder(Contestant):
    """`nn.AttentionDecoder`."""

    def __init__(self, data: Data, threads: int) -> None:
        super().__init__(data, threads)
        (_, _, I), E, H = data.x.shape, data.memory.shape[2], data.h0.shape[2]
        self.decoder = nn.AttentionDecoder(I, H, E, rng=0)
        cell = {f"{name}_l0": value for name, value in data.cell.items()}
        attention = {
            "query_projection.weight": data.query,
            "key_projection.weight": data.key,
            "key_projection.bias": data.bias,
            "weight": data.v,
        }
        attention = {f"attention.{name}": value for name, value in attention.items()}
        self.decoder.load_state_dict(cell | attention)
        self.leaves = {
            name: Tensor(getattr(data, name), requires_grad=True) for name in ("x", "memory", "h0")
        }

    def run(self) -> Any:
        """y and context."""
        x, memory, h0 = self.leaves.values()
        lengths, memories = self.data.targets, self.data.memories
        return self.decoder(x, memory, h0, lengths=lengths, memory_lengths=memories)[:2]

    def forward(self) -> Any:
        with no_grad():
            return self.run()

    def training(self) -> Any:
        for leaf in self.leaves.values():
            leaf.grad = None
        self.decoder.zero_grad()
        results = self.run()
        autograd.backward(results, (self.data.dy, self.data.dcontext))
        return results

    def outputs(self, task: str) -> dict[str, np.ndarray]:
        y, context = getattr(self, task)()
        found: dict[str, Any] = {"y": y, "context": context}
        if task == "training":
            found |= {f"d{name}": leaf.grad for name, leaf in self.leaves.items()}
            for name, parameter in self.decoder.named_parameters():
                found[f"d{name.removesuffix('_l0')}"] = parameter.grad
        return {name: np.array(value) for name, value in found.items()}
