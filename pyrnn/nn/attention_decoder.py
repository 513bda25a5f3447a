"""A recurrent layer whose input at each step is what the state before asks of a memory."""

from __future__ import annotations

from typing import Any

from pyrnn import functional
from pyrnn.autograd import Tensor
from pyrnn.autograd.operands import as_integers
from pyrnn.functional.attention_decoder import Attended
from pyrnn.kernels import arrays as xp
from pyrnn.kernels.attention_preconditions import check_decoder_cell
from pyrnn.kernels.native import plain
from pyrnn.kernels.scalars import integer
from pyrnn.kernels.stack import Stack
from pyrnn.nn import checks, initializers
from pyrnn.nn.attention import Attention, width_of
from pyrnn.nn.parts import read_parts
from pyrnn.nn.stacked import Stacked


class AttentionDecoder(Stacked):
    """A decoder with attention: a recurrent cell that reads, at each step, its input and a context.

    ::

        c_t = attention(h_{t-1}, memory)
        h_t = cell([x_t, c_t], h_{t-1})

    Bahdanau et al. 2015 (arXiv 1409.0473). Letters: T steps of the target, S steps of the memory, B
    batch, I input, H hidden, E width of the memory, A width of the attention.

    Args:
        input_size, hidden_size, memory_size: I, H and E.
        cell: "gru" (default), "gru_reset_before", "lstm", "lstm_peephole", "lstm_coupled",
            "lstm_coupled_peephole", "rnn_tanh", "rnn_relu" or "rnn_sigmoid". Those with layer norm
            are refused: they need all of a step's input at once.
        attention: "additive" (default), "dot" or "general": see `Attention`.
        attention_size: A of additive attention, None for H.
        bias, dtype, rng, init: as in `Recurrent`.

    Parameters: weight_ih_l0 (G H, I + E), the columns of x first, weight_hh_l0, bias_ih_l0 and
    bias_hh_l0, as a recurrent layer of one layer has them; and those of ``attention``, an
    `Attention`.

    Call: ``y, context, weights, state = decoder(x, memory, state=None, *, lengths=None,
    memory_lengths=None, keys=None)``
        x: (T, B, I), or what an Embedding returns, or a list of such parts: see `Recurrent`.
        memory: (S, B, E), what an encoder returns.
        state: (1, B, H), for an LSTM a pair of such; None starts at zero.
        lengths: (B,) integers from 0 to T, the steps of each target; None takes all T.
        memory_lengths: (B,) integers from 0 to S, the steps of each memory; None takes all S.
        keys: what ``decoder.attention.keys(memory)`` gives, where it is there already. To decode
            step by step, get it once and call with T = 1.

    Returns y (T, B, H), the context (T, B, E), which is the c_t, the weights (T, B, S), through
    which no gradient flows, and the final state, shaped as the initial one. Past a target's length
    the first three are 0; past a memory's length the weights are.

    >>> import numpy
    >>> from pyrnn import nn
    >>> decoder = nn.AttentionDecoder(3, 5, 4, rng=0)
    >>> x, memory = numpy.ones((7, 2, 3), "float32"), numpy.ones((6, 2, 4), "float32")
    >>> y, context, weights, h = decoder(x, memory, lengths=[7, 5], memory_lengths=[2, 6])
    >>> y.shape, context.shape, weights.shape, h.shape
    ((7, 2, 5), (7, 2, 4), (7, 2, 6), (1, 2, 5))
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        memory_size: int,
        *,
        cell: str = "gru",
        attention: str = "additive",
        attention_size: int | None = None,
        bias: bool = True,
        dtype: Any = xp.float32,
        rng: initializers.Rng = None,
        init: str = "orthogonal",
    ) -> None:
        width = integer("input_size", input_size, least=1)
        self.memory_size = integer("memory_size", memory_size, least=1)
        check_decoder_cell(cell)
        stack = Stack(cell, width + self.memory_size, hidden_size, bias=checks.switch("bias", bias))
        names = ("attention", "hidden_size", "memory_size", "attention_size")
        width_of(attention, stack.hidden_size, self.memory_size, attention_size, names)
        generator = initializers.generator(rng)
        super().__init__(stack, "", dtype, generator, init)
        self.attention = Attention(
            stack.hidden_size,
            self.memory_size,
            attention,
            attention_size,
            dtype=dtype,
            rng=generator,
        )

    @property
    def input_size(self) -> int:
        """I, the width of x."""
        return self.stack.input_size - self.memory_size

    def forward(
        self,
        x: Any,
        memory: Any,
        state: Any = None,
        *,
        lengths: Any = None,
        memory_lengths: Any = None,
        keys: Any = None,
    ) -> tuple[Tensor, Tensor, Tensor, Any]:
        """See the class. TypeError, ValueError, IndexError: the message names the argument."""
        parts = read_parts(x, self.input_size, self.dtype, False)
        if parts[0].ndim != 3:
            raise ValueError(f"x: expected shape (T, B, I); got {parts[0].shape}")
        steps, batch = parts[0].shape[:2]
        h0, c0 = self._states(state, (1, batch), ("1", "B"), self.dtype)
        weights = self.weights()
        y, context, attended, h, c = functional.attention_decoder(
            self._pack(weights),
            parts,
            weights,
            self._attended(memory, memory_lengths, keys, batch),
            h0,
            c0,
            None if lengths is None else _lengths("lengths", lengths, steps, batch),
        )
        return y, context, attended, h if c is None else (h, c)

    def _attended(self, memory: Any, lengths: Any, keys: Any, batch: int) -> Attended:
        """What the call attends to, checked."""
        attention = self.attention
        values = attention.values(memory)
        if values.shape[1] != batch:
            raise ValueError(
                f"memory: expected shape (S, B, E) with B = {batch}, as in x; got {values.shape}"
            )
        known = None
        if lengths is not None:
            known = _lengths("memory_lengths", lengths, values.shape[0], batch, "S")
        k = attention.keys(values, known) if keys is None else attention.given_keys(keys, values)
        projection = attention.query_projection
        return Attended(
            k, values, known, None if projection is None else projection.weight, attention.weight
        )

    def extra_repr(self) -> str:
        settings = [str(self.input_size), str(self.hidden_size), str(self.memory_size)]
        settings += [f"cell={self.stack.cell!r}"] * (self.stack.cell != "gru")
        settings += ["bias=False"] * (not self.bias)
        settings += [f"dtype={self.dtype}"] * (self.dtype != xp.float32)
        return ", ".join(settings)

    def shape_repr(self) -> str:
        hidden = self.hidden_size
        pair = f", c (1, B, {hidden})" * self.stack.has_cell_state
        return (
            f"x (T, B, {self.input_size}), memory (S, B, {self.memory_size}) -> "
            f"y (T, B, {hidden}), context (T, B, {self.memory_size}), weights (T, B, S), "
            f"h (1, B, {hidden}){pair}"
        )


def _lengths(name: str, given: Any, steps: int, batch: int, letter: str = "T") -> Any:
    """int64 (B,), each from 0 to so many steps, which messages call by a letter."""
    lengths = as_integers(given, name)
    if lengths.shape != (batch,):
        raise ValueError(f"{name}: expected shape (B,) = ({batch},); got {lengths.shape}")
    if batch and not 0 <= lengths.min() <= lengths.max() <= steps:
        row = int(xp.flatnonzero((lengths < 0) | (lengths > steps))[0])
        raise ValueError(
            f"{name}: expected values from 0 to {letter} = {steps}; "
            f"got {int(lengths[row])} at row {row}"
        )
    return plain(lengths)
