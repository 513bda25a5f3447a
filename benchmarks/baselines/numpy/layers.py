"""Layers and directions of the NumPy baseline. It runs in a process of its own."""

from __future__ import annotations

import os
from typing import Any

import numpy as np

from benchmarks.baselines.numpy import recurrent
from benchmarks.kernels.contestants import APART, Contestant
from benchmarks.kernels.problem import Data, Problem


class NumpyLayer(Contestant):
    """Knows no lengths, so a ragged batch of one layer and direction is padded and masked."""

    cells = recurrent.CELLS
    computes = frozenset({"y"})

    def __init__(self, problem: Problem, data: Data, threads: int) -> None:
        super().__init__(problem, data, threads)
        weights = list(data.weights.values())
        self.weights = [recurrent.Weights(*weights[k : k + 4]) for k in range(0, len(weights), 4)]

    @classmethod
    def takes(cls, problem: Problem, task: str) -> bool:
        """Ragged batches of one layer and direction only."""
        plain = problem.shape.L == problem.shape.D == 1
        return super().takes(problem, task) and (plain or not problem.ragged)

    @staticmethod
    def about() -> str | None:
        """The BLAS and which of its kernels runs, as OpenBLAS SkylakeX; None where none can tell.

        Which kernel it is depends on OPENBLAS_CORETYPE, where that is set.
        """
        try:
            from threadpoolctl import threadpool_info
        except ImportError:
            return None
        np.ones((2, 2)) @ np.ones((2, 2))
        for found in threadpool_info():
            if found["user_api"] == "blas":
                kernel = found.get("architecture", "")
                forced = [name for name in APART["numpy"] if name in os.environ]
                words = [found["internal_api"], str(found["version"]), kernel, *forced]
                return " ".join(word for word in words if word)
        return None

    def forward(self) -> Any:
        _, _, _, _, L, D = self.problem.shape
        c0 = self.data.c0
        y, traces = self.data.x, []
        for layer in range(L):
            outputs = []
            for k in range(layer * D, (layer + 1) * D):
                x = y[::-1] if k % D else y
                trace = recurrent.forward(
                    self.problem.cell,
                    x,
                    self.data.h0[k],
                    None if c0 is None else c0[k],
                    self.weights[k],
                )
                traces.append(trace)
                outputs.append(trace.hs[:0:-1] if k % D else trace.hs[1:])
            y = outputs[0] if D == 1 else np.concatenate(outputs, axis=2)
        return y if self.data.lengths is None else y * self.data.mask, traces

    def training(self) -> Any:
        _, _, H, _, L, D = self.problem.shape
        y, traces = self.forward()
        zero = np.zeros_like(self.data.h0[0])
        gradients: list[Any] = [None] * (L * D)
        dy = self.data.dy
        for layer in reversed(range(L)):
            dx: Any = 0
            for d in range(D):
                k = layer * D + d
                mine = dy[..., d * H : (d + 1) * H]
                found = recurrent.backward(
                    self.problem.cell,
                    traces[k],
                    mine[::-1] if d else mine,
                    zero,
                    None if self.data.c0 is None else zero,
                )
                gradients[k] = found
                dx = dx + (found.x[::-1] if d else found.x)
            dy = dx
        return y, traces, gradients, dy

    def outputs(self, task: str) -> dict[str, np.ndarray]:
        y, traces, *rest = getattr(self, task)()
        found = {"y": y}
        if self.data.lengths is None:
            found["h_n"] = np.stack([trace.hs[-1] for trace in traces])
            if self.data.c0 is not None:
                found["c_n"] = np.stack([trace.cs[-1] for trace in traces])
        if rest:
            gradients, found["dx"] = rest
            found["dh0"] = np.stack([g.h0 for g in gradients])
            if self.data.c0 is not None:
                found["dc0"] = np.stack([g.c0 for g in gradients])
            values = [value for g in gradients for value in g.weights]
            found |= {f"d{n}": v for n, v in zip(self.data.weights, values, strict=True)}
        return found
