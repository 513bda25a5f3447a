"""The layers of a forecaster.

    x_j = [u_j / σ_u; what stands beside]       what is read of the context       (c - d, B, I)
    h_j, s = encoder(x_j, h_{j-1})              a recurrent stack                 (c - d, B, H)
    o_k = W_k h_t + b_k                         what it says of step k            (B, h, K O)

with what is known of the steps to come, a (h, B, J), a decoder in its place (Cho et al. 2014):

    g_k, · = decoder(a_k, g_{k-1})   g_0 = s    another stack of the same size    (h, B, H)
    o_k = W g_k + b                                                               (B, h, K O)

and the linear part (Lai et al. 2018, LSTNet), from the context alone:

    o_k' = o_k + A_k past / σ_u                                                   (B, h, K)

O = 1 for a number; for Q quantiles the one nearest to the median is such a number, and the others
lie a softplus above or below their neighbour, so they never cross.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from pyrnn import functional, nn
from pyrnn.autograd import Tensor
from pyrnn.models.forecaster.rows import ForecastBatch
from pyrnn.models.forecaster.settings import ForecasterConfig
from pyrnn.models.stack_settings import dropout_layer


class Widths(NamedTuple):
    """targets: K. inputs: I. ahead: J, 0 for no decoder."""

    targets: int
    inputs: int
    ahead: int


class ForecastNetwork(nn.Module):
    """Encoder, decoder where there is something to read, output layer and linear part."""

    def __init__(self, config: ForecasterConfig, widths: Widths, rng: np.random.Generator) -> None:
        assert config.context is not None
        self.horizon, self.targets = config.horizon, widths.targets
        self.quantiles = None if config.quantiles is None else len(config.quantiles)
        self.middle = middle(config.quantiles)
        self.input_dropout = dropout_layer(config.dropout_input, rng)
        self.encoder = config.recurrent(widths.inputs, rng)
        self.decoder = config.recurrent(widths.ahead, rng) if widths.ahead else None
        self.output_dropout = dropout_layer(config.dropout_output, rng)
        steps = 1 if widths.ahead else config.horizon
        outputs = steps * widths.targets * (self.quantiles or 1)
        self.output = nn.Linear(config.hidden_size, outputs, dtype=config.dtype, rng=rng)
        self.linear = None
        if config.linear:
            length = config.context - config.lag
            self.linear = nn.Linear(length, config.horizon, bias=False, dtype=config.dtype, rng=rng)
        for layer in filter(None, (self.output, self.linear)):  # it begins with the baseline
            for parameter in layer.parameters():
                parameter.assign(np.zeros(parameter.shape, parameter.dtype))

    def forward(self, batch: ForecastBatch) -> Tensor:
        """What is added to the baseline, divided by σ_r: (B, h, K), or (B, h, K, Q)."""
        x: Any = batch.inputs
        if self.input_dropout is not None:
            x = self.input_dropout(x)
        y, state = self.encoder(x, sequences=batch.numbers)
        if self.decoder is None:
            said = self._output(y[-1])  # (B, h K Q)
        else:
            y, _ = self.decoder(batch.ahead, state, sequences=batch.numbers)
            said = self._output(y).swapaxes(0, 1)  # (B, h, K Q)
        said = said.reshape(batch.sequences, self.horizon, self.targets, self.quantiles or 1)
        number = said[..., self.middle]  # (B, h, K)
        if self.linear is not None:
            number = number + self.linear(batch.past).swapaxes(1, 2)
        return number if self.quantiles is None else self._rising(number, said)

    def _output(self, h: Any) -> Any:
        return self.output(h if self.output_dropout is None else self.output_dropout(h))

    def _rising(self, number: Any, said: Any) -> Tensor:
        """Quantiles (B, h, K, Q) around a number (B, h, K), out of outputs (B, h, K, Q)."""
        apart, found = functional.softplus(said), [number]
        for place in range(self.middle + 1, said.shape[-1]):
            found.append(found[-1] + apart[..., place])
        for place in range(self.middle - 1, -1, -1):
            found.insert(0, found[0] - apart[..., place])
        return functional.stack(found, axis=-1)


def middle(quantiles: tuple[float, ...] | None) -> int:
    """Which of them is the forecast: the one nearest to the median."""
    if quantiles is None:
        return 0
    return int(np.argmin(np.abs(np.array(quantiles) - 0.5)))
