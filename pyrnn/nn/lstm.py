"""Long short-term memory, over sequences and for a single step."""

from __future__ import annotations

from typing import Any

from pyrnn.kernels import arrays as xp
from pyrnn.kernels.stack import Stack
from pyrnn.nn import checks
from pyrnn.nn.cell import RecurrentCell
from pyrnn.nn.initializers import Rng
from pyrnn.nn.recurrent_layer import Recurrent


class LSTM(Recurrent):
    """Long short-term memory. See `Recurrent` for what it shares.

    Hochreiter and Schmidhuber 1997, with the forget gate of Gers et al. 2000. The blocks of the
    weights' rows stand in the order i f g o::

        i f o = sigmoid(W x + b_ih + R h + b_hh)         g = tanh(likewise)
        c' = f c + i g
        h' = o tanh(c')

    The state is a pair (h, c), of which either may be None for zeros: ``y, (h, c) = lstm(x)``.
    With ``return_cells=True`` the call also returns c of the last layer at every step, shaped as y:
    ``y, (h, c), cells = lstm(x, return_cells=True)``. ``proj_size`` is there for PyTorch's
    signature: projections are not supported, and any value but 0 is refused.

    >>> import numpy
    >>> from pyrnn import nn
    >>> lstm = nn.LSTM(3, 5, num_layers=2, bidirectional=True, batch_first=True, rng=0)
    >>> y, (h, c) = lstm(numpy.zeros((2, 7, 3), "float32"), lengths=[7, 4])
    >>> y.shape, h.shape, c.shape
    ((2, 7, 10), (4, 2, 5), (4, 2, 5))
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
        proj_size: int = 0,
        *,
        dtype: Any = xp.float32,
        rng: Rng = None,
        init: str = "orthogonal",
    ) -> None:
        if proj_size != 0:
            raise ValueError(
                f"proj_size: expected 0, since projected LSTMs are not implemented; "
                f"got {proj_size!r:.80}"
            )
        stack = Stack(
            "lstm",
            input_size,
            hidden_size,
            num_layers,
            checks.switch("bidirectional", bidirectional),
            checks.switch("bias", bias),
            checks.probability("dropout", dropout),
        )
        super().__init__(stack, batch_first=batch_first, dtype=dtype, rng=rng, init=init)


class LSTMCell(RecurrentCell):
    """One step of an `LSTM` of one layer: ``h, c = cell(x, (h, c))``. See `RecurrentCell`."""

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        bias: bool = True,
        *,
        dtype: Any = xp.float32,
        rng: Rng = None,
        init: str = "orthogonal",
    ) -> None:
        stack = Stack("lstm", input_size, hidden_size, bias=checks.switch("bias", bias))
        super().__init__(stack, dtype=dtype, rng=rng, init=init)
