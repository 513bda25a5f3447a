"""Who takes part: one method for each of the operations."""

from __future__ import annotations

from typing import Any

import numpy as np

from benchmarks.operations.problem import RECORDED, Data, H, V
from pyrnn import Tensor, functional, nn


class Contestant:
    """Made for the numbers, with modules of the given weights; its methods are called again and
    again. What a method gives is an array of the library's, or a tuple of them."""

    modules: dict[str, Any]  # by the names of `Data.weights`

    def outputs(self, operation: str) -> dict[str, np.ndarray]:
        """What an operation gives and, where it goes back, the gradients of the weights."""
        result = getattr(self, operation)()
        parts = result if isinstance(result, tuple) else (result,)
        found = {f"result {k}": self.numpy(part) for k, part in enumerate(parts)}
        if operation in RECORDED:
            for name, module in self.modules.items():
                for weight, parameter in module.named_parameters():
                    if parameter.grad is not None:
                        found[f"gradient of {name}.{weight}"] = self.numpy(parameter.grad)
        return found

    @staticmethod
    def numpy(value: Any) -> np.ndarray:
        """A copy of an array of the library's, or of NumPy's."""
        return np.array(value if isinstance(value, np.ndarray) else value.detach().numpy())


class PyrnnOperations(Contestant):
    """pyrnn.nn and pyrnn.functional."""

    def __init__(self, data: Data) -> None:
        self.modules = {
            "linear": nn.Linear(H, H, rng=0),
            "lstm_cell": nn.LSTMCell(H, H, rng=0),
            "gru_cell": nn.GRUCell(H, H, rng=0),
            "lstm": nn.LSTM(H, H, rng=0),
            "embedding": nn.Embedding(V, H, rng=0),
            "joined": nn.Linear(2 * H, H, rng=0),
            "output": nn.Linear(H, V, rng=0),
        }
        for name, module in self.modules.items():
            module.load_state_dict(data.weights[name])
        self.x, self.y, self.c = Tensor(data.x), Tensor(data.y), Tensor(data.c)
        self.row, self.keys = self.x.expand_dims(1), Tensor(data.encoded).swapaxes(1, 2)
        self.scores, self.encoded = Tensor(data.scores), Tensor(data.encoded)
        self.inputs = [Tensor(step) for step in data.inputs]
        self.token = Tensor(np.array([1]))
        self.sequence = self.x.expand_dims(0)

    def add(self) -> Any:
        return self.x + self.y

    def concatenate(self) -> Any:
        return functional.concatenate((self.x, self.y), axis=1)

    def expand_dims(self) -> Any:
        return self.x.expand_dims(1)

    def matmul(self) -> Any:
        return self.row @ self.keys

    def softmax(self) -> Any:
        return functional.softmax(self.scores, axis=1)

    def linear(self) -> Any:
        return self.modules["linear"](self.x)

    def lstm_cell(self) -> Any:
        return self.modules["lstm_cell"](self.x, (self.y, self.c))

    def gru_cell(self) -> Any:
        return self.modules["gru_cell"](self.x, self.y)

    def lstm(self) -> Any:
        return self.modules["lstm"](self.sequence)[0]

    def decoder(self) -> Any:
        """e = E[token]     h, c = LSTM(e, (h, c))     a = softmax(K h)     s = a K
        o = tanh(W_o [h, s] + b_o)     token = argmax(W o + b)"""
        m = self.modules
        h, c = m["lstm_cell"](m["embedding"](self.token), (self.y, self.c))
        a = functional.softmax(h.expand_dims(1) @ self.keys)  # (1, 1, T)
        s = (a @ self.encoded).squeeze(1)  # (1, H)
        o = m["joined"](functional.concatenate((h, s), axis=1)).tanh()
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
