"""What the recurrent layers RNN, LSTM and GRU share, with PyTorch's names and layouts."""

from __future__ import annotations

import warnings
from typing import Any

from pyrnn.autograd import Tensor
from pyrnn.autograd.operands import as_integers
from pyrnn.kernels import arrays as xp
from pyrnn.kernels.stack import Stack
from pyrnn.nn import checks, initializers
from pyrnn.nn.foreign_names import refuse_arguments
from pyrnn.nn.parts import read_parts
from pyrnn.nn.stacked import Stacked, States


class Recurrent(Stacked):
    """A stack of layers over sequences. Letters: T time, B batch, I input, H hidden, L layers,
    D directions (2 if bidirectional), P the width of an output: H, or an LSTM's proj_size.

    Args:
        input_size, hidden_size: I and H.
        num_layers: L; layer l reads the output of layer l - 1.
        bias: whether there are bias_ih and bias_hh.
        batch_first: x and y are (B, T, ·) in place of (T, B, ·). States never are.
        dropout: probability, in [0, 1), with which an output that passes from one layer to the
            next is zeroed in training (the others are scaled by 1 / (1 - dropout)). Every call
            draws a new seed from the generator; see ``sequences`` below.
        bidirectional: a second set of weights reads from each sequence's last step to its first;
            y holds both outputs side by side.
        dtype: float32 or float64.
        rng: `numpy.random.Generator` or integer seed, for the initial values and, later, for
            dropout; None takes fresh entropy. A generator may be shared by several modules.
        init: "orthogonal" (default), "torch" or "identity": see `initializers.recurrent`.

    Parameters, for layer k, and again with suffix _reverse (G gates: RNN 1, GRU 3, LSTM 4,
    with coupled gates 3):
        weight_ih_lk: (G H, I), from the second layer on (G H, D P).
        weight_hh_lk: (G H, P).
        bias_ih_lk, bias_hh_lk: (G H,).

    Call: ``layer(x, state=None, lengths=None)``
        x: (T, B, I), or (T, I) for a single sequence: array, Tensor, or what an Embedding returns.
            Or a list or tuple of such parts, whose widths add up to I: W x is the sum of their
            products, as if they were one array, side by side. What an Embedding returns is not
            looked up where it stands alone or first, which is faster; past a length, its ids then
            may be anything. All other parts are looked up and joined into one array.
        state: initial state (L D, B, P), (L D, P) for a single sequence; None starts at zero.
        lengths: (B,) integers from 0 to T, in any order: list or array; None takes all T steps.
            Steps past a length cost nothing and change nothing: y is 0 there, the final state is
            that of the last step within the length (of no step: the initial state), and the
            reverse direction starts at the last step within the length.
        sequences: (B,) integers from 0 on, one for a single sequence: which sequence each row is,
            None for 0 .. B-1. With the same seed a sequence of the same number has the same dropout
            masks, whatever the rest of its batch.

    Returns y (T, B, D P) and the final state, shaped as the initial one.
    """

    def __init__(
        self, stack: Stack, *, batch_first: bool, dtype: Any, rng: initializers.Rng, init: str
    ) -> None:
        generator = initializers.generator(rng)
        super().__init__(stack, "", dtype, generator, init)
        self.batch_first = checks.switch("batch_first", batch_first)
        if stack.dropout > 0:
            self.rng = generator
            if stack.num_layers == 1:
                warnings.warn(
                    f"dropout: expected num_layers > 1, since it acts between layers; got "
                    f"dropout={stack.dropout:g} with num_layers=1, where it does nothing",
                    UserWarning,
                    stacklevel=3,
                )

    @property
    def num_layers(self) -> int:
        """L."""
        return self.stack.num_layers

    @property
    def bidirectional(self) -> bool:
        """Whether there is a reverse direction."""
        return self.stack.bidirectional

    @property
    def dropout(self) -> float:
        """The probability of zeroing an output between layers."""
        return self.stack.dropout

    def forward(
        self,
        x: Any,
        state: Any = None,
        lengths: Any = None,
        return_cells: bool = False,
        *,
        sequences: Any = None,
        **foreign: Any,
    ) -> Any:
        """See the class. TypeError, ValueError, IndexError: the message names the argument."""
        refuse_arguments(type(self).__name__, foreign, {"mask": "lengths"})
        checks.switch("return_cells", return_cells)
        if return_cells and not self.stack.has_cell_state:
            raise ValueError(
                f"return_cells: expected False, since {type(self).__name__} has no c; got True"
            )
        parts = read_parts(x, self.input_size, self.dtype, self.batch_first)
        batched = parts[0].ndim == 3
        inputs = [self._time_major(part) for part in parts]  # (T, B, I_k)
        batch = inputs[0].shape[1]
        if lengths is not None and not batched:
            raise ValueError(
                f"lengths: expected None for a single sequence (T, I), of which x[:n] is the "
                f"beginning; got {lengths!r:.80}"
            )
        y, h_n, c_n, cells = self.run(
            inputs,
            self._initial(state, batch, batched),
            lengths,
            seed=self._seed(),
            sequences=sequences if batched or sequences is None else _one(sequences),
            return_cells=return_cells,
        )
        final: Any = h_n if batched else h_n.squeeze(1)
        if c_n is not None:
            final = (final, c_n if batched else c_n.squeeze(1))
        outputs = self._user_layout(y, batched), final
        return outputs if cells is None else (*outputs, self._user_layout(cells, batched))

    def _time_major(self, x: Tensor) -> Tensor:
        """x, or a part of it, as (T, B, I)."""
        if x.ndim == 2:
            return x.expand_dims(1)
        return x.swapaxes(0, 1) if self.batch_first else x

    def _user_layout(self, y: Tensor, batched: bool) -> Tensor:
        """y (T, B, D P), or the cells, as the caller's layout has it."""
        if not batched:
            return y.squeeze(1)
        return y.swapaxes(0, 1) if self.batch_first else y

    def _initial(self, state: Any, batch: int, batched: bool) -> States:
        """h0 (L D, B, P) and c0 (L D, B, H), or None."""
        _refuse_lengths(state)
        layers = self.stack.num_layers * self.stack.directions
        if batched:
            return self._states(state, (layers, batch), ("L*D", "B"))
        h, c = self._states(state, (layers,), ("L*D",))
        return (
            None if h is None else h.expand_dims(1),
            None if c is None else c.expand_dims(1),
        )

    def _seed(self) -> int | None:
        """The seed of this call's dropout masks; None where there is nothing to drop."""
        if not self.training or self.dropout == 0 or self.num_layers == 1:
            return None
        return int(self.rng.integers(1 << 64, dtype="uint64"))

    def extra_repr(self) -> str:
        stack = self.stack
        settings = [str(stack.input_size), str(stack.hidden_size)]
        settings += [f"num_layers={stack.num_layers}"] * (stack.num_layers > 1)
        settings += ["bias=False"] * (not stack.bias)
        settings += ["batch_first=True"] * self.batch_first
        settings += [f"dropout={stack.dropout:g}"] * (stack.dropout > 0)
        settings += ["bidirectional=True"] * stack.bidirectional
        settings += [f"dtype={self.dtype}"] * (self.dtype != xp.float32)
        return ", ".join(settings)

    def shape_repr(self) -> str:
        stack = self.stack
        axes = "B, T" if self.batch_first else "T, B"
        layers, _, width = stack.state_shape(0)
        state = f"h ({layers}, B, {width})"
        if stack.proj_size:
            state = f"{state}, c ({layers}, B, {stack.hidden_size})"
        elif stack.has_cell_state:
            state = f"(h, c) each ({layers}, B, {width})"
        y = f"y ({axes}, {stack.directions * width})"
        return f"x ({axes}, {stack.input_size}) -> {y}, {state}"


def _one(sequence: Any) -> Any:
    """The number of a single sequence as that of a batch of one: (1,)."""
    number = as_integers(sequence, "sequences")
    if number.shape not in ((), (1,)):
        raise ValueError(
            f"sequences: expected one integer for a single sequence (T, I); got shape "
            f"{number.shape}"
        )
    return number.reshape(1)


def _refuse_lengths(state: Any) -> None:
    """TypeError for integers as the state: they are lengths."""
    several = state if isinstance(state, list | tuple) else [state]
    kinds = {part.dtype.kind if hasattr(part, "dtype") else type(part).__name__ for part in several}
    if kinds and kinds <= {"i", "u", "int"}:
        raise TypeError(
            "state: expected the initial state, of floats; got integers (lengths are given by "
            "name: lengths=...)"
        )
