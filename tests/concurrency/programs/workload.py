"""The work that these programs do in many places at once, and the frame of a program."""

from __future__ import annotations

import faulthandler
import hashlib
import sys
from collections.abc import Mapping
from typing import Any

import numpy as np

import pyrnn
from pyrnn import functional, nn, optim

# Seconds after which a program is taken to hang. It then says where every thread stands, and ends.
PATIENCE = 200
VOCABULARY = 30


class Network(nn.Module):
    """Tokens to scores of the next token, large enough that a pass is worth a team of threads. Its
    weights are not orthogonal: for these NumPy calls OpenBLAS, which does not survive a fork while
    another thread is in it."""

    def __init__(self, seed: int, hidden: int = 96) -> None:
        rng = np.random.default_rng(seed)
        self.embedding = nn.Embedding(VOCABULARY, 48, rng=rng)
        self.lstm = nn.LSTM(48, hidden, num_layers=2, dropout=0.2, rng=rng, init="torch")
        self.linear = nn.Linear(hidden, VOCABULARY, rng=rng)

    def forward(self, ids: np.ndarray) -> pyrnn.Tensor:
        y, _ = self.lstm(self.embedding(ids))
        return self.linear(y)


def ids_of(seed: int, steps: int = 24, batch: int = 12) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, VOCABULARY, (steps + 1, batch))


def train(seed: int, steps: int = 2) -> str:
    """Trains a network of one's own; the digest of its losses and of its weights at the end."""
    network = Network(seed)
    adam = optim.Adam(network.parameters(), lr=1e-2)
    digest = hashlib.sha256()
    for step in range(steps):
        ids = ids_of(1000 * seed + step)
        loss = functional.cross_entropy(network(ids[:-1]), ids[1:], reduction="mean")
        loss.backward()
        adam.step()
        adam.zero_grad()
        digest.update(loss.numpy().tobytes())
    for parameter in network.parameters():
        digest.update(parameter.numpy().tobytes())
    return digest.hexdigest()


def infer(network: Network, seed: int) -> bytes:
    """A network's scores for the tokens of a seed."""
    with pyrnn.no_grad():
        return network(ids_of(seed)).numpy().tobytes()


def warm_up() -> None:
    """Leaves a team behind: its workers exist, and some may still be spinning."""
    pyrnn.set_num_threads(3)
    train(99, steps=1)


def main(names: Mapping[str, Any]) -> None:
    """Runs the scenario, a function among these names, that the command line asks for."""
    faulthandler.enable()
    faulthandler.dump_traceback_later(PATIENCE, exit=True)
    names[sys.argv[1]]()
    faulthandler.cancel_dump_traceback_later()
    sys.stdout.write("done\n")
