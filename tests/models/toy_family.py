"""A family of the tests' own, as small as one can be: lists of numbers -> their sum.

sum = c (w . gru(x / c) + b)      loss = (sum / c - target / c)²      c: the largest |x|
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from pyrnn import nn
from pyrnn.kernels.scalars import real
from pyrnn.models.supervised import Supervised
from pyrnn.settings import Settings, string, whole
from pyrnn.training import Loss


class Sum(NamedTuple):
    value: float

    def to_json(self):
        return self._asdict()


@dataclass(frozen=True)
class SumsConfig(Settings):
    hidden_size: int = whole(4, "Hidden units.", least=1)
    num_layers: int = whole(2, "Layers.", least=1)


@dataclass(frozen=True)
class SumsColumns(Settings):
    numbers: str = string("numbers", "The column of numbers, blanks between them.")
    total: str = string("total", "The column of their sums.")


class SumsNetwork(nn.Module):
    def __init__(self, config, rng):
        kind = {"dtype": "float64", "rng": rng}
        self.gru = nn.GRU(1, config.hidden_size, config.num_layers, dropout=0.1, **kind)
        self.output = nn.Linear(config.hidden_size, 1, **kind)

    def forward(self, x, lengths):
        return self.output(self.gru(x, lengths=lengths)[1][-1])  # (T, B, 1) -> (B, 1)


class Sums(Supervised):
    family, title, reads = "sums", "adder", "numbers: their sum"
    inputs, targets = "numbers", "totals"
    Config, Columns = SumsConfig, SumsColumns

    def input_of(self, cell):
        return [float(number) for number in cell.split()]

    def target_of(self, cell):
        return float(cell)

    def check_input(self, value, name):
        for number in value if isinstance(value, list) else [None]:
            real(name, number, least=-1e6, most=1e6)

    def check_target(self, value, name):
        real(name, value, least=-1e9, most=1e9)

    def learn(self, train, held):
        self.scale = max((abs(x) for numbers in train.inputs for x in numbers), default=0.0) or 1.0

    def parts(self):
        return {"scale": self.scale}

    def take(self, parts):
        self.scale = real("scale", parts["scale"], above=0, most=1e6)

    def build(self, rng):
        return SumsNetwork(self.config, rng)

    def sequence(self, value):
        return np.array(value, float)[:, None] / self.scale  # (N, 1)

    def encoded(self, targets):
        return np.array(targets, float)[:, None] / self.scale  # (N, 1)

    def loss(self, batch, state=None):
        y = self.network(batch.inputs, batch.lengths)
        return Loss(((y - batch.targets) ** 2).sum(), batch.sequences, None, y)

    def decode(self, batch):
        y = self.network(batch.inputs, batch.lengths).numpy()
        return [Sum(float(value) * self.scale) for value in y[:, 0]]
