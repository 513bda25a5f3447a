"""Why LSTMs: how much of a gradient is left after 60 steps back through time.

python examples/gradient_flow.py       a second; draws gradient-flow.png if matplotlib is there
"""

from __future__ import annotations

import numpy as np

from pyrnn import Tensor, nn
from pyrnn.diagnostics import gradient_norms
from pyrnn.plots import MissingMatplotlibError, plot_gradient_flow

T, B, I, H = 61, 8, 16, 64
rng = np.random.default_rng(0)
x = rng.normal(size=(T, B, I)).astype(np.float32)


def loss(y: Tensor) -> Tensor:
    return (y * y).mean()


open_gates = nn.LSTM(I, H, rng=0)
bias = open_gates.bias_ih_l0.numpy().copy()
bias[H : 2 * H] = 5.0  # forget gate (blocks i f g o): sigmoid(5) = 0.993, so c hardly fades
open_gates.bias_ih_l0.assign(bias)

layers = {
    "tanh RNN, small uniform weights": nn.RNN(I, H, init="torch", rng=0),
    "tanh RNN, orthogonal weights": nn.RNN(I, H, rng=0),
    "GRU": nn.GRU(I, H, rng=0),
    "LSTM, forget bias 1": nn.LSTM(I, H, rng=0),
    "LSTM, forget bias 5": open_gates,
}
norms = {name: gradient_norms(layer, x, loss) for name, layer in layers.items()}
print(f"{'norm of the gradient, steps back':34} {'0':>9} {'20':>9} {'60':>9}")
for name, line in norms.items():
    print(f"{name:34} {line[0]:9.1e} {line[20]:9.1e} {line[60]:9.1e}")

try:
    plot_gradient_flow({name: line.tolist() for name, line in norms.items()}).figure.savefig(
        "gradient-flow.png"
    )
except MissingMatplotlibError as error:
    print(error)
