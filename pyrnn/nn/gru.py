"""The gated recurrent unit, over sequences and for a single step."""

from __future__ import annotations

from typing import Any, Unpack

from pyrnn.kernels import arrays as xp
from pyrnn.kernels.stack import Stack
from pyrnn.nn import checks
from pyrnn.nn.cell import RecurrentCell
from pyrnn.nn.initializers import Rng
from pyrnn.nn.recurrent_layer import Recurrent, Variants


def cell_name(reset_after: bool, layer_norm: bool = False) -> str:
    """The kernels' name of this form of the cell. ValueError for forms that do not go together."""
    if checks.switch("layer_norm", layer_norm):
        if not checks.switch("reset_after", reset_after):
            raise ValueError("reset_after: expected True beside layer_norm=True; got False")
        return "gru_norm"
    return "gru" if checks.switch("reset_after", reset_after) else "gru_reset_before"


class GRU(Recurrent):
    """The gated recurrent unit. See `Recurrent` for what it shares.

    Cho et al. 2014 (arXiv 1406.1078). The blocks of the weights' rows stand in the order r z n::

        r z = sigmoid(W x + b_ih + R h + b_hh)
        n = tanh(W x + b_ih + r (R h + b_hh))            reset_after=True (default, as in PyTorch)
        n = tanh(W x + b_ih + R (r h) + b_hh)            reset_after=False
        h' = (1 - z) n + z h

    Args, beside those of `Recurrent`:
        reset_after: whether r acts on the product, or on h before it.
        layer_norm: the sums of W x and of R h, each over r and z together and over n, are
            normalised to mean 0 and variance 1 (with 1e-5 added to the variance), then scaled by
            weight_norm_ih_lk and weight_norm_hh_lk (3 H,); the biases are added after that. Ba,
            Kiros and Hinton 2016 (arXiv 1607.06450). It needs reset_after=True.

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
        layer_norm: bool = False,
        dtype: Any = xp.float32,
        rng: Rng = None,
        init: str = "orthogonal",
        **variants: Unpack[Variants],
    ) -> None:
        super().__init__(
            cell_name(reset_after, layer_norm),
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
        self.reset_after = bool(reset_after)

    @property
    def layer_norm(self) -> bool:
        """Whether the gates' sums are normalised."""
        return "norm" in self.stack.cell

    def extra_repr(self) -> str:
        form = ("" if self.reset_after else ", reset_after=False") + (
            ", layer_norm=True" if self.layer_norm else ""
        )
        return super().extra_repr() + form


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
        **foreign: Any,
    ) -> None:
        stack = Stack(
            cell_name(reset_after), input_size, hidden_size, bias=checks.switch("bias", bias)
        )
        super().__init__(stack, dtype=dtype, rng=rng, init=init, **foreign)
        self.reset_after = bool(reset_after)

    def extra_repr(self) -> str:
        return super().extra_repr() + ("" if self.reset_after else ", reset_after=False")
