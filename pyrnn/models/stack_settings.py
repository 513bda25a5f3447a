"""What the settings of models with a recurrent stack share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from pyrnn import nn
from pyrnn.kernels.preconditions import check_recompute
from pyrnn.kernels.stack import FLOATS, gates, has_cell_state
from pyrnn.nn.initializers import RECURRENT
from pyrnn.settings import Settings, choice, number, one_or_two, switch, switch_or_whole, whole

DTYPES = tuple(dtype.name for dtype in FLOATS)
NETWORK = "Network"  # the heading
ALIASES = {"rnn": "rnn_tanh"}  # of cells

LAYERS: dict[str, Callable[..., Any]] = {
    "rnn_tanh": partial(nn.RNN, nonlinearity="tanh"),
    "rnn_relu": partial(nn.RNN, nonlinearity="relu"),
    "rnn_sigmoid": partial(nn.RNN, nonlinearity="sigmoid"),
    "lstm": nn.LSTM,
    "lstm_peephole": partial(nn.LSTM, peephole=True),
    "lstm_coupled": partial(nn.LSTM, coupled=True),
    "lstm_coupled_peephole": partial(nn.LSTM, peephole=True, coupled=True),
    "gru": partial(nn.GRU, reset_after=True),
    "gru_reset_before": partial(nn.GRU, reset_after=False),
}
NORMALIZED = ("lstm", "gru")  # the cells that have a form with layer norm


def dropout_layer(p: float, rng: np.random.Generator) -> nn.Dropout | None:
    """None for p = 0: without a layer there, a stack reads ids and table, and may fuse them."""
    return nn.Dropout(p, rng=rng) if p else None


@dataclass(frozen=True)
class StackSettings(Settings):
    """The settings of an embedding and the recurrent stack above it.

    Raises ValueError for a setting outside its range or one that does not go with another, naming
    it.
    """

    cell: str = choice("lstm", LAYERS, "The recurrent cell.", aliases=ALIASES, section=NETWORK)
    hidden_size: int = whole(
        256, "Hidden units per layer.", least=1, short="hidden", section=NETWORK
    )
    num_layers: int = whole(
        1, "Number of recurrent layers.", least=1, short="layers", section=NETWORK
    )
    embedding_size: int | None = whole(
        None,
        "Width of the embedding; hidden_size if not given.",
        least=1,
        short="embedding",
        section=NETWORK,
    )
    dropout_input: float = number(
        0.0, "Dropout rate on the embeddings.", least=0, below=1, section=NETWORK
    )
    dropout_between: float = number(
        0.0,
        "Dropout rate between recurrent layers.",
        note="It needs more than one layer.",
        least=0,
        below=1,
        section=NETWORK,
    )
    dropout_output: float = number(
        0.0,
        "Dropout rate before the output layer.",
        least=0,
        below=1,
        short="dropout",
        section=NETWORK,
    )
    layer_norm: bool = switch(
        False,
        "Normalise the sums in the recurrent layers; for lstm and gru.",
        note="Ba et al. 2016.",
        section=NETWORK,
    )
    zoneout: float | tuple[float, float] = one_or_two(
        0.0,
        "Rate at which units keep their state of the step before; of h, or of h and c.",
        note="Krueger et al. 2017. Two numbers are for an LSTM alone.",
        least=0,
        below=1,
        section=NETWORK,
    )
    recurrent_dropout: float = number(
        0.0,
        "Dropout rate on the state in its recurrent product, the same at all steps.",
        note="Gal and Ghahramani 2016.",
        least=0,
        below=1,
        section=NETWORK,
    )
    weight_drop: float = number(
        0.0,
        "Dropout rate on the recurrent weights.",
        note="Merity et al. 2018.",
        least=0,
        below=1,
        section=NETWORK,
    )
    recompute: bool | int = switch_or_whole(
        False,
        "Keep the states of some steps alone in training: less memory, more time.",
        note="True for about sqrt(T) of T steps, N for every Nth. It changes no result.",
        least=1,
        section=NETWORK,
    )
    init: str = choice(
        "orthogonal",
        RECURRENT,
        "How the recurrent weights are initialised.",
        note="identity is for cells without gates.",
        section=NETWORK,
    )
    dtype: str = choice("float32", DTYPES, "Floating-point type of all numbers.", section=NETWORK)
    seed: int = whole(0, "Random seed for weights, dropout and the order of examples.")

    def check(self) -> None:
        """Whether the settings go together. Raises ValueError."""
        if self.dropout_between and self.num_layers == 1:
            raise ValueError(
                "dropout_between: expected 0 with one layer, since there is nothing between; "
                f"got {self.dropout_between}"
            )
        if self.layer_norm and self.cell not in NORMALIZED:
            raise ValueError(
                f"layer_norm: expected False with cell={self.cell!r}, since it is for "
                f"cell={' or '.join(map(repr, NORMALIZED))}; got True"
            )
        if isinstance(self.zoneout, tuple) and not has_cell_state(self.cell):
            raise ValueError(
                f"zoneout: expected one number with cell={self.cell!r}, which has no c; "
                f"got {self.zoneout}"
            )
        check_recompute(self.recompute)
        if self.init == "identity" and gates(self.cell) > 1:
            raise ValueError(
                f"init: expected another one with cell={self.cell!r}, since identity is for cells "
                f"without gates; got {self.init!r}"
            )

    @property
    def embedding(self) -> int:
        """E: `embedding_size`, or `hidden_size` where that is None."""
        return self.hidden_size if self.embedding_size is None else self.embedding_size

    def recurrent(self, width: int, rng: np.random.Generator, **more: Any) -> nn.Recurrent:
        """The recurrent layers, which read vectors of a width. more: arguments of the layer."""
        if self.layer_norm:
            more["layer_norm"] = True
        layer: nn.Recurrent = LAYERS[self.cell](
            width,
            self.hidden_size,
            self.num_layers,
            dropout=self.dropout_between,
            zoneout=self.zoneout,
            recurrent_dropout=self.recurrent_dropout,
            weight_drop=self.weight_drop,
            recompute=self.recompute,
            init=self.init,
            dtype=self.dtype,
            rng=rng,
            **more,
        )
        return layer
