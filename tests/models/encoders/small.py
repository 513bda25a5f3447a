"""Small networks with each encoder, on ids and on frames, and a ragged batch for them."""

from __future__ import annotations

from typing import Any

import numpy as np

from pyrnn.data import pad
from pyrnn.models import ClassifierConfig
from pyrnn.models.encoders import Reads
from pyrnn.models.sequence.network import SequenceNetwork

V, I, S, K, H = 9, 3, 2, 3, 4
LENGTHS = (5, 0, 2, 5, 1)  # longer than the window, and shorter than a filter
DRAW = np.random.default_rng(0)
IDS = [DRAW.integers(2, V, n) for n in LENGTHS]
FRAMES = [DRAW.normal(size=(n, I)) for n in LENGTHS]
STATIC = DRAW.normal(size=(len(LENGTHS), S))
TARGETS = np.array([0, 2, 1, 1, 2])

TOKENS, NUMBERS = Reads(tokens=V), Reads(features=I)
DATA = {TOKENS: IDS, NUMBERS: FRAMES}
PLAIN: dict[str, dict[str, Any]] = {
    "recurrent": {"hidden_size": H, "dropout_output": 0.0},
    "conv": {"widths": (2, 3, 7), "filters": 4, "dropout_output": 0.0},
    "window": {"window": 4, "hidden_size": H, "dropout_output": 0.0},
    "bag": {},
}


def network(reads: Reads, encoder: str = "recurrent", static: int = 0, **settings: Any) -> Any:
    """In float64, with weights away from 0, where a bag begins and biases stand."""
    plain = {"dtype": "float64", "encoder": encoder, **PLAIN[encoder]}
    if reads.tokens and encoder in ("recurrent", "conv"):
        plain["embedding_size"] = 3
    config = ClassifierConfig(**{**plain, **settings})
    net = SequenceNetwork(config, reads._replace(static=static), K, np.random.default_rng(1))
    draw = np.random.default_rng(2)
    for parameter in net.parameters():
        parameter.assign(draw.normal(size=parameter.shape) * 0.5)
    net.eval()
    return net


def batch(net: Any, sequences: Any) -> tuple[np.ndarray, np.ndarray]:
    """What the encoder reads, (T, B, ...), and the lengths of it, (B,)."""
    return pad([net.encoder.prepare(sequence) for sequence in sequences])


def weights(net: Any) -> dict[str, np.ndarray]:
    return {name: parameter.numpy() for name, parameter in net.named_parameters()}
