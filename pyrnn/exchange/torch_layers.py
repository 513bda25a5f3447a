"""The entries of one layer as a module, every name and shape checked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from pyrnn import nn
from pyrnn.exchange.floats import as_floats, shape_of
from pyrnn.exchange.torch_entries import RECURRENT, Entry, Group
from pyrnn.kernels.stack import Array, Stack

# By G, the rows of the weights for each hidden unit: the cell, the layer and its single step. The
# cell of an RNN stands for all of its nonlinearities, which no shape depends on.
GATES: dict[int, tuple[str, type[nn.Recurrent], type[nn.RecurrentCell]]] = {
    4: ("lstm", nn.LSTM, nn.LSTMCell),
    3: ("gru", nn.GRU, nn.GRUCell),
    1: ("rnn_tanh", nn.RNN, nn.RNNCell),
}


class Settings(NamedTuple):
    """What weights do not tell of a module."""

    dtype: Any = None
    rng: Any = None
    nonlinearity: str = "tanh"
    batch_first: bool = False
    dropout: float = 0.0
    padding_idx: int | None = None


class Layer(NamedTuple):
    """One layer, ready to be made: its module's class and arguments, and its entries."""

    kind: type[Any]
    arguments: dict[str, Any]
    entries: dict[str, Entry]  # by the names of the module's parameters

    def arrays(self) -> dict[str, Array]:
        """The entries as float32 or float64. TypeError for what is no floating array."""
        return {name: as_floats(entry.key, entry.value) for name, entry in self.entries.items()}

    def module(self, arrays: Mapping[str, Array], settings: Settings) -> nn.Module:
        """The module with these values."""
        # init: the cheapest, since nothing remains of it
        more = {"init": "torch"} if issubclass(self.kind, nn.Recurrent | nn.RecurrentCell) else {}
        module: nn.Module = self.kind(
            **self.arguments, **more, dtype=settings.dtype, rng=settings.rng
        )
        dtype = next(module.parameters()).dtype
        module.load_state_dict({name: array.astype(dtype) for name, array in arrays.items()})
        return module


def plain(group: Group, kind: str, settings: Settings) -> Layer:
    """A Linear or an Embedding. kind: which of them, where there is no bias."""
    weight, bias = group.entries["weight"], group.entries.get("bias")
    rows, columns = weight.shape
    if min(rows, columns) < 1:
        raise ValueError(f"{weight.key}: expected at least one row and column; got {weight.shape}")
    if kind == "Embedding":
        if bias is not None:
            raise ValueError(f"{bias.key}: expected no bias beside the weight of an Embedding")
        table = {"num_embeddings": rows, "embedding_dim": columns}
        return Layer(
            nn.Embedding, {**table, "padding_idx": settings.padding_idx}, {"weight": weight}
        )
    if bias is not None and bias.shape != (rows,):
        raise ValueError(
            f"{bias.key}: expected shape {(rows,)} beside {weight.key} {weight.shape}; "
            f"got {shape_of(bias.value)}"
        )
    entries = {"weight": weight} if bias is None else {"weight": weight, "bias": bias}
    sizes = {"in_features": columns, "out_features": rows, "bias": bias is not None}
    return Layer(nn.Linear, sizes, entries)


def recurrent(group: Group, settings: Settings) -> Layer:
    """An LSTM, GRU or RNN, or a single step of one."""
    entries, is_cell = _numbered(group)
    stack = _stack(group, entries)
    _check(group, stack, entries)
    _, layer, cell = GATES[stack.gates]
    arguments: dict[str, Any] = {
        "input_size": stack.input_size, "hidden_size": stack.hidden_size, "bias": stack.bias,
    }  # fmt: skip
    if stack.gates == 1:
        arguments["nonlinearity"] = settings.nonlinearity
    if stack.proj_size:
        arguments["proj_size"] = stack.proj_size
    if is_cell:
        return Layer(
            cell, arguments, {name.removesuffix("_l0"): entry for name, entry in entries.items()}
        )
    arguments |= {
        "num_layers": stack.num_layers,
        "bidirectional": stack.bidirectional,
        "batch_first": settings.batch_first,
        "dropout": settings.dropout if stack.num_layers > 1 else 0.0,  # it acts between layers
    }
    return Layer(layer, arguments, entries)


