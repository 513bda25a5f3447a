"""A recurrent stack that reads a sequence.

    x_t = dropout(embedding[id_t]), or dropout(frame_t)   (T, B, E)
    s_0 = 0, or tanh(W static + b)                        (L D, B, H), the cell state c_0 = 0
    y_t, s_t = stack(x_t, s_{t-1})                        (T, B, D H)

Only steps within a sequence's length count. Dropout as in Zaremba, Sutskever and Vinyals 2014
(arXiv 1409.2329); masks within the stack go with the number of the example.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from pyrnn import functional, nn
from pyrnn.autograd import Tensor
from pyrnn.kernels.stack import has_cell_state
from pyrnn.models.encoders.embedding import embedding_for
from pyrnn.models.encoders.encoder import Reads
from pyrnn.models.stack_settings import dropout_layer


class Reader(nn.Module):
    """Embedding and recurrent stack.

    config: a `StackSettings` with bidirectional and freeze_embedding. width: D H.
    """

    def __init__(self, config: Any, reads: Reads, rng: np.random.Generator) -> None:
        hidden, directions = config.hidden_size, 2 if config.bidirectional else 1
        self.config = config
        self.width = hidden * directions
        self.embedding = embedding_for(config, reads, rng)
        self.input_dropout = dropout_layer(config.dropout_input, rng)
        width = reads.features or config.embedding
        self.recurrent = config.recurrent(width, rng, bidirectional=config.bidirectional)
        self.start = None
        if reads.static:
            rows = config.num_layers * directions * hidden
            self.start = nn.Linear(reads.static, rows, dtype=config.dtype, rng=rng)

    def prepare(self, sequence: np.ndarray) -> np.ndarray:
        """The sequence as it is."""
        return sequence

    def read(
        self,
        inputs: np.ndarray,
        lengths: np.ndarray,
        static: np.ndarray | None = None,
        numbers: np.ndarray | None = None,
    ) -> tuple[Tensor, Any]:
        """ids int64 (T, B) or frames (T, B, I) -> the outputs (T, B, D H) and the final states."""
        x: Any = inputs if self.embedding is None else self.embedding(inputs)  # not yet looked up
        if self.input_dropout is not None:
            x = self.input_dropout(x)
        state = None if self.start is None else self._start(static)
        y, state = self.recurrent(x, state, lengths=lengths, sequences=numbers)
        return y, state

    def _start(self, static: np.ndarray | None) -> Any:
        """The state before the first step, out of static features (B, S)."""
        assert self.start is not None
        assert static is not None
        rows = self.recurrent.num_layers * (2 if self.recurrent.bidirectional else 1)
        h = functional.tanh(self.start(static)).reshape(len(static), rows, -1).swapaxes(0, 1)
        if not has_cell_state(self.config.cell):
            return h  # (L D, B, H)
        return h, np.zeros(h.shape, h.dtype)

    def last(self, state: Any) -> Tensor:
        """What the last layer knows at the end, of final states: (B, D H)."""
        h = state[0] if isinstance(state, tuple) else state  # (L D, B, H)
        if not self.config.bidirectional:
            return h[-1]
        return functional.concatenate([h[-2], h[-1]], axis=-1)

    def states(self, state: Any) -> Tensor:
        """All final states of a stack in one direction, side by side: (B, L H), or (B, 2 L H) with
        h of all layers before their c."""
        every = functional.concatenate(list(state)) if isinstance(state, tuple) else state
        return every.swapaxes(0, 1).reshape(every.shape[1], -1)

    def in_short(self) -> str:
        """both ways, 2 x 128 lstm."""
        config = self.config
        ways = "both ways, " if config.bidirectional else ""
        return f"{ways}{config.num_layers} x {config.hidden_size} {config.cell}"
