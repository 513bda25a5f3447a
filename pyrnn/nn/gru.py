"""The gated recurrent unit, over sequences and for a single step."""

from __future__ import annotations

from typing import Any

from pyrnn.kernels import arrays as xp
from pyrnn.kernels.stack import Stack
from pyrnn.nn import checks
from pyrnn.nn.cell import RecurrentCell
from pyrnn.nn.initializers import Rng
from pyrnn.nn.recurrent_layer import Recurrent


def cell_name(reset_after: bool) -> str:
    """The kernels' name of this form of the cell."""
    return "gru" if checks.switch("reset_after", reset_after) else "gru_reset_before"


class GRU(Recurrent):
    """The gated recurrent unit. See `Recurrent` for what it shares.

    Cho et al. 2014 (arXiv 1406.1078). The blocks of the weights' rows stand in the order r z n::

        r z = sigmoid(W x + b_ih + R h + b_hh)
        n = tanh(W x + b_ih + r (R h + b_hh))            reset_after=True (default, as in PyTorch)
        n = tanh(W x + b_ih + R (r h) + b_hh)            reset_after=False
        h' = (1 - z) n + z h

    >>> import numpy
    >>> from pyrnn import nn
    >>> gru = nn.GRU(3, 5, rng=0)
    >>> y, h = gru(numpy.zeros((7, 2, 3), "float32"), lengths=[7, 0])
    >>> y.shape, h.shape
    ((7, 2, 5), (1, 2, 5))
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        *,
        reset_after: bool = True,
        dtype: Any = xp.float32,
        rng: Rng = None,
        init: str = "orthogonal",
    ) -> None:
        stack = Stack(
            cell_name(reset_after),
            input_size,
            hidden_size,
            num_layers,
            checks.switch("bidirectional", bidirectional),
            checks.switch("bias", bias),
            checks.probability("dropout", dropout),
        )
        super().__init__(stack, batch_first=batch_first, dtype=dtype, rng=rng, init=init)
        self.reset_after = bool(reset_after)

    def extra_repr(self) -> str:
        return super().extra_repr() + ("" if self.reset_after else ", reset_after=False")


class GRUCell(RecurrentCell):
    """One step of a `GRU` of one layer: ``h = cell(x, h)``. See `RecurrentCell`."""

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        bias: bool = True,
        *,
        reset_after: bool = True,
        dtype: Any = xp.float32,
        rng: Rng = None,
        init: str = "orthogonal",
    ) -> None:
        stack = Stack(
            cell_name(reset_after), input_size, hidden_size, bias=checks.switch("bias", bias)
        )
        super().__init__(stack, dtype=dtype, rng=rng, init=init)
        self.reset_after = bool(reset_after)

    def extra_repr(self) -> str:
        return super().extra_repr() + ("" if self.reset_after else ", reset_after=False")
