"""The layers of a model that reads a sequence: an encoder, and an output layer.

f = encoder(x)             (B, D), for a linear encoder the outputs themselves
z = W [f; static] + b      (B, K)

With a target at every step, f_t is what a recurrent encoder knows after step t: z_t (T, B, K).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from pyrnn import functional, nn
from pyrnn.autograd import Tensor
from pyrnn.models.encoders import EncoderConfig, Reads, encoder_for


class SequenceNetwork(nn.Module):
    """Encoder and output layer.

    reads: what the sequences are made of. outputs: K. rng: of initial weights and dropout.

    Call: ``z = network(inputs, lengths, static, numbers)``: ids int64 (T, B) or frames (T, B, I),
    lengths int64 (B,), static (B, S) or None -> (B, K). numbers: int64 (B,), which example each row
    is: the masks of a recurrent stack go with it.
    """

    def __init__(
        self, config: EncoderConfig, reads: Reads, outputs: int, rng: np.random.Generator
    ) -> None:
        self.encoder = encoder_for(config, reads, outputs, rng)
        kind: dict[str, Any] = {"dtype": config.dtype, "rng": rng}
        self.output = self.beside = None
        if not self.encoder.linear:
            self.output = nn.Linear(self.encoder.width + reads.static, outputs, **kind)
        elif reads.static:
            self.beside = nn.Linear(reads.static, outputs, bias=False, **kind)
            if not nn.in_skeleton():  # without an opinion, as the encoder
                self.beside.weight.assign(np.zeros(self.beside.weight.shape, config.dtype))

    @property
    def embedding(self) -> Any:
        """Of ids; None where there are none."""
        return self.encoder.embedding

    def forward(
        self,
        inputs: np.ndarray,
        lengths: np.ndarray,
        static: np.ndarray | None = None,
        numbers: np.ndarray | None = None,
    ) -> Tensor:
        """ids (T, B) or frames (T, B, I), lengths (B,), static (B, S) -> (B, K)."""
        f: Tensor = self.encoder(inputs, lengths, static, numbers)
        if self.output is None:
            return f if self.beside is None else f + self.beside(static)
        return self.output(f if static is None else functional.concatenate([f, static], axis=-1))

    def streamed(self) -> list[Any]:
        """The layers that a step passes: see `pyrnn.Stream`. ValueError for other encoders."""
        if not hasattr(type(self.encoder), "streamed"):
            raise ValueError(
                "encoder: expected 'recurrent' for a stream, which reads one step after the other; "
                f"got {type(self.encoder).__name__}"
            )
        return [self.encoder, self.output]

    def steps(
        self,
        inputs: np.ndarray,
        lengths: np.ndarray,
        static: np.ndarray | None = None,
        numbers: np.ndarray | None = None,
    ) -> Tensor:
        """The outputs after each step, (T, B, K)."""
        assert self.output is not None
        f: Tensor = self.encoder.steps(inputs, lengths, static, numbers)  # (T, B, D)
        if static is not None:
            beside = np.broadcast_to(static, (len(inputs), *static.shape))
            f = functional.concatenate([f, beside], axis=-1)
        return self.output(f)
