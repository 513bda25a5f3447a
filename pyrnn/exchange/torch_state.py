"""Modules out of a state dict of PyTorch's."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pyrnn import nn
from pyrnn.exchange import torch_layers
from pyrnn.exchange.floats import shape_of, widest
from pyrnn.exchange.tensor_file import read_tensors
from pyrnn.exchange.torch_entries import LONE, Group, groups, kind_of_lone
from pyrnn.exchange.torch_layers import Layer, Settings
from pyrnn.nn.saved_state import checkpoint_hint

NOTED = ("nonlinearity", "batch_first", "dropout", "padding_idx")  # what `export` writes of these
KERAS = {".keras", ".h5", ".hdf5"}


def from_torch(
    state: Mapping[str, Any] | str | Path,
    *,
    prefix: str = "",
    kinds: Mapping[str, str] | None = None,
    nonlinearity: str | None = None,
    batch_first: bool | None = None,
    dropout: float | None = None,
    dtype: Any = None,
    rng: Any = None,
    strict: bool = True,
) -> Any:
    """The recurrent, Linear and Embedding layers of a PyTorch state dict, with its weights.

    Cell, sizes, layers, directions and biases follow from the names and shapes; PyTorch itself is
    not needed. float16 and bfloat16 widen to float32.

    Args:
        state: {name: array or tensor}, as ``module.state_dict()`` gives it; or the path of a
            .safetensors file. A .pt or .pth file is a pickle and is refused.
        prefix: only what stands under this path: "encoder" takes encoder.lstm.weight_ih_l0.
        kinds: {path: "Linear" or "Embedding"}: what a matrix without a bias is. Without a word on
            it, one is an Embedding if the last name of its path has "emb" in it; any other is
            refused, since the shape tells nothing.
        nonlinearity: of RNNs, which their weights do not tell: "tanh" (default), "relu" or
            "sigmoid".
        batch_first: whether recurrent layers take and give (B, T, ·); default no.
        dropout: between the layers of a stack, in training; default 0.
        dtype: float32 or float64; None (default): float64 if any entry is, else float32.
        rng: generator or seed for later dropout; None takes fresh entropy.
        strict: every entry must belong to a layer of these kinds. False passes over the others, as
            those of a LayerNorm or a convolution.

    A file that `export` wrote says what its layers are, so kinds, nonlinearity, batch_first and
    dropout need not be given; what is given goes first.

    Returns the module if there is one; else {path: module}, in the order of the state dict. Modules
    come as every new one, in training mode: `eval()` ends dropout.

    Raises:
        ValueError: names are missing or belong to no known layer, a wrong shape, a projection
            (weight_hr_l0), a pickle, or nothing to load. TypeError: an entry is no array of floats.
            The message names the entry, its shape, and what was expected.

    >>> import numpy, pyrnn
    >>> gru = pyrnn.nn.GRU(3, 5, num_layers=2, rng=0)
    >>> pyrnn.from_torch(gru.state_dict())
    GRU(3, 5, num_layers=2)  # x (T, B, 3) -> y (T, B, 5), h (2, B, 5); 330 parameters
    """
    entries, notes = _entries(state)
    found = groups(entries, prefix)
    order = {
        path: i for i, path in enumerate(notes)
    }  # a file has its entries in an order of its own
    found.sort(key=lambda group: order.get(group.whole_path, len(order)))
    if strict:
        _refuse_foreign(found)
    given = {"nonlinearity": nonlinearity, "batch_first": batch_first, "dropout": dropout}
    given = {name: value for name, value in given.items() if value is not None}
    kinds = _check_kinds(kinds or {}, found)
    layers: dict[str, tuple[Layer, Settings]] = {}
    for group in found:
        if group.is_recurrent or group.is_plain:
            noted = _noted(notes, group)
            kept = {name: noted[name] for name in NOTED if noted.get(name) is not None}
            settings = Settings(**{**kept, **given}, rng=rng)
            layers[group.path] = _layer(group, kinds, noted.get("kind"), settings), settings
    modules = _modules(layers, dtype)
    return next(iter(modules.values())) if len(modules) == 1 else modules


def _layer(group: Group, kinds: Mapping[str, str], noted: Any, settings: Settings) -> Layer:
    if group.is_recurrent:
        return torch_layers.recurrent(group, settings)
    kind = kinds.get(group.path, "Linear")
    if "bias" not in group.entries:
        kind = kind_of_lone(group, kinds, noted if noted in LONE else None)
    return torch_layers.plain(group, kind, settings)


def _modules(layers: Mapping[str, tuple[Layer, Settings]], dtype: Any) -> dict[str, nn.Module]:
    """All layers in one dtype: what one gives, another takes."""
    if not layers:
        raise ValueError(
            "state: expected entries of LSTM, GRU, RNN, Linear or Embedding layers; got others"
        )
    arrays = {path: layer.arrays() for path, (layer, _) in layers.items()}
    if dtype is None:
        dtype = widest(array for each in arrays.values() for array in each.values())
    return {
        path: layer.module(arrays[path], settings._replace(dtype=dtype))
        for path, (layer, settings) in layers.items()
    }


def _entries(state: Any) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """The entries, and what a file that `export` wrote notes of its layers."""
    if isinstance(state, str | Path):
        if Path(state).suffix.lower() in KERAS:
            raise ValueError(f"{state}: expected a .safetensors file; from_keras reads this one")
        entries, metadata = read_tensors(state)
        try:
            notes = json.loads(metadata.get("layers", "{}"))
        except ValueError:  # another program's entry of that name
            notes = {}
        return entries, notes if isinstance(notes, dict) else {}
    if isinstance(state, Mapping):
        if whole := checkpoint_hint(state):
            got = ", ".join(map(repr, list(state)[:8]))
            raise ValueError(f"state: expected names and arrays; got {got:.200}{whole}")
        return state, {}
    hint = " (pass its state_dict())" if hasattr(state, "state_dict") else ""
    raise TypeError(
        f"state: expected a state dict or the path of a .safetensors file; "
        f"got {type(state).__name__}{hint}"
    )


def _noted(notes: Mapping[str, Any], group: Group) -> Mapping[str, Any]:
    """What a file notes of a layer."""
    noted = notes.get(group.whole_path)
    return noted if isinstance(noted, dict) else {}


def _check_kinds(kinds: Mapping[str, str], found: list[Group]) -> Mapping[str, str]:
    paths = {group.path for group in found if group.is_plain}
    for path, kind in kinds.items():
        if path not in paths:
            raise ValueError(
                f"kinds: expected paths of Linear and Embedding layers, "
                f"{', '.join(map(repr, sorted(paths))) or 'of which there are none'}; got {path!r}"
            )
        if kind not in LONE:
            raise ValueError(f"kinds: expected 'Linear' or 'Embedding' at {path!r}; got {kind!r}")
    return kinds


def _refuse_foreign(found: list[Group]) -> None:
    foreign = [entry for group in found for entry in group.foreign()]
    if foreign:
        listed = ", ".join(f"{entry.key} {shape_of(entry.value)}" for entry in foreign[:8])
        raise ValueError(
            f"state: expected entries of LSTM, GRU, RNN, Linear and Embedding layers alone; got "
            f"{listed}{' ...' if len(foreign) > 8 else ''} (strict=False passes over them)"
        )
