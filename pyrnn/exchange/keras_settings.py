"""Keras' description of a layer, checked: what has its like here, and what has not.

A setting that changes what a layer computes, and that its module here has not, is refused. Settings
of the first weights, of regularisation and of how Keras runs a layer (stateful, unroll ...) change
nothing about the weights and are passed over.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from pyrnn import nn
from pyrnn.exchange.dense import ACTIVATIONS
from pyrnn.exchange.keras_layers import Options, module_of

CELLS = {"LSTM": "lstm", "GRU": "gru", "SimpleRNN": "simple_rnn"}  # Keras' classes, our names
KNOWN = {**CELLS, "Embedding": "embedding", "Dense": "dense"}
WRAPPERS = ("Bidirectional", "TimeDistributed")  # they hold a layer under "layer"

# What a recurrent layer computes with; a setting that a class has not, its config lacks.
FIXED = {"recurrent_activation": "sigmoid", "time_major": False}
TRAINING_ONLY = ("dropout", "recurrent_dropout")


class KerasLayer(NamedTuple):
    """A layer as Keras describes it."""

    name: str
    kind: str  # its class
    config: Mapping[
        str, Any
    ]  # as get_config gives it; settings that are absent have their defaults
    weights: Sequence[Any]  # as get_weights gives them


def is_known(layer: KerasLayer) -> bool:
    """Whether there is a module for layers of this class."""
    if layer.kind in WRAPPERS:
        inner = _inner(layer, "layer").kind
        return inner in (CELLS if layer.kind == "Bidirectional" else ("Dense", "Embedding"))
    return layer.kind in KNOWN


def convert(layer: KerasLayer, options: Options, ignore_dropout: bool) -> nn.Module:
    """The module that computes what a layer does.

    ignore_dropout: take a layer with dropout all the same, without it.
    Raises ValueError for a setting that has not its like here, naming it, and as `module_of`.
    """
    if layer.kind == "TimeDistributed":  # a Dense acts on the last axis, whatever stands before it
        return convert(_inner(layer, "layer"), options, ignore_dropout)
    if layer.kind == "Bidirectional":
        forward = _forward_of(layer)
        _check_recurrent(forward, ignore_dropout)
        cell = forward._replace(weights=layer.weights)
        options = options._replace(bidirectional=True)
        return _recurrent(cell, options)
    if layer.kind in CELLS:
        _check_recurrent(layer, ignore_dropout)
        return _recurrent(layer, options)
    if layer.kind == "Embedding" and layer.config.get("mask_zero"):
        warnings.warn(
            f"{layer.name}: mask_zero=True: Keras passes over the steps whose id is 0; here, give "
            "the lengths to the recurrent layers, lengths=(ids != 0).sum(axis=1) where the zeros "
            "stand at the end",
            stacklevel=2,
        )
    if layer.kind == "Dense":
        activation = _name(layer.config.get("activation", "linear"))
        if activation != "linear" and activation not in ACTIVATIONS:
            raise _refusal(layer, "activation", "linear, " + ", ".join(ACTIVATIONS), activation)
        options = options._replace(activation=activation)
    return module_of(layer.name, KNOWN[layer.kind], [layer.weights], options)


def _recurrent(layer: KerasLayer, options: Options) -> nn.Module:
    activation = _name(layer.config.get("activation", options.activation or "tanh"))
    options = options._replace(
        reset_after=layer.config.get("reset_after", options.reset_after),
        activation=activation if layer.kind == "SimpleRNN" else None,
    )
    return module_of(layer.name, CELLS[layer.kind], [layer.weights], options)


def _check_recurrent(layer: KerasLayer, ignore_dropout: bool, *, backwards: bool = False) -> None:
    """Raises ValueError for the first setting that pyrnn's layer has not."""
    activations = {"SimpleRNN": ("tanh", "relu", "sigmoid")}.get(layer.kind, ("tanh",))
    activation = _name(layer.config.get("activation", "tanh"))
    if activation not in activations:
        raise _refusal(layer, "activation", " or ".join(activations), activation)
    for name, value in {**FIXED, "go_backwards": backwards}.items():
        found = _name(layer.config.get(name, value))
        if found != value:
            hint = (
                " (give the module the reversed sequence)"
                if name == "go_backwards" and found is True
                else ""
            )
            raise _refusal(layer, name, str(value), found, hint)
    for name in TRAINING_ONLY:
        if layer.config.get(name) and not ignore_dropout:
            hint = " (it acts in training alone: ignore_dropout=True takes the layer without it)"
            raise _refusal(layer, name, "0", layer.config[name], hint)


def _forward_of(layer: KerasLayer) -> KerasLayer:
    """The forward layer of a Bidirectional, once its backward one is known to be like it."""
    merge_mode = layer.config.get("merge_mode", "concat")
    if merge_mode != "concat":
        raise _refusal(layer, "merge_mode", "concat", merge_mode)
    forward = _inner(layer, "layer")
    if layer.config.get("backward_layer") is not None:
        backward = _inner(layer, "backward_layer")
        if backward.kind != forward.kind:
            raise _refusal(layer, "backward_layer", forward.kind, backward.kind)
        _check_recurrent(backward, True, backwards=True)
        for name in ("activation", "reset_after", "use_bias"):
            mine, its = (_name(one.config.get(name)) for one in (forward, backward))
            if mine != its:
                raise _refusal(layer, f"backward_layer: {name}", f"{mine}, as forward", its)
    return forward


def _inner(layer: KerasLayer, name: str) -> KerasLayer:
    """The layer that a wrapper holds, with the wrapper's name and weights."""
    inner = layer.config.get(name)
    try:
        return KerasLayer(layer.name, inner["class_name"], inner["config"], layer.weights)  # type: ignore[index]
    except (KeyError, TypeError) as error:
        raise ValueError(f"{layer.name}: expected the config of a layer at {name!r}") from error


def _name(value: Any) -> Any:
    """A setting's value; of a function the name, however Keras has written it down."""
    if isinstance(value, Mapping):
        value = value.get("config", value.get("class_name"))
        if isinstance(value, Mapping):
            value = value.get("name")
    return getattr(value, "__name__", value)


def _refusal(
    layer: KerasLayer, setting: str, expected: str, found: Any, hint: str = ""
) -> ValueError:
    return ValueError(
        f"{layer.name} ({layer.kind}): {setting}: expected {expected}; got {found!r}{hint}"
    )
