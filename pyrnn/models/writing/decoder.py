"""What writes a sequence of ids: from a vector, and with attention from a memory.

    v                                     what is known at the start               (B, F)
    h_0 = tanh(W v + b), c_0 = 0          of each of the L layers                  (L, B, H)
    x_u = dropout(embedding[id_{u-1}])    the token before, at first the start     (U, B, X)
    a_u = attention(h_{u-1}, memory)      what is looked at; without attention v   (U, B, E)
    h_u = cell([x_u, a_u], h_{u-1})       the first layer; those above read [h_u, a_u], too
    r_u = tanh(W_r [h_u; a_u; x_u] + b_r)                                          (U, B, R)
    z_u = W_o dropout(r_u) + b_o                                                   (U, B, V)

Without input feeding the layers read x_u alone, and a_u = attention(h_u, memory) of the uppermost
h_u: all steps of a target are one call of the layers, and one of attention.

Attention as in Bahdanau et al. 2015 (arXiv 1409.0473), layers above it as in Wu et al. 2016 (arXiv
1609.08144); v at every step in its place as in Cho et al. 2014 (arXiv 1406.1078). v may be
anything: the last state of an encoder, an image, a class.

Where v is at every step, h_0 may also be 0.

The plain form (Sutskever et al. 2014, arXiv 1409.3215) has neither: its layers read x_u alone, and
r_u = h_u. There v may be all states of an encoder in one direction, which then are the first ones.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from pyrnn import functional, nn
from pyrnn.autograd import Tensor
from pyrnn.functional.lengths import within
from pyrnn.kernels.stack import has_cell_state
from pyrnn.models.encoders.embedding import EMBEDDING_STD
from pyrnn.models.stack_settings import StackSettings, dropout_layer


class Known(NamedTuple):
    """What the decoder knows of B sequences at every step.

    vector: v, (B, F). memory: (S, B, E), lengths: int64 (B,) and keys: (S, B, A), or None.
    """

    vector: Any
    memory: Any = None
    lengths: Any = None
    keys: Any = None

    def some(self, rows: np.ndarray) -> Known:
        """Of these sequences, int64 (N,)."""
        vector, memory, lengths, keys = map(_array, self)
        return Known(
            vector[rows],
            None if memory is None else memory[:, rows],
            None if lengths is None else lengths[rows],
            None if keys is None else keys[:, rows],
        )


class States(NamedTuple):
    """The states of the decoder: of the layer that attends, and of those above it; each an array,
    (1, B, H) and (L - 1, B, H), or a pair of such; without attention the second has all layers.
    """

    attending: Any
    above: Any

    def some(self, rows: np.ndarray) -> States:
        """Of these rows, int64 (N,)."""
        return States(_rows(self.attending, rows), _rows(self.above, rows))


class Written(NamedTuple):
    """What comes of U steps.

    h: (U, B, H), context: (U, B, E) or v itself, x: (U, B, X) or None where it is a mere lookup,
    weights: (U, B, S) or None; and the states behind them.
    """

    h: Tensor
    context: Tensor
    x: Tensor | None
    weights: Tensor | None
    states: States


class Decoder(nn.Module):
    """See above.

    config: a `StackSettings` with
        attention, attention_size, input_feeding: how it looks at a memory (attends), or at v
        starts: whether h_0 is made of v; copies: whether v is all first states; else they are 0
        tied: whether embedding and output layer share their weights
    tokens: V.
    vector, memory: F and E; E is 0 without attention.
    embedding: one that is shared with the encoder.
    """

    def __init__(
        self,
        config: Any,
        tokens: int,
        vector: int,
        memory: int,
        rng: np.random.Generator,
        embedding: nn.Embedding | None = None,
    ) -> None:
        kind: dict[str, Any] = {"dtype": config.dtype, "rng": rng}
        width, hidden = config.embedding, config.hidden_size
        plain = config.attention == "none"
        context = 0 if plain else memory or vector
        own = nn.Embedding(tokens, width, std=EMBEDDING_STD, **kind) if embedding is None else None
        self.config = config
        self.embedding: nn.Embedding = embedding if own is None else own  # type: ignore[assignment]
        self.input_dropout = dropout_layer(config.dropout_input, rng)
        states = config.num_layers * hidden
        self.start = nn.Linear(vector, states, **kind) if config.starts else None
        self.attending = self.looking = self.between = None
        feeds = bool(memory) and config.input_feeding
        if memory and not feeds:
            self.looking = nn.Attention(
                hidden, memory, config.attention, config.attention_size, **kind
            )
        if feeds:
            self.attending = nn.AttentionDecoder(
                width, hidden, memory, cell=config.cell, attention=config.attention,
                attention_size=config.attention_size, init=config.init, **kind
            )  # fmt: skip
            self.between = dropout_layer(config.dropout_between, rng)
        above = config.num_layers - feeds
        self.layers = None
        if above:
            read = hidden if feeds else width
            if self.looking is None:
                read += context
            self.layers = _of_layers(config, above).recurrent(read, rng)
        readout = width if config.tied else hidden
        self.readout = None if plain else nn.Linear(hidden + context + width, readout, **kind)
        self.output_dropout = dropout_layer(config.dropout_output, rng)
        self.output = nn.Linear(readout, tokens, **kind)
        if config.tied:
            self.output.weight = self.embedding.weight

    def known(self, vector: Any, memory: Any = None, lengths: Any = None) -> Known:
        """What stays the same at all steps: v (B, F), memory (S, B, E), lengths (B,)."""
        attention = self.looking if self.attending is None else self.attending.attention
        if attention is None:
            return Known(vector)
        return Known(vector, memory, lengths, attention.keys(memory, lengths))

    def states(self, known: Known) -> States:
        """Those before the first step."""
        layers, hidden = self.config.num_layers, self.config.hidden_size
        if self.config.copies:
            every = known.vector.reshape(len(known.vector), -1, hidden).swapaxes(0, 1)
            state = (every[:layers], every[layers:]) if self._has_cell_state else every
            return States(None, state)
        if self.start is None:
            return States(None, None)
        h = functional.tanh(self.start(known.vector)).reshape(-1, layers, hidden).swapaxes(0, 1)
        bottom = 0 if self.attending is None else 1
        return States(
            self._with_cells(h[:bottom]) if bottom else None,
            self._with_cells(h[bottom:]) if layers > bottom else None,
        )

    @property
    def _has_cell_state(self) -> bool:
        return has_cell_state(self.config.cell)

    def _with_cells(self, h: Tensor) -> Any:
        if not self._has_cell_state:
            return h
        return h, np.zeros(h.shape, h.dtype)

    def forward(
        self,
        ids: np.ndarray,
        known: Known,
        states: States | None = None,
        lengths: np.ndarray | None = None,
        numbers: np.ndarray | None = None,
    ) -> Written:
        """ids int64 (U, B): the tokens that are read, the start among them; lengths int64 (B,) of
        them. states: default those before the first step. numbers: int64 (B,), which example each
        row is.
        """
        states = self.states(known) if states is None else states
        x: Any = self.embedding(ids)  # (U, B, X), not yet looked up
        if self.input_dropout is not None:
            x = self.input_dropout(x)
        dropped = None if self.input_dropout is None else x
        if self.attending is None:
            assert self.layers is not None
            if self.looking is None and self.readout is not None:
                zeros = np.zeros((len(ids), 1, 1), known.vector.dtype)
                x = [x, known.vector + zeros]
            h, above = self.layers(x, states.above, lengths=lengths, sequences=numbers)
            states = States(None, above)
            if self.looking is None:
                return Written(h, known.vector, dropped, None, states)
            context, weights = self.looking(h, known.memory, known.lengths, keys=known.keys)
            return Written(h, context, dropped, weights, states)
        h, context, weights, attending = self.attending(
            x, known.memory, states.attending,
            lengths=lengths, memory_lengths=known.lengths, keys=known.keys,
        )  # fmt: skip
        above = None
        if self.layers is not None:
            y = h if self.between is None else self.between(h)
            h, above = self.layers([y, context], states.above, lengths=lengths, sequences=numbers)
        return Written(h, context, dropped, weights, States(attending, above))

    def features(self, ids: np.ndarray, written: Written, places: np.ndarray) -> Tensor:
        """What the output layer reads at places u B + b, int64 (N,): (N, R)."""
        batch = ids.shape[1]
        h = _flat(written.h)[places]
        if self.readout is None:
            return h if self.output_dropout is None else self.output_dropout(h)
        at = written.context
        context = at[places % batch] if at.ndim == 2 else _flat(at)[places]
        if written.x is None:
            x: Tensor = self.embedding(ids.reshape(-1)[places])
        else:
            x = _flat(written.x)[places]
        r = functional.tanh(self.readout(functional.concatenate([h, context, x], axis=-1)))
        return r if self.output_dropout is None else self.output_dropout(r)

    def cross_entropy(
        self,
        ids: np.ndarray,
        targets: np.ndarray,
        written: Written,
        lengths: np.ndarray,
        smoothing: float = 0.0,
    ) -> Tensor:
        """The sum of -ln p of the targets (U, B) within their lengths (B,), ids being read.

        smoothing: e, the share of each target that is spread over all V tokens. With logits z,
        ln p_v = z_v - ln sum e^z, so that the mean of -ln p over all tokens is -ln p_t + z_t less
        the mean of z, for which no z but z_t is needed:

            (1 - e) (-ln p_t) + e mean_v (-ln p_v) = -ln p_t + e (z_t - mean_v z_v)
        """
        places = np.flatnonzero(within(lengths, len(ids)))
        r = self.features(ids, written, places)
        right = targets.reshape(-1)[places]
        weight, bias = self.output.weight, self.output.bias
        nats = functional.linear_cross_entropy(r, weight, bias, right, reduction="sum")
        if not smoothing:
            return nats
        assert bias is not None
        above = (r * (weight[right] - weight.mean(axis=0))).sum() + (
            bias[right] - bias.mean()
        ).sum()
        return nats + above * smoothing

    def logits(self, ids: np.ndarray, written: Written) -> Tensor:
        """Of all steps, (U B, V)."""
        r = self.features(ids, written, np.arange(ids.size))
        z: Tensor = self.output(r)
        return z

    def in_short(self) -> str:
        """additive attention, 1 x 128 gru."""
        config = self.config
        how = f"{config.attention} attention" if config.attends else f"attention {config.attention}"
        return f"{how}, {config.num_layers} x {config.hidden_size} {config.cell}"


def _of_layers(config: Any, layers: int) -> Any:
    """The settings of a stack of so many layers."""
    between = config.dropout_between if layers > 1 else 0.0
    fields: Sequence[str] = list(StackSettings.declared())
    own = {name: getattr(config, name) for name in fields}
    return StackSettings(**{**own, "num_layers": layers, "dropout_between": between})


def _flat(x: Tensor) -> Tensor:
    return x.reshape(-1, x.shape[-1])


def _array(value: Any) -> Any:
    return value.numpy() if isinstance(value, Tensor) else value


def _rows(state: Any, rows: np.ndarray) -> Any:
    if isinstance(state, tuple):
        return tuple(_rows(each, rows) for each in state)
    return None if state is None else _array(state)[:, rows]
