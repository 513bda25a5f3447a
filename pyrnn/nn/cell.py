"""What the recurrent cells RNNCell, LSTMCell and GRUCell share: one step, by the same kernels."""

from __future__ import annotations

from typing import Any

from pyrnn.autograd import Tensor
from pyrnn.autograd.operands import as_array
from pyrnn.functional.parts import are_parts
from pyrnn.functional.recurrent_step import recurrent_step
from pyrnn.kernels import arrays as xp
from pyrnn.kernels.stack import Stack
from pyrnn.nn import checks, initializers
from pyrnn.nn.foreign_names import CELL_CONSTRUCTORS, refuse_arguments
from pyrnn.nn.stacked import Stacked, States


class RecurrentCell(Stacked):
    """One step of one layer. Letters: B batch, I input, H hidden, G gates: RNN 1, GRU 3, LSTM 4,
    with coupled gates 3.

    Args:
        input_size, hidden_size: I and H.
        bias: whether there are bias_ih and bias_hh.
        dtype: float32 or float64.
        rng: `numpy.random.Generator` or integer seed for the initial values; None takes fresh
            entropy.
        init: "orthogonal" (default), "torch" or "identity": see `initializers.recurrent`.

    Parameters: weight_ih (G H, I), weight_hh (G H, H), bias_ih and bias_hh (G H,).

    Call: ``cell(x, state=None, mask=None)``, x (B, I) or (I,); the state, (B, H) or (H,), None for
    zeros, is returned as it is after the step: h, or for an LSTM the pair (h, c).
        mask: (B,) truth values, or one for a single row: a row where it is False keeps its state,
            through which the gradient passes, and its x counts nothing. In a loop over a ragged
            batch it is ``t < lengths``; a layer does that with ``lengths=``.

    For whole sequences use the layer: one call of it is much faster than a loop over a cell. Cells
    have no zoneout and no layer norm: a layer, called with T = 1, does a step with them.
    """

    def __init__(
        self, stack: Stack, *, dtype: Any, rng: initializers.Rng, init: str, **foreign: Any
    ) -> None:
        refuse_arguments(type(self).__name__, foreign, CELL_CONSTRUCTORS)
        super().__init__(stack, "_l0", dtype, initializers.generator(rng), init)

    def forward(self, x: Any, state: Any = None, mask: Any = None, **foreign: Any) -> Any:
        """See the class. TypeError, ValueError, IndexError: the message names the argument."""
        if foreign:
            words = {"lengths": "mask", "reset": "pass zeros as the state of those rows"}
            refuse_arguments(type(self).__name__, foreign, words)
        if isinstance(x, list) and x and are_parts(x):
            raise TypeError(
                "x: expected one array (B, I), since a cell takes no parts; got a list of "
                f"{len(x)} (pyrnn.functional.concatenate(x, axis=-1) joins them)"
            )
        weights = self.weights()
        dtype = weights[0].dtype
        x = checks.floats("x", x, dtype)
        shape = x.shape
        if len(shape) not in (1, 2) or shape[-1] != self.input_size:
            raise ValueError(
                f"x: expected shape (B, I) or (I,) with I = {self.input_size}; got {shape}"
            )
        batch = shape[:-1]
        h, c = self._states(state, batch, ("B",) if batch else (), dtype)
        if mask is None:
            h, c = recurrent_step(self._pack(weights), x, h, c, weights)
        else:
            h, c = self._masked(x, h, c, _steps(mask, batch))
        return h if c is None else (h, c)

    def _masked(self, x: Tensor, h: Tensor | None, c: Tensor | None, steps: Any) -> States:
        """h and c after a step that some rows do not make: a layer's call with lengths of 0 and 1,
        which leaves their x alone. steps: int64 (B,)."""
        inputs = x.expand_dims((0, 1) if x.ndim == 1 else 0)  # (1, B, I)
        layer = (1, len(steps), self.hidden_size)
        h0 = None if h is None else h.reshape(layer)
        c0 = None if c is None else c.reshape(layer)
        _, h, c, _ = self.run([inputs], (h0, c0), steps)
        rows = (*x.shape[:-1], self.hidden_size)
        return h.reshape(rows), None if c is None else c.reshape(rows)

    def extra_repr(self) -> str:
        settings = [str(self.input_size), str(self.hidden_size)]
        settings += ["bias=False"] * (not self.bias)
        settings += [f"dtype={self.dtype}"] * (self.dtype != xp.float32)
        return ", ".join(settings)

    def shape_repr(self) -> str:
        hidden = self.hidden_size
        state = f"(h, c) each (B, {hidden})" if self.stack.has_cell_state else f"h (B, {hidden})"
        return f"x (B, {self.input_size}) -> {state}"


def _steps(mask: Any, batch: tuple[int, ...]) -> Any:
    """How many steps each row makes, 1 or 0: lengths (B,)."""
    array = as_array(mask, name="mask")
    if array.dtype != xp.bool_ and array.size > 0:
        raise TypeError(f"mask: expected truth values, such as t < lengths; got {array.dtype}")
    if array.shape != batch:
        letters = "(B,)" if batch else "()"
        raise ValueError(f"mask: expected shape {letters} = {batch}; got {array.shape}")
    return array.reshape(-1).astype(xp.int64)
