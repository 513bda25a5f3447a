"""Sequences of unequal length, without sorting or packing: are the brackets balanced?

python examples/ragged_batch.py       a few seconds
"""

from __future__ import annotations

from typing import Any

import numpy as np

import pyrnn
from pyrnn import functional, nn, optim

SYMBOLS = "()"
LONGEST = 24


class Judge(nn.Module):
    """Balanced or not, from the state after each sequence's last symbol."""

    def __init__(self, rng: np.random.Generator) -> None:
        self.embedding = nn.Embedding(len(SYMBOLS), 8, rng=rng)
        self.lstm = nn.LSTM(8, 32, rng=rng)
        self.output = nn.Linear(32, 2, rng=rng)

    def forward(self, ids: np.ndarray, lengths: np.ndarray) -> pyrnn.Tensor:
        """ids int64 (T, B), lengths (B,) -> logits (B, 2)."""
        _, (h, _) = self.lstm(self.embedding(ids), lengths=lengths)
        logits: pyrnn.Tensor = self.output(h[-1])  # h (L, B, H)
        return logits


def balanced(text: str) -> bool:
    depth = 0
    for symbol in text:
        depth += 1 if symbol == "(" else -1
        if depth < 0:
            return False
    return depth == 0


def bracket_string(rng: np.random.Generator) -> str:
    """A balanced string, or, as often, the symbols of one in random order."""
    symbols, depth = [], 0
    length = 2 * int(rng.integers(1, LONGEST // 2 + 1))
    for left in range(length, 0, -1):
        opens = depth == 0 or (depth < left and rng.random() < 0.5)
        symbols.append("(" if opens else ")")
        depth += 1 if opens else -1
    if rng.random() < 0.5:
        symbols = [symbols[i] for i in rng.permutation(length)]
    return "".join(symbols)


def batch(rng: np.random.Generator, size: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """ids int64 (T, B) filled up with anything, lengths (B,), labels (B,)."""
    texts = [bracket_string(rng) for _ in range(size)]
    ids = np.zeros((LONGEST, size), np.int64)
    for column, text in enumerate(texts):
        ids[: len(text), column] = [SYMBOLS.index(symbol) for symbol in text]
    return ids, np.array([len(text) for text in texts]), np.array([*map(balanced, texts)], np.int64)


def accuracy(model: Judge, data: tuple[Any, Any, Any]) -> float:
    ids, lengths, labels = data
    with pyrnn.no_grad():
        return float((model(ids, lengths).numpy().argmax(axis=1) == labels).mean())


rng = np.random.default_rng(0)
model, held_out = Judge(rng), batch(rng, 500)
adam = optim.Adam(model.parameters(), lr=1e-2)
for step in range(301):
    ids, lengths, labels = batch(rng, 32)
    loss = functional.cross_entropy(model(ids, lengths), labels, reduction="mean")
    adam.zero_grad()
    loss.backward()
    optim.clip_grad_norm(model.parameters(), 1.0)
    adam.step()
    if step % 100 == 0:
        print(f"step {step:3}  loss {loss.item():.3f}  accuracy {accuracy(model, held_out):.1%}")
