"""The translator of benchmarks/models in torch.nn: keys once a sentence, a loop over the decoder's
steps, the output layer on the valid steps of all of them at once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch

from benchmarks.baselines.torch.both_ways import both_ways
from benchmarks.baselines.torch.weights import embedding, filled, linear, under

CELLS = {"lstm": torch.nn.LSTMCell, "gru": torch.nn.GRUCell}
DECODER = "decoder.attending"


class AttentionLoop(torch.nn.Module):
    """Bahdanau's attention and a cell, step by step."""

    def __init__(self, weights: Mapping[str, np.ndarray], cell: str) -> None:
        super().__init__()
        attention = f"{DECODER}.attention"
        self.query = linear(f"{attention}.query_projection", weights)
        self.key = linear(f"{attention}.key_projection", weights)
        self.v = torch.nn.Parameter(torch.tensor(weights[f"{attention}.weight"]))
        own = {
            name.removesuffix("_l0"): w
            for name, w in under(DECODER, weights).items()
            if name.endswith("_l0")
        }
        hidden, width = own["weight_hh"].shape[1], own["weight_ih"].shape[1]
        self.cell = CELLS[cell](width, hidden)
        filled(self.cell, own)

    def forward(
        self, x: torch.Tensor, memory: torch.Tensor, past: torch.Tensor, h: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """x (U, B, X), memory (B, S, E), past (B, S): what lies behind the sources, h (B, H) ->
        the states (U, B, H) and the contexts (U, B, E)."""
        keys = self.key(memory)
        states, contexts = [], []
        state: Any = h if isinstance(self.cell, torch.nn.GRUCell) else (h, torch.zeros_like(h))
        for each in x.unbind(0):
            scores = torch.tanh(self.query(h)[:, None] + keys) @ self.v  # (B, S)
            a = torch.softmax(scores.masked_fill(past, -torch.inf), dim=1)
            context = torch.bmm(a[:, None], memory)[:, 0]
            state = self.cell(torch.cat([each, context], dim=1), state)
            h = state[0] if isinstance(state, tuple) else state
            states.append(h)
            contexts.append(context)
        return torch.stack(states), torch.stack(contexts)


class TranslatorNetwork(torch.nn.Module):
    """Encoder in both directions, decoder with attention, readout and output layer."""

    def __init__(
        self, weights: Mapping[str, np.ndarray], model: Any, packed: bool | None = None
    ) -> None:
        super().__init__()
        cell = model.config.cell
        self.sources = embedding("encoder.embedding", weights)
        self.recurrent = both_ways("encoder.recurrent", weights, cell, packed)
        self.packed = self.recurrent.packed
        self.targets = embedding("decoder.embedding", weights)
        self.start = linear("decoder.start", weights)
        self.loop = AttentionLoop(weights, cell)
        self.readout = linear("decoder.readout", weights)
        self.output = linear("decoder.output", weights)
        self.start_id = model.network.start_id

    def loss(self, batch: Any) -> torch.Tensor:
        """The mean of -ln p of the target tokens, the ends counted."""
        lengths, target_lengths = map(torch.from_numpy, (batch.lengths, batch.target_lengths))
        targets, sources = map(torch.from_numpy, (batch.targets, batch.inputs))
        memory, ends = self.recurrent(self.sources.weight, sources, lengths)
        past = torch.arange(len(sources)) >= lengths[:, None]
        fed = torch.cat([torch.full_like(targets[:1], self.start_id), targets[:-1]])
        x = self.targets(fed)
        memory = memory.transpose(0, 1).contiguous()
        h, context = self.loop(x, memory, past, torch.tanh(self.start(ends)))
        there = torch.arange(len(targets))[:, None] < target_lengths
        r = torch.tanh(self.readout(torch.cat([h, context, x], dim=2)[there]))
        return torch.nn.functional.cross_entropy(self.output(r), targets[there])
