"""A module's weights as a plain safetensors file, under PyTorch's names."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pyrnn import nn
from pyrnn.exchange.tensor_file import write_tensors
from pyrnn.kernels.stack import has_cell_state, spoken

VERSION = 1  # of what the file says about itself

# Same names, same shapes, other arithmetic: such weights would load in PyTorch and compute nonsense
NOT_IN_TORCH = {
    "gru_reset_before": "a GRU with reset_after=False",
    "rnn_sigmoid": "an RNN with nonlinearity='sigmoid'",
    "lstm_peephole": "an LSTM with peephole=True",
    "lstm_coupled": "an LSTM with coupled=True",
    "lstm_coupled_peephole": "an LSTM with peephole=True and coupled=True",
    "lstm_norm": "an LSTM with layer_norm=True",
    "gru_norm": "a GRU with layer_norm=True",
}


def export(module: nn.Module, path: str | Path, *, about: Mapping[str, str] | None = None) -> None:
    """Write a module's weights to a safetensors file that PyTorch loads as a state dict.

    The file is `module.state_dict()`, names and layouts PyTorch's, tied weights under each of their
    names, and a header with texts ("metadata"):

        format      "pt", which some loaders ask for
        producer    "pyrnn", and version, "1", of these entries
        layers      JSON: {path: {"kind": class, argument: value ...}} for each layer with weights:
                    what PyTorch's class of that name takes as its arguments

    It holds weights alone: how the layers follow each other, and the activation of a
    `pyrnn.exchange.Dense`, which is a Linear there, are for the reader to write.

    Args:
        module: any module. path: where to write; what is there is replaced, in one step.
        about: more texts for the header.

    Raises:
        TypeError: no module. ValueError: a layer computes what no layer of PyTorch's does (a GRU
            with reset_after=False, an RNN with the sigmoid, an LSTM with peepholes or coupled
            gates, any with layer norm or zoneout), the module has no parameters, or the path ends
            in .pt, .pth, ... as PyTorch's pickles do. OSError: as the system does.

    >>> import os, tempfile, pyrnn
    >>> path = os.path.join(tempfile.mkdtemp(), "lstm.safetensors")
    >>> pyrnn.export(pyrnn.nn.LSTM(3, 5, rng=0), path)
    >>> pyrnn.from_torch(path)
    LSTM(3, 5)  # x (T, B, 3) -> y (T, B, 5), (h, c) each (1, B, 5); 200 parameters
    """
    if not isinstance(module, nn.Module):
        raise TypeError(
            f"module: expected a Module; got {type(module).__name__}"
            + (" (it has an export of its own)" if hasattr(module, "export") else "")
        )
    layers = _layers(module)
    state = module.state_dict()
    if not state:
        raise ValueError(f"module: expected parameters to write; {type(module).__name__} has none")
    header = {
        "format": "pt",
        "producer": "pyrnn",
        "version": str(VERSION),
        "layers": json.dumps(layers),
    }
    write_tensors(path, state, {**(about or {}), **header})


def _layers(module: nn.Module) -> dict[str, dict[str, Any]]:
    """Class and arguments of each module that holds parameters itself."""
    found = {}
    for path, layer in module.named_modules():
        if any(isinstance(value, nn.Parameter) for value in vars(layer).values()):
            found[path] = _described(path, layer)
    return found


def _described(path: str, layer: nn.Module) -> dict[str, Any]:
    if isinstance(layer, nn.Recurrent | nn.RecurrentCell):
        return _recurrent(path, layer)
    if isinstance(layer, nn.Linear):
        sizes = {"in_features": layer.in_features, "out_features": layer.out_features}
        return {"kind": "Linear", **sizes, "bias": layer.bias is not None}
    if isinstance(layer, nn.Embedding):
        sizes = {"num_embeddings": layer.num_embeddings, "embedding_dim": layer.embedding_dim}
        return {"kind": "Embedding", **sizes, "padding_idx": layer.padding_idx}
    return {"kind": type(layer).__name__}


def _recurrent(path: str, layer: nn.Recurrent | nn.RecurrentCell) -> dict[str, Any]:
    stack = layer.stack
    other = NOT_IN_TORCH.get(stack.cell)
    if any(stack.zoneout):  # it acts in eval, too
        h, c = stack.zoneout
        p = f"({h:g}, {c:g})" if has_cell_state(stack.cell) else f"{h:g}"
        joined = " and" if other and " with " in other else " with"
        other = f"{other or spoken(stack.cell)}{joined} zoneout={p}"
    if other is not None:
        raise ValueError(
            f"{path or 'module'}: expected layers that PyTorch has; got {other}, whose weights "
            "would compute something else there. safetensors.numpy.save_file writes a "
            "state_dict() all the same"
        )
    kinds = (nn.LSTM, nn.GRU, nn.RNN, nn.LSTMCell, nn.GRUCell, nn.RNNCell)
    kind = next((each.__name__ for each in kinds if isinstance(layer, each)), type(layer).__name__)
    described: dict[str, Any] = {
        "kind": kind,
        "input_size": stack.input_size,
        "hidden_size": stack.hidden_size,
        "bias": stack.bias,
    }
    if isinstance(layer, nn.RNN | nn.RNNCell):
        described["nonlinearity"] = layer.nonlinearity
    if isinstance(layer, nn.Recurrent):
        described |= {
            "num_layers": stack.num_layers,
            "batch_first": layer.batch_first,
            "dropout": stack.dropout,
            "bidirectional": stack.bidirectional,
        }
    if stack.proj_size:
        described["proj_size"] = stack.proj_size
    return described