def _numbered(group: Group) -> tuple[dict[str, Entry], bool]:
    """The recurrent entries under names with a layer's number, and whether they had none."""
    found: dict[str, Entry] = {}
    bare: list[str] = []
    numbered: list[str] = []
    for name, entry in group.entries.items():
        match = RECURRENT.fullmatch(name)
        if match is None:
            continue
        if match["kind"] == "weight_hr" and match["layer"] is None:
            raise ValueError(
                f"{entry.key}: expected no projection in a cell, as PyTorch's has none; got one of "
                f"shape {shape_of(entry.value)}"
            )
        (bare if match["layer"] is None else numbered).append(entry.key)
        found[name if match["layer"] else f"{name}_l0"] = entry
    if bare and numbered:
        raise ValueError(
            f"{group}: expected a layer (weight_ih_l0 ...) or a cell (weight_ih ...); "
            f"got both: {numbered[0]} and {bare[0]}"
        )
    return found, bool(bare)


def _stack(group: Group, entries: Mapping[str, Entry]) -> Stack:
    """The stack that has these names; its sizes are those of the first layer."""
    first = [entries.get(name) for name in ("weight_hh_l0", "weight_ih_l0")]
    hh, ih = first
    if hh is None or ih is None:
        named = ", ".join(entry.key for entry in list(entries.values())[:8])
        raise ValueError(
            f"{group}: missing {'weight_hh_l0' if hh is None else 'weight_ih_l0'} (of a cell: "
            f"without _l0), beside {named}"
        )
    rows, width = hh.shape if len(hh.shape) == 2 else (0, 0)
    hr = entries.get("weight_hr_l0")
    hidden = width if hr is None else _projected(hr, hh)
    gates = rows // hidden if hidden and rows % hidden == 0 else 0
    if gates not in GATES:
        raise ValueError(
            f"{hh.key}: expected shape (G H, H), with G = 4 for an LSTM, 3 for a GRU, 1 for an "
            f"RNN; got {shape_of(hh.value)}"
        )
    if len(ih.shape) != 2 or ih.shape[0] != rows or ih.shape[1] < 1:
        raise ValueError(
            f"{ih.key}: expected shape (G H, I) = ({rows}, I) beside {hh.key} {hh.shape}; "
            f"got {shape_of(ih.value)}"
        )
    matches = [match for match in map(RECURRENT.fullmatch, entries) if match]
    layers = 1 + max(int(match["layer"]) for match in matches)
    if layers > len(entries):  # before a list of that length is made
        raise ValueError(
            f"{group}: expected layers without gaps from 0 on; got {len(entries)} entries, one of "
            f"layer {layers - 1}"
        )
    return Stack(
        GATES[gates][0],
        ih.shape[1],
        hidden,
        layers,
        bidirectional=any(name.endswith("_reverse") for name in entries),
        bias=any(name.startswith("bias") for name in entries),
        proj_size=0 if hr is None else width,
    )


def _projected(hr: Entry, hh: Entry) -> int:
    """H of a projected LSTM, from weight_hr (P, H) and weight_hh (4 H, P), which must fit."""
    rows, width = hh.shape if len(hh.shape) == 2 else (0, 0)
    hidden = rows // 4
    if rows % 4 or hr.shape != (width, hidden) or not 0 < width < hidden:
        raise ValueError(
            f"{hr.key}: expected the projection of an LSTM, (P, H) beside {hh.key} (4 H, P), with "
            f"P below H; got {shape_of(hr.value)} beside {shape_of(hh.value)}"
        )
    return hidden


def _check(group: Group, stack: Stack, entries: Mapping[str, Entry]) -> None:
    """Every name of the stack is there, every shape is right, and there is no other name."""
    shapes = dict(zip(stack.weight_names(), stack.weight_shapes(), strict=True))
    kind = (
        f"{GATES[stack.gates][1].__name__} (I = {stack.input_size}, H = {stack.hidden_size}, "
        f"{f'P = {stack.proj_size}, ' if stack.proj_size else ''}"
        f"L = {stack.num_layers}, D = {stack.directions})"
    )
    missing = [f"{name} {shape}" for name, shape in shapes.items() if name not in entries]
    if missing:
        raise ValueError(
            f"{group}: expected the {len(shapes)} entries of an {kind}; "
            f"missing: {', '.join(missing[:8])}{' ...' if len(missing) > 8 else ''}"
        )
    for name, entry in entries.items():
        if name not in shapes:  # weight_ih_l00
            raise ValueError(f"{entry.key}: expected no such entry in an {kind}")
        if entry.shape != shapes[name]:
            raise ValueError(
                f"{entry.key}: expected shape {shapes[name]}, of an {kind}; "
                f"got {shape_of(entry.value)}"
            )
