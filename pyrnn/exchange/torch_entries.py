"""The names of a state dict, sorted by the layers that they belong to.

    encoder.lstm.weight_ih_l0_reverse
    ^^^^^^^^^^^^ path         ^^  ^^^ layer and direction

What a layer is follows from the names and shapes of its entries alone:

    weight_ih_l0, weight_hh_l0 ...   LSTM, GRU or RNN, by the rows for each hidden unit: 4, 3 or 1
    weight_hr_l0                     the projection of an LSTM
    weight_ih, weight_hh ...         likewise LSTMCell, GRUCell or RNNCell
    weight (O, I), bias (O,)         Linear
    weight (R, C) alone              Linear without a bias, or Embedding: see `kind_of_lone`
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

RECURRENT = re.compile(r"(?P<kind>(weight|bias)_(ih|hh|hr))(_l(?P<layer>\d{1,9})(_reverse)?)?")
PLAIN = ("weight", "bias")
LONE = ("Linear", "Embedding")  # what a matrix without a bias can be


class Entry(NamedTuple):
    """One entry of a state dict."""

    key: str  # its whole name
    value: Any  # an array or a tensor, not looked into yet

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape, () for what has none."""
        return tuple(getattr(self.value, "shape", ()))


class Group(NamedTuple):
    """The entries of one layer."""

    path: str  # what stands before the last dot; "" for a layer by itself
    entries: dict[str, Entry]  # by what stands after it

    @property
    def is_recurrent(self) -> bool:
        """Whether this is a recurrent layer or cell."""
        return any(map(RECURRENT.fullmatch, self.entries))

    @property
    def is_plain(self) -> bool:
        """Whether this is a Linear or an Embedding."""
        return not self.is_recurrent and len(self.shape_of_weight) == 2

    @property
    def shape_of_weight(self) -> tuple[int, ...]:
        """The shape of the entry "weight", () where there is none."""
        return self.entries["weight"].shape if "weight" in self.entries else ()

    def foreign(self) -> list[Entry]:
        """The entries that belong to no layer that is known here."""
        if self.is_recurrent:
            known = {name for name in self.entries if RECURRENT.fullmatch(name)}
        else:
            known = set(PLAIN) if self.is_plain else set()
        return [entry for name, entry in self.entries.items() if name not in known]

    @property
    def whole_path(self) -> str:
        """The path with the prefix that was asked for."""
        return next(iter(self.entries.values())).key.rpartition(".")[0]

    def __str__(self) -> str:
        return self.path or "the layer"


def groups(state: Mapping[str, Any], prefix: str = "") -> list[Group]:
    """The layers of a state dict, in its order.

    prefix: only the entries under this path, which the groups' own paths then leave out.
    Raises TypeError for keys that are no texts, ValueError where nothing is under the prefix.
    """
    prefix = prefix.rstrip(".")
    found: dict[str, Group] = {}
    for key, value in state.items():
        if not isinstance(key, str):
            raise TypeError(f"state: expected names as keys; got {key!r}, a {type(key).__name__}")
        path, _, name = key.rpartition(".")
        if prefix and path != prefix and not path.startswith(prefix + "."):
            continue
        path = path[len(prefix) :].lstrip(".")
        found.setdefault(path, Group(path, {})).entries[name] = Entry(key, value)
    if not found:
        paths = dict.fromkeys(str(key).rpartition(".")[0] for key in state)
        there = ", ".join(map(repr, list(paths)[:8])) or "nothing"
        under = f" under prefix {prefix!r}" if prefix else ""
        raise ValueError(f"state: expected entries of layers{under}; got {there}")
    return list(found.values())


def kind_of_lone(group: Group, kinds: Mapping[str, str], noted: str | None) -> str:
    """Whether a matrix without a bias is a "Linear" or an "Embedding".

    What the caller says comes first, what the file notes second; then the path: what has "emb" in
    its last name (embedding, token_emb, embed_tokens) is one. Raises ValueError where none of them
    tells.
    """
    said = kinds.get(group.path, noted)
    if said is not None:
        return said
    if "emb" in group.path.rpartition(".")[2].lower():
        return "Embedding"
    weight = group.entries["weight"]
    raise ValueError(
        f"{weight.key}: expected to be told what this matrix {weight.shape} without a bias is: "
        f"pass kinds={{{group.path!r}: 'Embedding'}} or kinds={{{group.path!r}: 'Linear'}}"
    )
