"""A recurrent stack that reads a sequence.

    x_t = dropout(embedding[id_t]), or dropout(frame_t)   (T, B, E)
    s_0 = 0, or tanh(W static + b)                        (L D, B, H), the cell state c_0 = 0
    y_t, s_t = stack(x_t, s_{t-1})                        (T, B, D H)
    p = s at the end | mean | max | attention over y      (B, D H)
    features = dropout(p)

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
from pyrnn.models.encoders.settings import EncoderConfig
from pyrnn.models.stack_settings import dropout_layer


class Recurrent(nn.Module):
    """See `encoder.Encoder`."""

    linear = False

    def __init__(
        self, config: EncoderConfig, reads: Reads, outputs: int, rng: np.random.Generator
    ) -> None:
        kind: dict[str, Any] = {"dtype": config.dtype, "rng": rng}
        hidden, directions = config.hidden_size, 2 if config.bidirectional else 1
        self.config = config
        self.width = hidden * directions
        self.embedding = embedding_for(config, reads, rng)
        self.input_dropout = dropout_layer(config.dropout_input, rng)
        width = reads.features or config.embedding
        self.recurrent = config.recurrent(width, rng, bidirectional=config.bidirectional)
        self.start = None
        if reads.static:
            self.start = nn.Linear(reads.static, config.num_layers * directions * hidden, **kind)
        attention = config.pooling == "attention"
        self.attention = nn.AttentionPool(self.width, **kind) if attention else None
        self.output_dropout = dropout_layer(config.dropout_output, rng)

    def prepare(self, sequence: np.ndarray) -> np.ndarray:
        """The sequence as it is."""
        return sequence

    def forward(
        self,
        inputs: np.ndarray,
        lengths: np.ndarray,
        static: np.ndarray | None = None,
        numbers: np.ndarray | None = None,
    ) -> Tensor:
        """ids int64 (T, B) or frames (T, B, I) -> (B, D H)."""
        y, state = self._run(inputs, lengths, static, numbers)
        return self._dropped(self._pooled(y, state, lengths))

    def steps(
        self,
        inputs: np.ndarray,
        lengths: np.ndarray,
        static: np.ndarray | None = None,
        numbers: np.ndarray | None = None,
    ) -> Tensor:
        """ids int64 (T, B) or frames (T, B, I) -> what is known after each step, (T, B, D H)."""
        y, _ = self._run(inputs, lengths, static, numbers)
        return self._dropped(y)

    def _run(
        self, inputs: np.ndarray, lengths: np.ndarray, static: Any, numbers: np.ndarray | None
    ) -> tuple[Tensor, Any]:
        x: Any = inputs if self.embedding is None else self.embedding(inputs)  # not yet looked up
        if self.input_dropout is not None:
            x = self.input_dropout(x)
        state = None if self.start is None else self._start(static)
        y, state = self.recurrent(x, state, lengths=lengths, sequences=numbers)
        return y, state

    def _start(self, static: np.ndarray) -> Any:
        """The state before the first step, out of static features (B, S)."""
        assert self.start is not None
        rows = self.recurrent.num_layers * (2 if self.recurrent.bidirectional else 1)
        h = functional.tanh(self.start(static)).reshape(len(static), rows, -1).swapaxes(0, 1)
        if not has_cell_state(self.config.cell):
            return h  # (L D, B, H)
        return h, np.zeros(h.shape, h.dtype)

    def streamed(self) -> list[Any]:
        """The layers that a step passes: see `pyrnn.Stream`.

        ValueError where what is known after a step is not the output of the last layer.
        """
        if self.config.pooling != "last":
            raise ValueError(
                "pooling: expected 'last' for a stream, whose outputs follow from one step after "
                f"the other; got {self.config.pooling!r}, which goes over all steps anew"
            )
        if self.config.bidirectional:
            raise ValueError(
                "bidirectional: expected False for a stream, since the reverse direction begins at "
                "a sequence's last step, which a stream has not seen; got True"
            )
        if self.start is not None:
            raise ValueError("static: expected a model without static features for a stream; got "
                             f"one of {self.start.in_features}")  # fmt: skip
        return [*([] if self.embedding is None else [self.embedding]), self.recurrent]

    def in_short(self) -> str:
        """both ways, 2 x 128 lstm."""
        config = self.config
        ways = "both ways, " if config.bidirectional else ""
        return f"{ways}{config.num_layers} x {config.hidden_size} {config.cell}"

    def _dropped(self, features: Tensor) -> Tensor:
        return features if self.output_dropout is None else self.output_dropout(features)

    def _pooled(self, y: Tensor, state: Any, lengths: np.ndarray) -> Tensor:
        """What stands for each sequence: (T, B, D H), states -> (B, D H)."""
        if self.attention is not None:
            pooled, _ = self.attention(y, lengths)
            return pooled
        how: Any = self.config.pooling
        if how != "last":
            return functional.pool(y, lengths, how)
        h = state[0] if isinstance(state, tuple) else state  # (L D, B, H)
        if not self.config.bidirectional:
            return h[-1]
        return functional.concatenate([h[-2], h[-1]], axis=-1)
