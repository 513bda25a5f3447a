"""A decoder with additive attention in torch, step by step, as tutorials write it."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from benchmarks.decoder.contestants import Contestant
from benchmarks.decoder.problem import Data


class TorchDecoder(Contestant):
    """At each step a Linear over the state, repeated, beside all of the memory; then a GRUCell.

    The memory stands as (B, S, E) beforehand, which tutorials do anew at each step.
    """

    def __init__(self, data: Data, threads: int) -> None:
        super().__init__(data, threads)
        torch.set_num_threads(threads)
        H = data.h0.shape[2]
        self.cell = torch.nn.GRUCell(data.cell["weight_ih"].shape[1], H)
        self.cell.load_state_dict({name: torch.tensor(w) for name, w in data.cell.items()})
        self.weights = {
            "attention": torch.tensor(
                np.concatenate([data.query, data.key], axis=1), requires_grad=True
            ),
            "bias": torch.tensor(data.bias, requires_grad=True),
            "v": torch.tensor(data.v, requires_grad=True),
        }
        memory = np.ascontiguousarray(data.memory.swapaxes(0, 1))
        self.leaves = {
            name: torch.tensor(value, requires_grad=True)
            for name, value in {"x": data.x, "memory": memory, "h0": data.h0[0]}.items()
        }
        self.past = None
        if data.memories is not None:
            steps = np.arange(len(data.memory))
            self.past = torch.tensor(steps >= data.memories[:, None])  # (B, S)
        self.dy, self.dcontext = torch.tensor(data.dy), torch.tensor(data.dcontext)

    def prepare(self) -> Any:
        """What all steps share."""
        return None

    def fits(self, h: Any, keys: Any) -> Any:
        """tanh(W [h, m_s] + b) for all s: (B, S, H)."""
        memory, weights = self.leaves["memory"], self.weights
        repeated = h.unsqueeze(1).repeat(1, memory.shape[1], 1)
        both = torch.cat((repeated, memory), dim=2)
        return torch.tanh(torch.nn.functional.linear(both, weights["attention"], weights["bias"]))

    def run(self) -> Any:
        """y and context."""
        x, memory, h = self.leaves.values()
        keys, ys, contexts = self.prepare(), [], []
        for x_t in x:
            scores = torch.nn.functional.linear(self.fits(h, keys), self.weights["v"][None])
            scores = scores.squeeze(2)
            if self.past is not None:
                scores = scores.masked_fill(self.past, -1e10)
            attended = torch.softmax(scores, dim=1).unsqueeze(1)
            context = torch.bmm(attended, memory).squeeze(1)
            h = self.cell(torch.cat((x_t, context), dim=1), h)
            ys.append(h)
            contexts.append(context)
        return torch.stack(ys), torch.stack(contexts)

    def forward(self) -> Any:
        with torch.inference_mode():
            return self.run()

    def training(self) -> Any:
        for leaf in (*self.leaves.values(), *self.weights.values()):
            leaf.grad = None
        self.cell.zero_grad()
        results = self.run()
        torch.autograd.backward(results, (self.dy, self.dcontext))
        return results

    def outputs(self, task: str) -> dict[str, np.ndarray]:
        results = (result.detach().numpy() for result in getattr(self, task)())
        y, context = (result * self.data.valid for result in results)
        found = {"y": y, "context": context}
        if task == "training":
            H = y.shape[2]
            attention = self.weights["attention"].grad.numpy()
            found |= {f"d{name}": p.grad.numpy() for name, p in self.cell.named_parameters()}
            found |= {
                "dx": self.leaves["x"].grad.numpy(),
                "dmemory": self.leaves["memory"].grad.numpy().swapaxes(0, 1),
                "dh0": self.leaves["h0"].grad.numpy()[None],
                "dattention.weight": self.weights["v"].grad.numpy(),
                "dattention.query_projection.weight": attention[:, :H],
                "dattention.key_projection.weight": attention[:, H:],
                "dattention.key_projection.bias": self.weights["bias"].grad.numpy(),
            }
        return found


class TorchHoisted(TorchDecoder):
    """The same with the keys projected once, before all steps."""

    def prepare(self) -> Any:
        H = self.leaves["h0"].shape[1]
        weight = self.weights["attention"][:, H:]
        return torch.nn.functional.linear(self.leaves["memory"], weight, self.weights["bias"])

    def fits(self, h: Any, keys: Any) -> Any:
        query = torch.nn.functional.linear(h, self.weights["attention"][:, : h.shape[1]])
        return torch.tanh(query.unsqueeze(1) + keys)
