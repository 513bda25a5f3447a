"""Layers to stream, and what they say of a whole sequence."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from pyrnn import nn, no_grad

# Each cell and each setting that changes what a step computes, by name: make(I, H, L, dtype)
LAYERS: dict[str, Callable[..., Any]] = {
    "rnn_tanh": lambda *sizes, **kind: nn.RNN(*sizes, **kind),
    "rnn_relu": lambda *sizes, **kind: nn.RNN(*sizes, nonlinearity="relu", **kind),
    "rnn_sigmoid": lambda *sizes, **kind: nn.RNN(*sizes, nonlinearity="sigmoid", **kind),
    "gru": lambda *sizes, **kind: nn.GRU(*sizes, **kind),
    "gru_reset_before": lambda *sizes, **kind: nn.GRU(*sizes, reset_after=False, **kind),
    "lstm": lambda *sizes, **kind: nn.LSTM(*sizes, **kind),
    "lstm_without_bias": lambda *sizes, **kind: nn.LSTM(*sizes, bias=False, **kind),
    "lstm_peephole": lambda *sizes, **kind: nn.LSTM(*sizes, peephole=True, **kind),
    "lstm_coupled": lambda *sizes, **kind: nn.LSTM(*sizes, coupled=True, **kind),
    "lstm_coupled_peephole": lambda *sizes, **kind: nn.LSTM(
        *sizes, coupled=True, peephole=True, **kind
    ),
    "lstm_projected": lambda *sizes, **kind: nn.LSTM(*sizes, proj_size=3, **kind),
    "lstm_coupled_peephole_projected": lambda *sizes, **kind: nn.LSTM(
        *sizes, coupled=True, peephole=True, proj_size=3, **kind
    ),
    "rnn_zoneout": lambda *sizes, **kind: nn.RNN(*sizes, zoneout=0.2, **kind),
    "gru_zoneout": lambda *sizes, **kind: nn.GRU(*sizes, reset_after=False, zoneout=0.2, **kind),
    "lstm_zoneout": lambda *sizes, **kind: nn.LSTM(*sizes, zoneout=(0.1, 0.3), **kind),
    "lstm_projected_zoneout": lambda *sizes, **kind: nn.LSTM(
        *sizes, proj_size=3, zoneout=(0.2, 0.3), recurrent_dropout=0.5, **kind
    ),
    "gru_norm": lambda *sizes, **kind: nn.GRU(*sizes, layer_norm=True, **kind),
    "lstm_norm": lambda *sizes, **kind: nn.LSTM(*sizes, layer_norm=True, **kind),
    "lstm_norm_zoneout": lambda *sizes, **kind: nn.LSTM(
        *sizes, layer_norm=True, zoneout=(0.1, 0.3), **kind
    ),
}


def layer(
    name: str, inputs: int = 5, hidden: int = 21, layers: int = 2, dtype: str = "float32"
) -> Any:
    """A recurrent layer with weights of its own, biases and peepholes included."""
    made = LAYERS[name](inputs, hidden, layers, dtype=dtype, rng=0)
    draw = np.random.default_rng(1)
    for parameter in made.parameters():
        values = draw.uniform(-0.5, 0.5, parameter.shape)
        parameter.assign(values.astype(dtype))
    return made


def numbers(seed: int, *shape: int, dtype: str = "float32") -> np.ndarray:
    """Numbers of a sequence, or of several."""
    return np.random.default_rng(seed).standard_normal(shape).astype(dtype)


def whole(layers: list[Any], x: Any) -> tuple[np.ndarray, list[Any]]:
    """What layers say of a sequence (T, I) or (T,) in one call each, and the final states."""
    states = []
    with no_grad():
        for each in layers:
            each.eval()
            x = each(x)
            if isinstance(x, tuple):
                x, state = x
                states.append(state)
    return x.numpy(), states


def networks(dtype: str = "float32") -> dict[str, list[Any]]:
    """Lists of layers of every kind."""
    kind: Any = {"dtype": dtype}
    return {
        "tokens": [nn.Embedding(11, 6, rng=1, **kind), nn.LSTM(6, 20, 2, rng=2, **kind)],
        "tagger": [
            nn.Embedding(11, 6, rng=1, **kind),
            nn.Dropout(0.5),
            nn.GRU(6, 20, rng=2, **kind),
            nn.Linear(20, 70, rng=3, **kind),
        ],
        "lookup": [nn.Embedding(11, 6, rng=1, **kind)],
        "lookup, then linear": [
            nn.Embedding(11, 6, rng=1, **kind),
            nn.Linear(6, 9, bias=False, rng=3, **kind),
            nn.ReLU(),
            nn.RNN(9, 17, rng=2, **kind),
        ],
        "numbers": [
            nn.Linear(5, 30, rng=1, **kind),
            nn.Tanh(),
            nn.LSTM(30, 33, proj_size=8, rng=2, **kind),
            nn.GRU(8, 12, 2, reset_after=False, rng=3, **kind),
            nn.Sigmoid(),
            nn.Linear(12, 3, rng=4, **kind),
            nn.ReLU(),
        ],
        "no memory": [
            nn.Linear(5, 130, rng=1, **kind),
            nn.Tanh(),
            nn.Linear(130, 2, rng=2, **kind),
        ],
    }


def inputs_of(layers: list[Any], seed: int, *shape: int, dtype: str = "float32") -> np.ndarray:
    """What such layers read: ids (*shape), or numbers (*shape, 5)."""
    if isinstance(layers[0], nn.Embedding):
        return np.random.default_rng(seed).integers(0, 11, shape)
    return numbers(seed, *shape, 5, dtype=dtype)
