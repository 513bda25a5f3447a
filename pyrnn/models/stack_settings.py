"""What the settings of models with a recurrent stack share."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from pyrnn import nn
from pyrnn.kernels.stack import FLOATS, gates

DTYPES = tuple(dtype.name for dtype in FLOATS)
NETWORK = "Network"  # the heading
ALIASES = {"rnn": "rnn_tanh"}  # of cells

LAYERS: dict[str, Callable[..., Any]] = {
    "rnn_tanh": partial(nn.RNN, nonlinearity="tanh"),
    "rnn_relu": partial(nn.RNN, nonlinearity="relu"),
    "rnn_sigmoid": partial(nn.RNN, nonlinearity="sigmoid"),
    "lstm": nn.LSTM,
    "gru": partial(nn.GRU, reset_after=True),
    "gru_reset_before": partial(nn.GRU, reset_after=False),
}


def check_stack(config: Any) -> None:
    """Whether num_layers, dropout_between, init and cell go together. Raises ValueError."""
    if config.dropout_between and config.num_layers == 1:
        raise ValueError(
            "dropout_between: expected 0 with one layer, since there is nothing between; "
            f"got {config.dropout_between}"
        )
    if config.init == "identity" and gates(config.cell) > 1:
        raise ValueError(
            f"init: expected another one with cell={config.cell!r}, since identity is for cells "
            f"without gates; got {config.init!r}"
        )
