"""The operations, and the numbers that they work on: one sequence, float32."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

H = 64  # units, and the width of every row
V = 1000  # tokens
T = 20  # steps that attention reads
STEPS = 20  # of a loop over a cell

# A method of each contestant -> what it computes. All but the last two run with nothing recorded.
OPERATIONS = {
    "add": "x + y, (1, H) each",
    "concatenate": "x beside y, (1, 2 H)",
    "expand_dims": "x as (1, 1, H)",
    "matmul": "(1, 1, H) @ (1, H, T)",
    "softmax": "over T scores",
    "linear": "Linear(H, H) of (1, H)",
    "lstm_cell": "LSTMCell(H, H), one step",
    "gru_cell": "GRUCell(H, H), one step",
    "lstm": "LSTM(H, H) at T = 1",
    "decoder": "a greedy step of a decoder with attention",
    "cell_training": f"{STEPS} steps of LSTMCell and back",
    "truncated": f"Linear, LSTMCell and back, {STEPS} times, the state detached",
}
RECORDED = ("cell_training", "truncated")


@dataclass(frozen=True)
class Data:
    """The numbers."""

    x: np.ndarray  # (1, H)
    y: np.ndarray  # (1, H)
    c: np.ndarray  # (1, H)
    scores: np.ndarray  # (1, T)
    encoded: np.ndarray  # (1, T, H), what an encoder has left
    inputs: np.ndarray  # (STEPS, 1, H)
    weights: dict[str, dict[str, np.ndarray]]  # module -> PyTorch's state dict


def draw() -> Data:
    """The numbers, from a fixed seed; weights are uniform within 1 / sqrt(H), as PyTorch's."""
    rng = np.random.default_rng(0)

    def normal(*shape: int) -> np.ndarray:
        return rng.normal(size=shape).astype(np.float32)

    def uniform(*shape: int) -> np.ndarray:
        return rng.uniform(-(H**-0.5), H**-0.5, shape).astype(np.float32)

    def gates(count: int, suffix: str = "") -> dict[str, np.ndarray]:
        weights = {f"weight_{kind}{suffix}": uniform(count * H, H) for kind in ("ih", "hh")}
        return weights | {f"bias_{kind}{suffix}": uniform(count * H) for kind in ("ih", "hh")}

    return Data(
        x=normal(1, H),
        y=normal(1, H),
        c=normal(1, H),
        scores=normal(1, T),
        encoded=normal(1, T, H),
        inputs=normal(STEPS, 1, H),
        weights={
            "linear": {"weight": uniform(H, H), "bias": uniform(H)},
            "lstm_cell": gates(4),
            "gru_cell": gates(3),
            "lstm": gates(4, "_l0"),
            "embedding": {"weight": normal(V, H)},
            "joined": {"weight": uniform(H, 2 * H), "bias": uniform(H)},
            "output": {"weight": uniform(V, H), "bias": uniform(V)},
        },
    )
