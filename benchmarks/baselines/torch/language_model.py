"""The language model of benchmarks/models in torch.nn, at its fastest settings on a CPU."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from benchmarks.models.language_training import Settings, endless

LAYERS = {"lstm": torch.nn.LSTM, "gru": torch.nn.GRU}
OPTIMIZERS = {"adam": torch.optim.Adam, "sgd": torch.optim.SGD}


class LanguageNetwork(torch.nn.Module):
    """Embedding, recurrent layers, linear; attributes are named as pyrnn's, so are the weights."""

    def __init__(self, settings: Settings) -> None:
        super().__init__()
        self.embedding = torch.nn.Embedding(settings.vocabulary, settings.embedding)
        kind = LAYERS[settings.cell]
        self.recurrent = kind(settings.embedding, settings.hidden, settings.layers)
        self.output = torch.nn.Linear(settings.hidden, settings.vocabulary)

    def forward(self, ids: torch.Tensor, state: Any) -> tuple[torch.Tensor, Any]:
        y, state = self.recurrent(self.embedding(ids), state)
        return self.output(y), state


class TorchTraining:
    """The same training step; its initial weights are those that both begin with."""

    def __init__(self, ids: np.ndarray, settings: Settings, threads: int) -> None:
        torch.set_num_threads(threads)
        torch.manual_seed(0)
        self.network = LanguageNetwork(settings)
        if settings.bound is not None:
            for parameter in self.network.parameters():
                torch.nn.init.uniform_(parameter, -settings.bound, settings.bound)
        # fused: one pass over the weights in C++ in place of a loop of small operations
        self.optimizer: Any = OPTIMIZERS[settings.optimizer](
            self.network.parameters(), lr=settings.learning_rate, fused=True
        )
        self.clip = settings.clip
        self.batches = endless(ids, settings)
        self.state: Any = None

    def weights(self) -> dict[str, np.ndarray]:
        """A copy of the present weights under PyTorch's names."""
        state = self.network.state_dict()
        return {name: value.numpy().copy() for name, value in state.items()}

    def step(self) -> float:
        """One update; the loss before it."""
        batch, first = next(self.batches)
        ids, targets = torch.from_numpy(batch.inputs), torch.from_numpy(batch.targets)
        logits, state = self.network(ids, None if first else self.state)
        loss = torch.nn.functional.cross_entropy(logits.flatten(0, 1), targets.flatten())
        self.optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), self.clip)
        self.optimizer.step()
        both = isinstance(state, tuple)
        self.state = tuple(tensor.detach() for tensor in state) if both else state.detach()
        return float(loss.item())
