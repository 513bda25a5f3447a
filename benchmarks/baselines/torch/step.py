"""torch.nn.LSTMCell and GRUCell, one step a call."""

from __future__ import annotations

from typing import Any

import torch

from benchmarks.streams.contestants import Contestant
from benchmarks.streams.problem import Data, Problem


class TorchStep(Contestant):
    """One session: the cell's state goes into the next call."""

    def __init__(self, problem: Problem, data: Data, threads: int) -> None:
        super().__init__(problem, data, threads)
        torch.set_num_threads(threads)
        kind = {"lstm": torch.nn.LSTMCell, "gru": torch.nn.GRUCell}[problem.cell]
        self.cell = kind(problem.H, problem.H)
        named = {name.removesuffix("_l0"): value for name, value in data.weights.items()}
        self.cell.load_state_dict({name: torch.from_numpy(v) for name, v in named.items()})
        self.begin()

    def given(self) -> list[Any]:
        return list(torch.from_numpy(self.data.x))

    def begin(self) -> None:
        zeros = torch.zeros(self.problem.sessions, self.problem.H)
        self.state: Any = (zeros, zeros) if self.problem.cell == "lstm" else zeros

    def step(self, x: Any) -> Any:
        with torch.inference_mode():
            self.state = self.cell(x, self.state)
        return self.state[0] if self.problem.cell == "lstm" else self.state
