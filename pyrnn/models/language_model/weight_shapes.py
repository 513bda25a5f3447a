"""The shapes of a language model's weights, out of its settings alone.

A config.json of a hundred bytes may ask for a layer of a terabyte. Before a network is made by
settings that came out of a file, its shapes are compared with the weights that came with them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pyrnn.kernels.stack import Stack
from pyrnn.models.language_model.configuration import LanguageModelConfig
from pyrnn.nn.adaptive_softmax import tail_sizes

Shape = tuple[int, ...]


def weight_shapes(vocabulary_size: int, config: LanguageModelConfig) -> Iterator[tuple[str, Shape]]:
    """(name, shape) of each weight of `LanguageNetwork(vocabulary_size, config)`, one by one: of a
    billion layers the first may be refused."""
    width, hidden = config.embedding, config.hidden_size
    yield "embedding.weight", (vocabulary_size, width)
    inputs = width
    for layer in range(config.num_layers):
        one = Stack(config.cell, inputs, hidden)
        for name, shape in zip(one.weight_names(), one.weight_shapes(), strict=True):
            yield f"recurrent.{name.removesuffix('_l0')}_l{layer}", shape
        inputs = hidden
    if config.tied and width != hidden:
        yield "projection.weight", (width, hidden)
    if config.softmax == "adaptive":
        yield from _adaptive(vocabulary_size, config)
        return
    yield "output.weight", (vocabulary_size, width if config.tied else hidden)
    yield "output.bias", (vocabulary_size,)


def _adaptive(vocabulary_size: int, config: LanguageModelConfig) -> Iterator[tuple[str, Shape]]:
    """Those of `nn.AdaptiveSoftmax`."""
    hidden, cutoffs = config.hidden_size, config.for_vocabulary(vocabulary_size).cutoffs
    assert cutoffs is not None
    head = cutoffs[0] + len(cutoffs)
    yield "output.head.weight", (head, hidden)
    yield "output.head.bias", (head,)
    for k, (width, classes) in enumerate(
        tail_sizes(hidden, vocabulary_size, cutoffs, config.div_value)
    ):
        yield f"output.tail.{k}.0.weight", (width, hidden)
        yield f"output.tail.{k}.1.weight", (classes, width)


def check_weights(
    weights: Mapping[str, Any], vocabulary_size: int, config: LanguageModelConfig
) -> None:
    """Raise ValueError unless a network of these settings is as large as the weights that are
    there. It takes no memory in the settings' sizes. What else may be wrong with the weights,
    `load_state_dict` finds out."""
    tied = {"embedding.weight", "output.weight"} if config.tied else set()
    for name, shape in weight_shapes(vocabulary_size, config):
        if name not in weights:
            if name in tied and tied & set(weights):  # one of its two names is enough
                continue
            raise ValueError(f"weights: expected {name} {shape}, as the settings ask for; got none")
        found = tuple(weights[name].shape)
        if found != shape:
            raise ValueError(
                f"{name}: expected shape {shape}, as the settings ask for; got {found}"
            )
