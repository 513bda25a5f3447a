"""pyrnn's weights in torch's modules."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch


def filled(module: torch.nn.Module, weights: Mapping[str, torch.Tensor]) -> None:
    """Let a module begin with these weights, all of them, in their dtype."""
    module.to(next(iter(weights.values())).dtype)
    module.load_state_dict(dict(weights))


def under(prefix: str, weights: Mapping[str, np.ndarray]) -> dict[str, torch.Tensor]:
    """The weights below a name, by what stands behind it."""
    return {
        name.removeprefix(f"{prefix}."): torch.from_numpy(value)
        for name, value in weights.items()
        if name.startswith(f"{prefix}.")
    }


def linear(prefix: str, weights: Mapping[str, np.ndarray]) -> torch.nn.Linear:
    """A linear layer with the weights below a name."""
    own: dict[str, Any] = under(prefix, weights)
    outputs, inputs = own["weight"].shape
    layer = torch.nn.Linear(inputs, outputs, bias="bias" in own)
    filled(layer, own)
    return layer


def embedding(prefix: str, weights: Mapping[str, np.ndarray], **how: Any) -> torch.nn.Embedding:
    """A table with the weights below a name."""
    own = under(prefix, weights)
    table = torch.nn.Embedding(*own["weight"].shape, **how)
    filled(table, own)
    return table
