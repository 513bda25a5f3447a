"""The hidden size that gives one cell as many parameters as another."""

from __future__ import annotations

from bisect import bisect_left
from copy import copy
from functools import cache
from typing import Any

import numpy as np

from pyrnn.models.model import Model
from pyrnn.nn import Embedding, skeleton


def parameter_count(model: Model, config: Any = None) -> int:
    """The parameters that a model would have by another config, shared ones once.

    model: one that is built, so that its vocabulary is known. config: default its own.
    They are counted on a network that is built for it without weights, so that whatever a model has
    is in the count.
    """
    other = copy(model)
    other.config = model.config if config is None else config
    with skeleton():
        network = other.build(np.random.default_rng(0))
    return sum(parameter.size for parameter in network.parameters())


def of_equal_size(model: Model, cell: str) -> Any:
    """The config of a model with another cell, and the hidden size that brings its parameters
    nearest to the model's.

    model: one that is built; its config has cell and hidden_size.
    An embedding keeps the model's width, since what is compared is what stands above it. The
    smallest size is 1, so a cell may end above a tiny model.
    """
    reference = model.config
    highest = width = reference.hidden_size
    try:
        config = reference.of(reference, cell=cell)
    except ValueError as error:
        raise ValueError(
            f"cells: expected some of {_cells_for(reference)} with these settings; got {cell} "
            f"({error})"
        ) from error
    if any(isinstance(module, Embedding) for module in model.network.modules()):
        width = reference.embedding_size or reference.hidden_size
        config = config.of(config, embedding_size=width)
    wanted = parameter_count(model)

    @cache
    def count(hidden_size: int) -> int:
        return parameter_count(model, config.of(config, hidden_size=hidden_size))

    while count(highest) < wanted:
        highest *= 2
    # More units, more parameters; but where embedding and output share their weights, a size that
    # is the embedding's width needs no projection between them, and stands apart
    rising = [size for size in range(1, highest + 1) if size != width]
    place = bisect_left(rising, wanted, key=count)
    candidates = [width, *rising[max(place - 1, 0) : place + 1]]
    nearest = min(
        candidates, key=lambda h: (abs(count(h) - wanted), abs(h - reference.hidden_size))
    )
    return config.of(config, hidden_size=nearest)


def _cells_for(config: Any) -> str:
    """The cells that go with the other settings, as --cells takes them: lstm,gru."""

    def goes(cell: str) -> bool:
        try:
            config.of(config, cell=cell)
        except ValueError:
            return False
        return True

    return ",".join(filter(goes, config.declared()["cell"].kind.names))
