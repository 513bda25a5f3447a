"""The layers of a language model.

    x_t = dropout(embedding[id_t])                (T, B, E)
    y_t, s_t = stack(x_t, s_{t-1})                (T, B, H)
    z_t = W dropout(y_t) + b                      (T, B, V), W the embedding itself where tied

or, with an adaptive softmax, z_t the logarithms of its probabilities.

Dropout as in Zaremba, Sutskever and Vinyals 2014 (arXiv 1409.2329): on what passes up, never on
what passes on in time.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from pyrnn import functional, nn
from pyrnn.autograd import Tensor
from pyrnn.data import IGNORED
from pyrnn.functional.losses import Reduction
from pyrnn.models.language_model.configuration import LanguageModelConfig
from pyrnn.models.stack_settings import dropout_layer
from pyrnn.nn.initializers import uniform

# A tied embedding is also the output layer's weight, where numbers of size 1 would make the first
# logits large and the first loss far above ln V; Zaremba et al. and Merity et al. 2018 use 0.1.
TIED_BOUND = 0.1


class LanguageNetwork(nn.Module):
    """Embedding, recurrent stack and output layer.

    vocabulary_size: V. config: see `LanguageModelConfig`. rng: of initial weights and dropout;
        default one seeded by the config.

    Call: ``logits, state = network(ids, state)``: ids int64 (T, B) -> logits (T, B, V); state as
    the recurrent layer has it, None at the beginning.
    """

    def __init__(
        self,
        vocabulary_size: int,
        config: LanguageModelConfig,
        rng: np.random.Generator | None = None,
    ) -> None:
        # One generator for initial weights and all dropout: one state to save for an exact resume.
        rng = np.random.default_rng(config.seed) if rng is None else rng
        kind: dict[str, Any] = {"dtype": config.dtype, "rng": rng}
        width, hidden = config.embedding, config.hidden_size
        self.embedding = nn.Embedding(vocabulary_size, width, **kind)
        self.input_dropout = dropout_layer(config.dropout_input, rng)
        self.recurrent = config.recurrent(width, rng)
        self.output_dropout = dropout_layer(config.dropout_output, rng)
        projected = config.tied and width != hidden
        self.projection = nn.Linear(hidden, width, bias=False, **kind) if projected else None
        self.output = _output_layer(vocabulary_size, config, **kind)
        if config.tied:
            if not nn.in_skeleton():
                shape = self.embedding.weight.shape
                self.embedding.weight.assign(uniform(shape, TIED_BOUND, rng, config.dtype))
            self.output.weight = self.embedding.weight

    def forward(self, ids: Any, state: Any = None, *, last: bool = False) -> tuple[Tensor, Any]:
        """ids int64 (T, B), state -> logits (T, B, V), new state.

        last: only the logits of the last step, (B, V): the output layer is most of the work where
        the vocabulary is large. Of an adaptive softmax the logits are log-probabilities.
        """
        y, state = self._features(ids, state, last=last)
        if isinstance(self.output, nn.AdaptiveSoftmax):
            return self.output.log_prob(y), state
        return self.output(y), state

    def streamed(self) -> list[Any]:
        """The layers that a step passes: see `pyrnn.Stream`. ValueError for an adaptive softmax."""
        if isinstance(self.output, nn.AdaptiveSoftmax):
            raise ValueError(
                "softmax: expected 'full' for a stream, which gives the logits of all tokens; got "
                "'adaptive'"
            )
        projection = [] if self.projection is None else [self.projection]
        return [self.embedding, self.recurrent, *projection, self.output]

    def cross_entropy(
        self,
        inputs: Any,
        targets: Any,
        state: Any = None,
        *,
        reset: Any = None,
        reduction: Reduction,
    ) -> tuple[Tensor, Any]:
        """inputs, targets int64 (T, B), state -> -ln p of the targets, reduced, and the new state.

        reset: bool (T, B): inputs that are read from zeros, without a state; None for none.

        Targets that are IGNORED count nothing. The logits of all V tokens are not kept, and with an
        adaptive softmax not even computed.
        """
        y, state = self._features(inputs, state, reset=reset)
        scored: Any = {"ignore_index": IGNORED, "reduction": reduction}
        if isinstance(self.output, nn.AdaptiveSoftmax):
            return self.output(y, targets, **scored), state
        weight, bias = self.output.weight, self.output.bias
        return functional.linear_cross_entropy(y, weight, bias, targets, **scored), state

    def _features(
        self, ids: Any, state: Any, *, reset: Any = None, last: bool = False
    ) -> tuple[Tensor, Any]:
        """What the output layer reads: (T, B, H), or (B, H) of the last step; and the new state.

        (E in place of H where the weights are tied.)
        """
        x = self.embedding(ids)  # (T, B, E), a lookup not yet made
        if self.input_dropout is not None:
            x = self.input_dropout(x)
        y, state = self.recurrent(x, state, reset=reset)  # (T, B, H)
        if last:
            y = y[-1]  # (B, H)
        if self.output_dropout is not None:
            y = self.output_dropout(y)
        if self.projection is not None:
            y = self.projection(y)  # (T, B, E)
        return y, state


def _output_layer(
    vocabulary_size: int, config: LanguageModelConfig, **kind: Any
) -> nn.Linear | nn.AdaptiveSoftmax:
    """The layer that config.softmax names."""
    if config.softmax == "full":
        width = config.embedding if config.tied else config.hidden_size
        return nn.Linear(width, vocabulary_size, **kind)
    cutoffs = config.for_vocabulary(vocabulary_size).cutoffs
    assert cutoffs is not None
    return nn.AdaptiveSoftmax(
        config.hidden_size, vocabulary_size, cutoffs, config.div_value, head_bias=True, **kind
    )
