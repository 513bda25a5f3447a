"""torch.nn on little, as a user writes it."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn

from benchmarks.operations.contestants import Contestant
from benchmarks.operations.problem import Data, H, V


class TorchOperations(Contestant):
    """torch.nn and torch's functions."""

    def __init__(self, data: Data) -> None:
        self.modules = {
            "linear": nn.Linear(H, H),
            "lstm_cell": nn.LSTMCell(H, H),
            "gru_cell": nn.GRUCell(H, H),
            "lstm": nn.LSTM(H, H),
            "embedding": nn.Embedding(V, H),
            "joined": nn.Linear(2 * H, H),
            "output": nn.Linear(H, V),
        }
        for name, module in self.modules.items():
            state = data.weights[name]
            module.load_state_dict({name: torch.tensor(value) for name, value in state.items()})
        self.x, self.y, self.c = (torch.tensor(value) for value in (data.x, data.y, data.c))
        self.encoded, self.scores = torch.tensor(data.encoded), torch.tensor(data.scores)
        self.row, self.keys = self.x.unsqueeze(1), self.encoded.transpose(1, 2)
        self.inputs = list(torch.tensor(data.inputs))
        self.token = torch.tensor([1])
        self.sequence = self.x.unsqueeze(0)

    def add(self) -> Any:
        return self.x + self.y

    def concatenate(self) -> Any:
        return torch.cat((self.x, self.y), dim=1)

    def expand_dims(self) -> Any:
        return self.x.unsqueeze(1)

    def matmul(self) -> Any:
        return self.row @ self.keys

    def softmax(self) -> Any:
        return torch.softmax(self.scores, dim=1)

    def linear(self) -> Any:
        return self.modules["linear"](self.x)

    def lstm_cell(self) -> Any:
        return self.modules["lstm_cell"](self.x, (self.y, self.c))

    def gru_cell(self) -> Any:
        return self.modules["gru_cell"](self.x, self.y)

    def lstm(self) -> Any:
        return self.modules["lstm"](self.sequence)[0]

    def decoder(self) -> Any:
        m = self.modules
        h, c = m["lstm_cell"](m["embedding"](self.token), (self.y, self.c))
        a = torch.softmax(h.unsqueeze(1) @ self.keys, dim=-1)
        s = (a @ self.encoded).squeeze(1)
        o = m["joined"](torch.cat((h, s), dim=1)).tanh()
        return m["output"](o).argmax(1), h, c

    def cell_training(self) -> Any:
        cell = self.modules["lstm_cell"]
        for module in self.modules.values():
            module.zero_grad()
        h, c = self.y, self.c
        for x in self.inputs:
            h, c = cell(x, (h, c))
        h.sum().backward()
        return h, c

    def truncated(self) -> Any:
        linear, cell = self.modules["linear"], self.modules["lstm_cell"]
        for module in self.modules.values():
            module.zero_grad()
        h, c = self.y, self.c
        for x in self.inputs:
            h, c = cell(linear(x), (h.detach(), c.detach()))
            h.sum().backward()
        return h, c
