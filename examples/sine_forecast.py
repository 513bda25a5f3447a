"""A training loop of one's own: a GRU learns to continue noisy sine waves.

python examples/sine_forecast.py       a few seconds
"""

from __future__ import annotations

from typing import Any

import numpy as np

import pyrnn
from pyrnn import functional, nn, optim

T, B = 40, 32  # steps of a wave, waves in a batch


class Forecaster(nn.Module):
    """The next value of a series, at each step."""

    def __init__(self, hidden_size: int, rng: np.random.Generator) -> None:
        self.gru = nn.GRU(1, hidden_size, rng=rng)
        self.output = nn.Linear(hidden_size, 1, rng=rng)

    def forward(self, x: Any) -> pyrnn.Tensor:
        """x (T, B, 1) -> prediction of x one step later (T, B, 1)."""
        y, _ = self.gru(x)  # (T, B, H)
        prediction: pyrnn.Tensor = self.output(y)
        return prediction


def waves(rng: np.random.Generator) -> np.ndarray:
    """float32 (T + 1, B, 1): sines of random period and phase, with a little noise."""
    period, phase = rng.uniform(10, 25, B), rng.uniform(0, 2 * np.pi, B)
    clean = np.sin(2 * np.pi * np.arange(T + 1)[:, None] / period + phase)
    return (clean + rng.normal(scale=0.05, size=clean.shape))[..., None].astype(np.float32)


rng = np.random.default_rng(0)
model = Forecaster(24, rng)
adam = optim.Adam(model.parameters(), lr=5e-3)
for step in range(201):
    series = waves(rng)
    loss = functional.mse_loss(model(series[:-1]), series[1:], reduction="mean")
    adam.zero_grad()
    loss.backward()
    optim.clip_grad_norm(model.parameters(), 1.0)
    adam.step()
    if step % 50 == 0:
        print(f"step {step:3}  mean squared error {loss.item():.4f}")

series = waves(rng)
with pyrnn.no_grad():
    error = np.square(model(series[:-1]).numpy() - series[1:])[10:].mean()
same = np.square(series[1:] - series[:-1])[10:].mean()
print(f"after 10 steps of a new wave: {error:.4f}; repeating the last value: {same:.4f}")
