"""Long short-term memory, over sequences and for a single step."""

from __future__ import annotations

from typing import Any, Unpack

from pyrnn.kernels import arrays as xp
from pyrnn.kernels.stack import Stack
from pyrnn.nn import checks
from pyrnn.nn.cell import RecurrentCell
from pyrnn.nn.initializers import Rng
from pyrnn.nn.recurrent_layer import Recurrent, Variants


def cell_name(peephole: bool, coupled: bool, layer_norm: bool = False) -> str:
    """The kernels' name of this form of the cell. ValueError for forms that do not go together."""
    words = ["lstm"]
    if checks.switch("layer_norm", layer_norm):
        for name, on in {"peephole": peephole, "coupled": coupled}.items():
            if on:
                raise ValueError(f"{name}: expected False beside layer_norm=True; got {on!r:.80}")
        words += ["norm"]
    words += ["coupled"] * checks.switch("coupled", coupled)
    words += ["peephole"] * checks.switch("peephole", peephole)
    return "_".join(words)


class _Form:
    """Which form of the cell a layer has: for good, as its weights are made for it."""

    stack: Stack

    @property
    def peephole(self) -> bool:
        """Whether the gates see the cell state."""
        return "peephole" in self.stack.cell

    @property
    def coupled(self) -> bool:
        """Whether f = 1 - i."""
        return "coupled" in self.stack.cell

    @property
    def layer_norm(self) -> bool:
        """Whether the gates' sums and the cell state are normalised."""
        return "norm" in self.stack.cell

    def _form(self) -> str:
        """What a repr says beside the settings that all layers have."""
        names = ("peephole", "coupled", "layer_norm")
        return "".join(f", {name}=True" for name in names if getattr(self, name))


class LSTM(_Form, Recurrent):
    """Long short-term memory. See `Recurrent` for what it shares.

    Hochreiter and Schmidhuber 1997, with the forget gate of Gers et al. 2000. The blocks of the
    weights' rows stand in the order i f g o::

        i f o = sigmoid(W x + b_ih + R h + b_hh)         g = tanh(likewise)
        c' = f c + i g
        h' = o tanh(c')

    The state is a pair (h, c), of which either may be None for zeros: ``y, (h, c) = lstm(x)``.
    With ``return_cells=True`` the call also returns c of the last layer at every step, (T, B, D H):
    ``y, (h, c), cells = lstm(x, return_cells=True)``.

    Args, beside those of `Recurrent`; the first three go with each other:
        proj_size: P, from 1 to below hidden_size: the output is W_hr (o tanh(c')), P numbers, with
            W_hr in weight_hr_lk (P, H). States h are (L D, B, P), states c (L D, B, H), and R is
            (G H, P). 0 for none. Sak, Senior and Beaufays 2014; as in PyTorch.
        peephole: the gates see the cell state, i and f the old one (+ p_i c, + p_f c in their
            sums), o the new one (+ p_o c'). weight_peephole_lk (3 H,) holds p_i p_f p_o, or with
            coupled gates (2 H,) p_i p_o. Gers and Schmidhuber 2000.
        coupled: f = 1 - i. The blocks of the weights then are i g o, and there is no forget bias.
            Greff et al. 2017 (arXiv 1503.04069).
        layer_norm: the sums of W x and of R h, each over all gates of a step, and c' in h' = o
            tanh(c') are normalised to mean 0 and variance 1 (with 1e-5 added to the variance), then
            scaled by weight_norm_ih_lk, weight_norm_hh_lk (4 H,) and weight_norm_c_lk (H,), and c'
            shifted by bias_norm_c_lk (H,). The biases are added after the norms. Ba, Kiros and
            Hinton 2016 (arXiv 1607.06450). It goes with none of the three.

    >>> import numpy
    >>> from pyrnn import nn
    >>> lstm = nn.LSTM(3, 5, num_layers=2, bidirectional=True, batch_first=True, rng=0)
    >>> y, (h, c) = lstm(numpy.zeros((2, 7, 3), "float32"), lengths=[7, 4])
    >>> y.shape, h.shape, c.shape
    ((2, 7, 10), (4, 2, 5), (4, 2, 5))
    >>> nn.LSTM(3, 5, proj_size=2, peephole=True, rng=0).weight_hr_l0.shape
    (2, 5)
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
        peephole: bool = False,
        coupled: bool = False,
        layer_norm: bool = False,
        dtype: Any = xp.float32,
        rng: Rng = None,
        init: str = "orthogonal",
        **variants: Unpack[Variants],
    ) -> None:
        if layer_norm and proj_size:
            raise ValueError(f"proj_size: expected 0 beside layer_norm=True; got {proj_size!r:.80}")
        super().__init__(
            cell_name(peephole, coupled, layer_norm),
            input_size,
            hidden_size,
            num_layers,
            bias,
            batch_first,
            dropout,
            bidirectional,
            proj_size,
            dtype=dtype,
            rng=rng,
            init=init,
            **variants,
        )

    @property
    def proj_size(self) -> int:
        """The width of a projected output; 0 where there is no projection."""
        return self.stack.proj_size

    def extra_repr(self) -> str:
        projection = f", proj_size={self.proj_size}" if self.proj_size else ""
        return super().extra_repr() + projection + self._form()


class LSTMCell(_Form, RecurrentCell):
    """One step of an `LSTM` of one layer: ``h, c = cell(x, (h, c))``. See `RecurrentCell`.

    peephole, coupled: see `LSTM`; weight_peephole is (3 H,), or (2 H,) with coupled gates. There is
    no proj_size, zoneout or layer_norm: an ``nn.LSTM`` with them, called on one step, computes it.
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        bias: bool = True,
        *,
        peephole: bool = False,
        coupled: bool = False,
        dtype: Any = xp.float32,
        rng: Rng = None,
        init: str = "orthogonal",
        **foreign: Any,
    ) -> None:
        name = cell_name(peephole, coupled)
        stack = Stack(name, input_size, hidden_size, bias=checks.switch("bias", bias))
        super().__init__(stack, dtype=dtype, rng=rng, init=init, **foreign)

    def extra_repr(self) -> str:
        return super().extra_repr() + self._form()
