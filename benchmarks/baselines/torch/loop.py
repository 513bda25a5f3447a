"""Forms of the LSTM that torch.nn does not have, as a PyTorch user writes them: a loop over time.

W x of all steps is one product before the loop.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from benchmarks.kernels.contestants import Contestant
from benchmarks.kernels.problem import Data, Problem


class TorchLoop(Contestant):
    """Peepholes and coupled gates, one layer in one direction, full batches.

    i = s(u_i + p_i c)   f = s(u_f + p_f c), or 1 - i   g = tanh(u_g)   u = W x + b_ih + R h + b_hh
    c' = f c + i g       o = s(u_o + p_o c')                            h' = o tanh(c')
    """

    cells = ("lstm_peephole", "lstm_coupled", "lstm_coupled_peephole")

    def __init__(self, problem: Problem, data: Data, threads: int) -> None:
        super().__init__(problem, data, threads)
        self.use(threads)
        self.coupled = "coupled" in problem.cell
        given = {"x": data.x, "h0": data.h0, "c0": data.c0, **data.weights}
        self.leaves = {
            n: torch.tensor(v, requires_grad=True) for n, v in given.items() if v is not None
        }
        self.dy = torch.tensor(data.dy)

    @classmethod
    def takes(cls, problem: Problem, task: str) -> bool:
        """One layer, one direction, full batches."""
        plain = problem.shape.L == problem.shape.D == 1 and not problem.ragged
        return super().takes(problem, task) and plain

    @staticmethod
    def use(threads: int) -> None:
        torch.set_num_threads(threads)

    def run(self) -> Any:
        """(y, h, c)"""
        x, h0, c0, W, R, b_ih, b_hh, *peepholes = self.leaves.values()
        h, c = h0[0], c0[0]
        sums = x @ W.T + (b_ih + b_hh)
        zero = torch.zeros(())
        p = list(peepholes[0].split(self.problem.shape.H)) if peepholes else [zero] * 3
        p_i, p_f, p_o = p if len(p) == 3 else (p[0], zero, p[1])
        Rt, outputs = R.T, []
        for step in sums:
            u = torch.addmm(step, h, Rt)
            if self.coupled:
                u_i, u_g, u_o = u.chunk(3, dim=1)
                i = torch.sigmoid(u_i + p_i * c if peepholes else u_i)
                f = 1 - i
            else:
                u_i, u_f, u_g, u_o = u.chunk(4, dim=1)
                i = torch.sigmoid(u_i + p_i * c)
                f = torch.sigmoid(u_f + p_f * c)
            c = f * c + i * torch.tanh(u_g)
            o = torch.sigmoid(u_o + p_o * c if peepholes else u_o)
            h = o * torch.tanh(c)
            outputs.append(h)
        return torch.stack(outputs), h[None], c[None]

    def forward(self) -> Any:
        with torch.inference_mode():
            return self.run()

    def training(self) -> Any:
        for tensor in self.leaves.values():
            tensor.grad = None
        y, h, c = self.run()
        y.backward(self.dy)
        return y, h, c

    def outputs(self, task: str) -> dict[str, np.ndarray]:
        found = dict(zip(("y", "h_n", "c_n"), getattr(self, task)(), strict=True))
        if task == "training":
            found |= {f"d{name}": tensor.grad for name, tensor in self.leaves.items()}
        return {n: tensor.detach().numpy() for n, tensor in found.items() if tensor is not None}
