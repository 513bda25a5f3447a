"""The tagger of benchmarks/models in torch.nn and the pytorch-crf package.

As in pyrnn, the different words of a batch are read once, then looked up.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
import torchcrf

from benchmarks.baselines.torch.both_ways import both_ways
from benchmarks.baselines.torch.weights import embedding, filled, linear, under

FORBIDDEN = -1e4  # its exponential is 0; of minus infinity pytorch-crf has no gradient


class Characters(torch.nn.Module):
    """Filters over the characters of a word, and the largest activation of each."""

    def __init__(self, weights: Mapping[str, np.ndarray]) -> None:
        super().__init__()
        self.embedding = embedding("words.characters.embedding", weights, padding_idx=0)
        with torch.no_grad():
            self.embedding.weight[0] = 0  # of the padding: no character of the data has row 0
        own = under("words.characters.convolution", weights)
        filters, size, width = own["weight"].shape
        self.convolution = torch.nn.Conv1d(size, filters, width, padding=width // 2)
        filled(self.convolution, own)

    def forward(self, characters: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
        """int64 (C, U), lengths (U,) -> (U, F)."""
        a = self.convolution(self.embedding(characters.T).transpose(1, 2))  # (U, F, C)
        past = torch.arange(len(characters)) >= lengths[:, None]
        # added, and not filled in: adding broadcasts faster
        mask = torch.zeros(past.shape, dtype=a.dtype).masked_fill_(past, -torch.inf)
        y: torch.Tensor = (a + mask[:, None]).amax(dim=2)
        return y


class TaggerNetwork(torch.nn.Module):
    """Words and characters, an LSTM or GRU in both directions, a linear layer, a CRF."""

    def __init__(
        self, weights: Mapping[str, np.ndarray], model: Any, packed: bool | None = None
    ) -> None:
        super().__init__()
        self.words = embedding("words.embedding", weights)
        self.characters = Characters(weights)
        self.recurrent = both_ways("encoder.recurrent", weights, model.config.cell, packed)
        self.packed = self.recurrent.packed
        self.output = linear("output", weights)
        self.crf = crf(weights, model.tags.allowed())

    def loss(self, batch: Any) -> torch.Tensor:
        """-ln p of the labels, over the steps."""
        words, lengths = batch.words, torch.from_numpy(batch.lengths)
        f = self.characters(*map(torch.from_numpy, (words.characters, words.lengths)))
        table = torch.cat([self.words(torch.from_numpy(words.ids)), f], dim=-1)  # (U, E + F)
        z = self.recurrent.under(self.output, table, torch.from_numpy(batch.inputs), lengths)
        there = torch.arange(len(batch.inputs))[:, None] < lengths
        labels = torch.from_numpy(batch.targets).clamp(min=0)  # -100 past the lengths
        p: torch.Tensor = self.crf(z, labels, there, reduction="sum")
        return -p / int(batch.lengths.sum())


def crf(weights: Mapping[str, np.ndarray], allowed: Any) -> torchcrf.CRF:
    """pytorch-crf's layer. allowed: of transitions, starts and ends; None for all."""
    names = {"transitions": "transitions", "start": "start_transitions", "end": "end_transitions"}
    own = {names[name]: value for name, value in under("crf", weights).items()}
    layer = torchcrf.CRF(len(own["start_transitions"]))
    if allowed is not None:
        for name, may in zip(names.values(), allowed, strict=True):
            own[name] = own[name].masked_fill(~torch.from_numpy(np.asarray(may)), FORBIDDEN)
    filled(layer, own)
    return layer
