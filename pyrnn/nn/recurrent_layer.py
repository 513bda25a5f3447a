"""What the recurrent layers RNN, LSTM and GRU share, with PyTorch's names and layouts."""

from __future__ import annotations

import warnings
from typing import Any, TypedDict

from pyrnn import functional
from pyrnn.autograd import Tensor
from pyrnn.kernels import arrays as xp
from pyrnn.kernels.preconditions import check_recompute
from pyrnn.kernels.stack import Stack
from pyrnn.nn import checks, initializers
from pyrnn.nn.foreign_names import CONSTRUCTORS, refuse_arguments
from pyrnn.nn.parts import read_parts
from pyrnn.nn.recurrent_arguments import one_number, refuse_lengths, reset_mask
from pyrnn.nn.stacked import Stacked, States


class Variants(TypedDict, total=False):
    """Settings by name alone that every layer has: see `Recurrent`."""

    zoneout: float | tuple[float, float]
    recurrent_dropout: float
    weight_drop: float
    return_sequences: bool
    recompute: bool | int


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
        zoneout: probability, in [0, 1), with which a unit of h keeps its value of the step before;
            or a pair, of h and of c, for an LSTM, whose c one number leaves alone. In training it
            is drawn, under no_grad as well; in ``eval`` the new value is h' + p (h - h'), which is
            what is to be expected. Krueger et al. 2017 (arXiv 1606.01305).
        recurrent_dropout: probability, in [0, 1), with which a unit of what R multiplies is zeroed
            in training (the others are scaled by 1 / (1 - p)), the same units in all steps of a
            sequence, across a reset as well. Gal and Ghahramani 2016 (arXiv 1512.05287).
        weight_drop: probability, in [0, 1), with which a weight of R is zeroed in training (the
            others are scaled by 1 / (1 - p)), the same in all sequences and steps of a call, and
            others in the next. Merity, Keskar and Socher 2018 (arXiv 1708.02182).
        return_sequences: False for the output of each sequence's last step alone, (B, D P), in the
            reverse direction that of its first step: h of the last layer. That of all steps is
            then not kept.
        recompute: whether forward keeps the states at some steps alone, and backward computes again
            what lies between them: True for about sqrt(T) of them (at least 64 steps apart), a
            number for one every so many steps. It changes no result, to the last bit, and is for
            sequences so long that memory runs short; without gradients nothing is kept in any case.
        dtype: float32 or float64.
        rng: `numpy.random.Generator` or integer seed, for the initial values and, later, for
            what is drawn in training; None takes fresh entropy. A generator may be shared by
            several modules.
        init: "orthogonal" (default), "torch" or "identity": see `initializers.recurrent`.

    Parameters, for layer k, and again with suffix _reverse (G gates: RNN 1, GRU 3, LSTM 4,
    with coupled gates 3):
        weight_ih_lk: (G H, I), from the second layer on (G H, D P).
        weight_hh_lk: (G H, P).
        bias_ih_lk, bias_hh_lk: (G H,).

    Call: ``layer(x, state=None, lengths=None, *, sequences=None, reset=None)``
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
            None for 0 .. B-1. With the same seed a sequence of the same number has the same masks
            of dropout, recurrent dropout and zoneout, whatever the rest of its batch.
        reset: (T, B) truth values, (B, T) where batch_first, (T,) for a single sequence: True at a
            step that has nothing to do with those before it, as the first one of an episode or of a
            document. It starts from zeros, in every layer: at step 0 the initial state is not read
            (and its gradient is 0). The reverse direction starts anew at the step before. The
            results are those of the pieces as sequences of their own, at no cost.

    Returns y (T, B, D P), or (B, D P) without return_sequences, and the final state, shaped as the
    initial one.
    """

    def __init__(
        self,
        cell: str,
        input_size: int,
        hidden_size: int,
        num_layers: int,
        bias: bool,
        batch_first: bool,
        dropout: float,
        bidirectional: bool,
        proj_size: int = 0,
        *,
        dtype: Any,
        rng: initializers.Rng,
        init: str,
        zoneout: float | tuple[float, float] = 0.0,
        recurrent_dropout: float = 0.0,
        weight_drop: float = 0.0,
        return_sequences: bool = True,
        recompute: bool | int = False,
        **foreign: Any,
    ) -> None:
        refuse_arguments(type(self).__name__, foreign, CONSTRUCTORS)
        stack = Stack(
            cell,
            input_size,
            hidden_size,
            num_layers,
            checks.switch("bidirectional", bidirectional),
            checks.switch("bias", bias),
            checks.probability("dropout", dropout),
            proj_size,
            checks.zoneout(zoneout),
            checks.probability("recurrent_dropout", recurrent_dropout),
        )
        self.batch_first = checks.switch("batch_first", batch_first)
        self._weight_drop = checks.probability("weight_drop", weight_drop)
        self._return_sequences = checks.switch("return_sequences", return_sequences)
        self._recompute = check_recompute(recompute)
        generator = initializers.generator(rng)
        super().__init__(stack, "", dtype, generator, init)
        if stack.masked or stack.dropout > 0 or self.weight_drop > 0:
            self.rng = generator
        if stack.dropout > 0 and stack.num_layers == 1:
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

    @property
    def zoneout(self) -> tuple[float, float]:
        """The probabilities with which h and c keep their values."""
        return self.stack.zoneout

    @property
    def recurrent_dropout(self) -> float:
        """The probability of zeroing a unit of what R multiplies."""
        return self.stack.recurrent_dropout

    @property
    def weight_drop(self) -> float:
        """The probability of zeroing a weight of R."""
        return self._weight_drop

    @property
    def return_sequences(self) -> bool:
        """Whether the outputs of all steps are returned."""
        return self._return_sequences

    @property
    def recompute(self) -> bool | int:
        """Whether, or at every how many steps, states are kept for backward to start from."""
        return self._recompute

    def forward(
        self,
        x: Any,
        state: Any = None,
        lengths: Any = None,
        return_cells: bool = False,
        *,
        sequences: Any = None,
        reset: Any = None,
        **foreign: Any,
    ) -> Any:
        """See the class. TypeError, ValueError, IndexError: the message names the argument."""
        if foreign:
            refuse_arguments(type(self).__name__, foreign, {"mask": "lengths"})
        checks.switch("return_cells", return_cells)
        if return_cells and not self.stack.has_cell_state:
            raise ValueError(
                f"return_cells: expected False, since {type(self).__name__} has no c; got True"
            )
        if return_cells and not self.return_sequences:
            raise ValueError(
                "return_cells: expected False, since the layer was made with "
                "return_sequences=False, which keeps the last step alone; got True"
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
            weights=self._dropped_weights(),
            seed=self._seed(),
            sequences=sequences if batched or sequences is None else one_number(sequences),
            reset=None if reset is None else self._reset(reset, inputs[0], batched),
            return_cells=return_cells,
            return_sequences=self.return_sequences,
            recompute=self.recompute,
        )
        final: Any = h_n if batched else h_n.squeeze(1)
        if c_n is not None:
            final = (final, c_n if batched else c_n.squeeze(1))
        if y is None:
            return self._last(h_n, batched), final
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

    def _last(self, h_n: Tensor, batched: bool) -> Tensor:
        """The last outputs: of h_n (L D, B, P) the last layer, its directions side by side."""
        D = self.stack.directions
        last = h_n[-1] if D == 1 else functional.concatenate([h_n[-2], h_n[-1]], axis=-1)
        return last if batched else last.squeeze(0)

    def _reset(self, reset: Any, x: Tensor, batched: bool) -> Any:
        """The mask (T, B) of a call on x (T, B, I)."""
        axes = "T" if not batched else "BT" if self.batch_first else "TB"
        return reset_mask(reset, dict(zip("TB", x.shape, strict=False)), axes)

    def _initial(self, state: Any, batch: int, batched: bool) -> States:
        """h0 (L D, B, P) and c0 (L D, B, H), or None."""
        if state is None:
            return None, None
        refuse_lengths(state)
        layers = self.stack.num_layers * self.stack.directions
        if batched:
            return self._states(state, (layers, batch), ("L*D", "B"), self.dtype)
        h, c = self._states(state, (layers,), ("L*D",), self.dtype)
        return (
            None if h is None else h.expand_dims(1),
            None if c is None else c.expand_dims(1),
        )

    def _seed(self) -> int | None:
        """The seed of this call's masks; None where there are none."""
        if not self.training or not self.stack.masked:
            return None
        return int(self.rng.integers(1 << 64, dtype="uint64"))

    def _dropped_weights(self) -> list[Tensor] | None:
        """The weights of this call, those in R dropped; None where they are the parameters."""
        if not self.training or self.weight_drop == 0:
            return None
        return [
            functional.dropout(weight, self.weight_drop, self.rng, training=True)
            if name.startswith("weight_hh")
            else weight
            for name, weight in zip(self._weight_names, self.weights(), strict=True)
        ]

    def extra_repr(self) -> str:
        stack = self.stack
        settings = [str(stack.input_size), str(stack.hidden_size)]
        settings += [f"num_layers={stack.num_layers}"] * (stack.num_layers > 1)
        settings += ["bias=False"] * (not stack.bias)
        settings += ["batch_first=True"] * self.batch_first
        settings += [f"dropout={stack.dropout:g}"] * (stack.dropout > 0)
        settings += ["bidirectional=True"] * stack.bidirectional
        h, c = stack.zoneout
        settings += [f"zoneout=({h:g}, {c:g})" if c else f"zoneout={h:g}"] * any(stack.zoneout)
        settings += [f"recurrent_dropout={stack.recurrent_dropout:g}"] * (
            stack.recurrent_dropout > 0
        )
        settings += [f"weight_drop={self.weight_drop:g}"] * (self.weight_drop > 0)
        settings += ["return_sequences=False"] * (not self.return_sequences)
        settings += [f"recompute={self.recompute}"] * (self.recompute is not False)
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
        y = f"y ({axes if self.return_sequences else 'B'}, {stack.directions * width})"
        return f"x ({axes}, {stack.input_size}) -> {y}, {state}"
