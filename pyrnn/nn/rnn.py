"""The Elman network, over sequences and for a single step."""

from __future__ import annotations

from typing import Any, Unpack

from pyrnn.kernels import arrays as xp
from pyrnn.kernels.stack import CELLS, Stack
from pyrnn.nn import checks
from pyrnn.nn.cell import RecurrentCell
from pyrnn.nn.initializers import Rng
from pyrnn.nn.recurrent_layer import Recurrent, Variants


def cell_name(nonlinearity: str) -> str:
    """The kernels' name of the cell with this nonlinearity."""
    known = [cell.removeprefix("rnn_") for cell in CELLS if cell.startswith("rnn_")]
    if nonlinearity not in known:
        raise ValueError(
            f"nonlinearity: expected one of {', '.join(known)}; got {nonlinearity!r:.80}"
        )
    return f"rnn_{nonlinearity}"


class RNN(Recurrent):
    """The Elman network: h' = s(W x + b_ih + R h + b_hh). See `Recurrent` for what it shares.

    Elman 1990. ``nonlinearity``, the s: "tanh", "relu" or "sigmoid".

    >>> import numpy
    >>> from pyrnn import nn
    >>> rnn = nn.RNN(3, 5, rng=0)
    >>> y, h = rnn(numpy.zeros((7, 2, 3), "float32"))
    >>> y.shape, h.shape
    ((7, 2, 5), (1, 2, 5))
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        nonlinearity: str = "tanh",
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        *,
        dtype: Any = xp.float32,
        rng: Rng = None,
        init: str = "orthogonal",
        **variants: Unpack[Variants],
    ) -> None:
        super().__init__(
            cell_name(nonlinearity),
            input_size,
            hidden_size,
            num_layers,
            bias,
            batch_first,
            dropout,
            bidirectional,
            dtype=dtype,
            rng=rng,
            init=init,
            **variants,
        )
        self.nonlinearity = nonlinearity

    def extra_repr(self) -> str:
        if self.nonlinearity == "tanh":
            return super().extra_repr()
        return f"{super().extra_repr()}, nonlinearity={self.nonlinearity!r}"


class RNNCell(RecurrentCell):
    """One step of an `RNN` of one layer: ``h = cell(x, h)``. See `RecurrentCell`."""

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        bias: bool = True,
        nonlinearity: str = "tanh",
        *,
        dtype: Any = xp.float32,
        rng: Rng = None,
        init: str = "orthogonal",
        **foreign: Any,
    ) -> None:
        stack = Stack(
            cell_name(nonlinearity), input_size, hidden_size, bias=checks.switch("bias", bias)
        )
        super().__init__(stack, dtype=dtype, rng=rng, init=init, **foreign)
        self.nonlinearity = nonlinearity

    def extra_repr(self) -> str:
        if self.nonlinearity == "tanh":
            return super().extra_repr()
        return f"{super().extra_repr()}, nonlinearity={self.nonlinearity!r}"
